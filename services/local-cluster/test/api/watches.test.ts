import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { WatchReader } from './api-client.js';
import { ApiFixture, configMaps } from './api-fixture.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('watches of the embedded API server', () => {
  let api: ApiFixture;
  let clock: ManualClock;

  beforeEach(async () => {
    api = new ApiFixture();
    clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'));
    await api.start({ clock });
  });

  afterEach(() => api.dispose());

  it('from before what is kept end with an ERROR event of code 410', async () => {
    for (let count = 0; count < 10; count++) await api.createConfigMap(`c${count}`);
    const watch = await api.client.watch(`${configMaps}?watch=1&resourceVersion=99999`);
    const error = await watch.next();
    expect(error).to.deep.include({ type: 'ERROR' });
    expect(error?.object).to.include({ kind: 'Status', code: 410, reason: 'Expired' });
    expect(await watch.next()).to.equal(undefined);
  });

  it('with sendInitialEvents announce what there is, mark the end of it, and go on', async () => {
    await api.createConfigMap('a');
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watch = await api.client.watch(`${configMaps}?${query}`);
    expect(await watch.take(1)).to.deep.equal(['ADDED a']);
    const bookmark = await watch.next();
    expect(bookmark?.type).to.equal('BOOKMARK');
    expect(bookmark?.object.metadata['annotations']).to.deep.equal({ 'k8s.io/initial-events-end': 'true' });
    await api.createConfigMap('b');
    expect(await watch.take(1)).to.deep.equal(['ADDED b']);
    watch.close();
  });

  it('bookmark every minute and end after their time', async () => {
    const watch = await api.client.watch(`${configMaps}?watch=1&allowWatchBookmarks=true&timeoutSeconds=122`);
    await api.createConfigMap('a');
    expect(await watch.take(1)).to.deep.equal(['ADDED a']);
    await clock.advance(MINUTE_MS);
    expect((await watch.next())?.type).to.equal('BOOKMARK');
    await clock.advance(MINUTE_MS);
    expect((await watch.next())?.type).to.equal('BOOKMARK');
    await clock.advance(2000);
    expect(await watch.next()).to.equal(undefined);
  });

  it('as tables carry the columns once, then rows', async () => {
    await api.createConfigMap('a', { x: '1' });
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
    const { body } = await api.client.call('GET', configMaps, { headers });
    expect(body).to.include({ kind: 'Table' });
    const response = await api.client.open('GET', `${configMaps}?watch=1`, { headers });
    const watch = new WatchReader(response);
    const first = (await watch.next())?.object;
    await clock.advance(5000);
    await api.createConfigMap('b');
    const second = (await watch.next())?.object;
    watch.close();
    const cells = (table: typeof first) => (table?.['rows'] as { cells: unknown[] }[]).map((row) => row.cells);
    expect(cells(first)).to.deep.equal([['a', 1, '0s']]);
    expect((first?.['columnDefinitions'] as { name: string }[]).map(({ name }) => name)).to.deep.equal(['Name', 'Data', 'Age']);
    expect(cells(second)).to.deep.equal([['b', 0, '0s']]);
    expect(second?.['columnDefinitions']).to.deep.equal([]);
  });

  it('of one object by its path follow that object alone', async () => {
    const watch = await api.client.watch(`${configMaps}/b?watch=true`);
    await api.createConfigMap('a');
    await api.createConfigMap('b');
    expect(await watch.take(1)).to.deep.equal(['ADDED b']);
    watch.close();
  });

  it('see events expire an hour after their last write', async () => {
    const path = '/api/v1/namespaces/default/events';
    const event = (name: string) => ({ metadata: { name }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' } });
    const watch = await api.client.watch(`${path}?watch=1&timeoutSeconds=36000`);
    await api.client.call('POST', path, { body: event('old') });
    await api.client.call('POST', path, { body: event('renewed') });
    await clock.advance(HOUR_MS - 2 * MINUTE_MS);
    const patch = { body: { count: 2 }, headers: { 'content-type': 'application/merge-patch+json' } };
    await api.client.call('PATCH', `${path}/renewed`, patch);
    await clock.advance(3 * MINUTE_MS);
    expect(await watch.take(4)).to.deep.equal(['ADDED old', 'ADDED renewed', 'MODIFIED renewed', 'DELETED old']);
    expect((await api.client.call('GET', `${path}/renewed`)).code).to.equal(200);
    watch.close();
  });
});
