import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { silentLogger } from '#shared/observe/logger.js';
import { FakeClient, notFound } from '../test/support/fake-client.js';
import { nodeOf, podOf } from '../test/support/objects.js';
import { createEventRecorder } from './event-recorder.js';

describe('event recorder', () => {
  const subject = { component: 'tester', apiVersion: 'v1', kind: 'Pod', object: podOf('a') };

  function recorder() {
    const client = new FakeClient();
    const clock = new ManualClock(1_700_000_000_123);
    return { client, clock, events: createEventRecorder({ client, clock, logger: silentLogger }) };
  }

  it('writes who tells what of which object, and when', async () => {
    const { client, clock, events } = recorder();
    events.record(subject, 'Normal', 'Done', 'it is done');
    await clock.advance(0);
    const [call] = client.made('create');
    expect(call?.path).to.equal('/api/v1/namespaces/infer/events');
    expect(call?.body).to.deep.include({
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'uid-a', namespace: 'infer', resourceVersion: '1' },
      type: 'Normal',
      reason: 'Done',
      message: 'it is done',
      source: { component: 'tester' },
      firstTimestamp: '2023-11-14T22:13:20Z',
      lastTimestamp: '2023-11-14T22:13:20Z',
      count: 1,
    });
  });

  it('counts a repetition on the event that is there', async () => {
    const { client, clock, events } = recorder();
    for (let times = 0; times < 3; times += 1) {
      events.record(subject, 'Warning', 'Again', 'and again');
      await clock.advance(5000);
    }
    const [created] = client.made('create');
    const name = (created?.body as { metadata: { name: string } }).metadata.name;
    expect(client.made('create')).to.have.length(1);
    expect(client.made('patch')).to.deep.equal([
      {
        method: 'patch',
        path: `/api/v1/namespaces/infer/events/${name}`,
        body: { count: 2, lastTimestamp: '2023-11-14T22:13:25Z' },
      },
      {
        method: 'patch',
        path: `/api/v1/namespaces/infer/events/${name}`,
        body: { count: 3, lastTimestamp: '2023-11-14T22:13:30Z' },
      },
    ]);
  });

  it('begins anew when the event has expired meanwhile', async () => {
    const { client, clock, events } = recorder();
    events.record(subject, 'Warning', 'Again', 'and again');
    await clock.advance(0);
    client.answer = ({ method, path }) => {
      if (method === 'patch') throw notFound(path);
      return undefined;
    };
    events.record(subject, 'Warning', 'Again', 'and again');
    await clock.advance(0);
    const names = client.made('create').map(({ body }) => (body as { metadata: { name: string } }).metadata.name);
    expect(new Set(names).size).to.equal(2);
  });

  it('puts events of what has no namespace into default, and survives refusals', async () => {
    const { client, clock, events } = recorder();
    client.answer = () => {
      throw new Error('no');
    };
    events.record({ ...subject, kind: 'Node', object: nodeOf('n1') }, 'Normal', 'Done', 'it is done');
    await clock.advance(0);
    expect(client.made('create')[0]?.path).to.equal('/api/v1/namespaces/default/events');
    await events.stop();
    events.record(subject, 'Normal', 'Late', 'too late');
    expect(client.calls).to.have.length(1);
  });
});
