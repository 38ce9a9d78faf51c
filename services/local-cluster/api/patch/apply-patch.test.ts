import { expect } from 'chai';
import { StatusError } from '../status-error.js';
import { applyPatch, parsePatchType } from './apply-patch.js';

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';

describe('applyPatch', () => {
  const target = () => ({ a: { b: 1, c: [1, 2] } });

  it('takes JSON patches', () => {
    const patch = [
      { op: 'test', path: '/a/b', value: 1 },
      { op: 'replace', path: '/a/b', value: 2 },
      { op: 'add', path: '/a/c/-', value: 3 },
    ];
    expect(applyPatch(json, target(), patch, 'V1ConfigMap')).to.deep.equal({ a: { b: 2, c: [1, 2, 3] } });
  });

  const misfits: [title: string, patch: unknown][] = [
    ['whose test fails', [{ op: 'test', path: '/a/b', value: 9 }]],
    ['that removes what is not there', [{ op: 'remove', path: '/a/x' }]],
    ['with an operation that there is not', [{ op: 'frobnicate', path: '/a' }]],
  ];
  for (const [title, patch] of misfits) {
    it(`answers 422 to a JSON patch ${title}`, () => {
      const refused = () => applyPatch(json, target(), patch, 'V1ConfigMap');
      expect(refused).to.throw(StatusError).with.nested.property('status.code', 422);
    });
  }

  it('takes merge patches: null deletes, lists are replaced', () => {
    expect(applyPatch(merge, target(), { a: { b: null, c: [9], d: { e: null } } }, 'V1ConfigMap')).to.deep.equal({
      a: { c: [9], d: {} },
    });
  });

  it('answers 400 to a patch of the wrong shape', () => {
    expect(() => applyPatch(json, target(), {}, 'V1Pod'))
      .to.throw(StatusError)
      .with.nested.property('status.code', 400);
    expect(() => applyPatch(merge, target(), [], 'V1Pod'))
      .to.throw(StatusError)
      .with.nested.property('status.code', 400);
  });
});

describe('parsePatchType', () => {
  it('knows the three patch types and refuses server-side apply with 415', () => {
    expect(parsePatchType(merge)).to.equal(merge);
    expect(() => parsePatchType('application/apply-patch+yaml'))
      .to.throw(StatusError)
      .with.nested.property('status.code', 415);
  });
});
