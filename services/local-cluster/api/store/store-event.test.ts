import { expect } from 'chai';
import { seenBy, type EventType, type StoreEvent } from './store-event.js';
import { StoredObject } from './stored-object.js';

const stored = (version: number, isWanted: boolean) =>
  new StoredObject({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p', labels: { wanted: String(isWanted) } } }, version);

function event(type: EventType, before: boolean | undefined, after: boolean): StoreEvent {
  const change = { type, resourceVersion: 9, current: stored(9, after) };
  return before === undefined ? change : { ...change, previous: stored(5, before) };
}

describe('seenBy', () => {
  const cases: [title: string, event: StoreEvent, seen: EventType | undefined, wanted: string][] = [
    ['a new match', event('ADDED', undefined, true), 'ADDED', 'true'],
    ['a new one that does not match', event('ADDED', undefined, false), undefined, ''],
    ['a match that stays one', event('MODIFIED', true, true), 'MODIFIED', 'true'],
    ['one that starts to match', event('MODIFIED', false, true), 'ADDED', 'true'],
    ['one that stops matching', event('MODIFIED', true, false), 'DELETED', 'true'],
    ['one that never matched', event('MODIFIED', false, false), undefined, ''],
    ['the end of a match', event('DELETED', true, true), 'DELETED', 'true'],
    ['the end of another', event('DELETED', false, false), undefined, ''],
  ];
  for (const [title, given, type, wanted] of cases) {
    it(`shows ${title} as ${type ?? 'nothing'}`, () => {
      const seen = seenBy(given, ({ metadata }) => metadata.labels?.['wanted'] === 'true');
      expect(seen?.type).to.equal(type);
      if (seen === undefined) return;
      expect(seen.current.object.metadata).to.deep.include({ resourceVersion: '9', labels: { wanted } });
    });
  }
});
