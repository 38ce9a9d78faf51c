import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { KubeObject } from '../objects.js';
import { Journal } from './journal.js';
import { ObjectStore } from './object-store.js';

function config(name: string, value = '', namespace = 'ns'): KubeObject {
  return Object.assign({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace } }, { data: { value } });
}

const RESOURCE = 'configmaps';

describe('ObjectStore', () => {
  let folder: string;
  let journal: Journal;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inferno-store-'));
  });

  afterEach(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });

  function open(): ObjectStore {
    journal = new Journal(folder);
    return new ObjectStore(journal);
  }

  // What a killed process leaves is what it has written; the descriptor is closed only to keep the tests tidy.
  function reopen(): ObjectStore {
    journal.close();
    return open();
  }

  const namesOf = (store: ObjectStore, namespace?: string) =>
    store.list(RESOURCE, namespace).map(({ object }) => `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`);
  const logPath = () => join(folder, 'log.jsonl');
  const snapshotPath = () => join(folder, 'snapshot.jsonl');

  it('counts one resource version per write, deletions included, over all resources', () => {
    const store = open();
    expect(store.put(RESOURCE, config('a')).resourceVersion).to.equal(1);
    expect(store.put('secrets', config('a')).resourceVersion).to.equal(2);
    const removed = store.remove(RESOURCE, store.get(RESOURCE, 'ns', 'a')!);
    expect(removed.object.metadata.resourceVersion).to.equal('3');
    expect(store.resourceVersion).to.equal(3);
  });

  it('lists by namespace and name, whatever the order of creation', () => {
    const store = open();
    for (const [name, namespace] of [
      ['b', 'x'],
      ['a', 'y'],
      ['a', 'x'],
    ] as const)
      store.put(RESOURCE, config(name, '', namespace));
    expect(namesOf(store)).to.deep.equal(['x/a', 'x/b', 'y/a']);
    store.remove(RESOURCE, store.get(RESOURCE, 'x', 'a')!);
    store.put(RESOURCE, config('0', '', 'x'));
    expect(namesOf(store, 'x')).to.deep.equal(['x/0', 'x/b']);
    expect(namesOf(store, 'none')).to.deep.equal([]);
  });

  it('tells listeners and late watchers the same events', () => {
    const store = open();
    const heard: string[] = [];
    const unsubscribe = store.subscribe(RESOURCE, ({ type, resourceVersion }) => heard.push(`${type} ${resourceVersion}`));
    store.put(RESOURCE, config('a'));
    store.put(RESOURCE, config('a', '2'));
    store.remove(RESOURCE, store.get(RESOURCE, 'ns', 'a')!);
    unsubscribe();
    store.put(RESOURCE, config('b'));
    expect(heard).to.deep.equal(['ADDED 1', 'MODIFIED 2', 'DELETED 3']);
    const missed = store.eventsAfter(RESOURCE, 1)?.map(({ type, resourceVersion }) => `${type} ${resourceVersion}`);
    expect(missed).to.deep.equal(['MODIFIED 2', 'DELETED 3', 'ADDED 4']);
  });

  it('knows no events from before its window, nor of the future', () => {
    const store = open();
    for (let count = 0; count < 5000; count++) store.put(RESOURCE, config('a', String(count)));
    expect(store.eventsAfter(RESOURCE, 1)).to.equal(undefined);
    expect(store.eventsAfter(RESOURCE, store.oldestWatchable(RESOURCE))).to.have.length(4096);
    expect(store.eventsAfter(RESOURCE, 5001)).to.equal(undefined);
  });

  it('lists an earlier state', () => {
    const store = open();
    for (const name of ['a', 'b', 'c']) store.put(RESOURCE, config(name, 'old'));
    const before = store.resourceVersion;
    store.put(RESOURCE, config('a', 'new'));
    store.remove(RESOURCE, store.get(RESOURCE, 'ns', 'b')!);
    store.put(RESOURCE, config('d'));
    store.put(RESOURCE, config('other', '', 'elsewhere'));
    const earlier = store.listAt(RESOURCE, before, 'ns')!.map(({ object }) => object as KubeObject & { data: { value: string } });
    expect(earlier.map(({ metadata, data }) => `${metadata.name ?? ''} ${data.value}`)).to.deep.equal([
      'a old',
      'b old',
      'c old',
    ]);
  });

  describe('on disk', () => {
    it('comes back as it was, and its watchers go on where they were', () => {
      const store = open();
      store.put(RESOURCE, config('a', 'ä'));
      store.put(RESOURCE, config('b'));
      store.remove(RESOURCE, store.get(RESOURCE, 'ns', 'b')!);
      const again = reopen();
      expect(again.list(RESOURCE).map(({ json }) => json)).to.deep.equal(store.list(RESOURCE).map(({ json }) => json));
      expect(again.resourceVersion).to.equal(3);
      expect(again.eventsAfter(RESOURCE, 1)?.map(({ type }) => type)).to.deep.equal(['ADDED', 'DELETED']);
      expect(again.put(RESOURCE, config('c')).resourceVersion).to.equal(4);
    });

    it('drops a last line that was half written, wherever it broke off, and goes on after it', () => {
      const store = open();
      store.put(RESOURCE, config('a'));
      const whole = statSync(logPath()).size;
      store.put(RESOURCE, config('b', 'ä'));
      journal.close();
      const full = join(folder, 'full');
      copyFileSync(logPath(), full);
      const end = statSync(full).size;
      for (let size = whole; size < end; size++) {
        copyFileSync(full, logPath());
        truncateSync(logPath(), size);
        expect(namesOf(open()), `broken off at ${size}`).to.deep.equal(['ns/a']);
        expect(statSync(logPath()).size).to.equal(whole);
        journal.close();
      }
      const again = open();
      again.put(RESOURCE, config('c'));
      expect(namesOf(reopen())).to.deep.equal(['ns/a', 'ns/c']);
    });

    it('refuses other damage, naming file and line', () => {
      open().put(RESOURCE, config('a'));
      appendFileSync(logPath(), 'garbage\n');
      journal.close();
      expect(() => open()).to.throw(`${logPath()}:2: not JSON`);
      writeFileSync(logPath(), '{"rv":1}\n');
      expect(() => open()).to.throw(`${logPath()}:1: no record of a write`);
    });

    it('compacts a log that has grown, and forgets the history before', () => {
      const store = open();
      const large = 'x'.repeat(64 * 1024);
      for (let count = 0; count < 80; count++) store.put(RESOURCE, config(`c${count % 3}`, `${large}${count}`));
      expect(existsSync(snapshotPath())).to.equal(true);
      expect(statSync(logPath()).size).to.be.below(4 * 1024 * 1024);
      const again = reopen();
      expect(again.list(RESOURCE).map(({ json }) => json)).to.deep.equal(store.list(RESOURCE).map(({ json }) => json));
      expect(again.resourceVersion).to.equal(80);
      expect(again.eventsAfter(RESOURCE, 1)).to.equal(undefined);
      expect(again.eventsAfter(RESOURCE, 79)).to.have.length(1);
    });

    it('killed between snapshot and empty log, does not apply the old log twice', () => {
      const store = open();
      store.put(RESOURCE, config('a'));
      store.remove(RESOURCE, store.get(RESOURCE, 'ns', 'a')!);
      store.put(RESOURCE, config('b'));
      const log = readFileSync(logPath());
      journal.compact(store.resourceVersion, [{ resource: RESOURCE, stored: store.get(RESOURCE, 'ns', 'b')! }]);
      writeFileSync(logPath(), log);
      const again = reopen();
      expect(namesOf(again)).to.deep.equal(['ns/b']);
      expect(again.resourceVersion).to.equal(3);
    });

    it('refuses half a snapshot, and one of another format', () => {
      const store = open();
      const stored = store.put(RESOURCE, config('a'));
      journal.compact(1, [
        { resource: RESOURCE, stored },
        { resource: 'secrets', stored },
      ]);
      const lines = readFileSync(snapshotPath(), 'utf8').split('\n');
      writeFileSync(snapshotPath(), [lines[0], lines[1], lines[3], ''].join('\n'));
      expect(() => reopen()).to.throw('its last line does not confirm them');
      writeFileSync(snapshotPath(), '{"format":"other"}\n{"end":0}\n');
      expect(() => open()).to.throw('not a snapshot of this version');
    });

    it('begins anew when it is told to', () => {
      open().put(RESOURCE, config('a'));
      journal.clear();
      expect(namesOf(reopen())).to.deep.equal([]);
    });
  });
});
