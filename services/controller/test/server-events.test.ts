import { expect } from 'chai';
import type { ServerEvent } from '#shared/contracts/loop.js';
import { dataWith, server, type FleetServer } from './support/fleet.js';
import { startSuite, type Suite } from './support/suite.js';

describe('events of the controller', () => {
  let suite: Suite;

  afterEach(() => suite.stop());

  async function raisedFor(fleet: FleetServer[], data = dataWith()): Promise<Partial<ServerEvent>[]> {
    suite = await startSuite({ fleet });
    await suite.writeData(data);
    await suite.invoke();
    return suite.events.map(({ reason, type, ifApplied }) => ({ reason, type, ifApplied }));
  }

  const cases: Record<string, [FleetServer, Partial<ServerEvent>]> = {
    'a scale-up': [server('a', { rate: 35 }), { reason: 'ScaledUp', type: 'Normal', ifApplied: true }],
    'a foreign write': [
      server('a', { replicas: 7, status: { lastWrittenReplicas: 2 } }),
      { reason: 'ForeignWrite', type: 'Warning', ifApplied: false },
    ],
    'a server that nothing can serve': [server('a', { rate: 9000 }), { reason: 'Unserved', type: 'Warning', ifApplied: false }],
    'a server whose pods do not start': [
      server('a', {
        status: { waiting: [{ accelerator: 'L4', pods: 1, since: 0, why: 'unschedulable', reason: 'no cards' }] },
      }),
      { reason: 'StartTimeout', type: 'Warning', ifApplied: false },
    ],
  };
  for (const [name, [item, event]] of Object.entries(cases)) {
    it(`${name}: ${event.reason!}`, async () => {
      expect(await raisedFor([item])).to.deep.include(event);
    });
  }

  it('a change of accelerator says that it has started, and why', async () => {
    const events = await raisedFor([server('a', { rate: 140 })], dataWith({ L4: 2, A100: 5 }));
    expect(events).to.deep.equal([{ reason: 'AcceleratorChangeStarted', type: 'Normal', ifApplied: true }]);
    expect(suite.events[0]?.message).to.contain('2 × L4 → 3 × A100: 140 requests/min');
  });

  it('has the same words in every cycle for what lasts, and none for what is well', async () => {
    expect(await raisedFor([server('a', { rate: 9000 }), server('b')])).to.have.length(1);
    suite.fleet = [server('a', { rate: 9100 }), server('b')];
    await suite.invoke();
    expect(suite.events).to.have.length(2);
    expect(suite.events[1]).to.deep.equal(suite.events[0]);
  });

  it('raises none in a dry run, while paused, or of a paused server', async () => {
    suite = await startSuite({ fleet: [server('a', { rate: 9000 })] });
    await suite.invoke('?dryRun=true');
    await suite.post('/servers/a/pause');
    await suite.invoke();
    await suite.post('/servers/a/resume');
    await suite.post('/pause');
    await suite.invoke();
    expect(suite.events).to.deep.equal([]);
    await suite.post('/resume');
    await suite.invoke();
    expect(suite.events).to.have.length(1);
  });

  it('does not fail the cycle when nothing but an event could not be delivered', async () => {
    suite = await startSuite({ fleet: [server('a', { rate: 9000 })] });
    await suite.actuator.close();
    const { outcome, warnings } = await suite.invoke();
    expect(outcome).to.equal('ok');
    expect(warnings.join()).to.contain(
      'events were not raised, nor pod templates repaired: actuator: POST /update: not reachable',
    );
  });
});
