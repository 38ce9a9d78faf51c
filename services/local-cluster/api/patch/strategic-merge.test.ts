import { expect } from 'chai';
import type { LooseObject } from '../objects.js';
import { StatusError } from '../status-error.js';
import { applyStrategicMergePatch } from './strategic-merge.js';

interface Case {
  title: string;
  target: LooseObject;
  patch: LooseObject;
  result: LooseObject;
}

// All on a pod spec: its lists have merge keys (containers), sub-lists with other keys (ports), and none (tolerations).
const cases: Case[] = [
  {
    title: 'merges maps, and deletes by null',
    target: { nodeSelector: { a: '1', b: '2' } },
    patch: { nodeSelector: { b: null, c: '3' } },
    result: { nodeSelector: { a: '1', c: '3' } },
  },
  {
    title: 'merges items by their key and appends new ones',
    target: { containers: [{ name: 'a', image: 'a:1', tty: true }] },
    patch: {
      containers: [
        { name: 'b', image: 'b:1' },
        { name: 'a', image: 'a:2' },
      ],
    },
    result: {
      containers: [
        { name: 'a', image: 'a:2', tty: true },
        { name: 'b', image: 'b:1' },
      ],
    },
  },
  {
    title: 'merges lists within items by keys of their own',
    target: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http' }], env: [{ name: 'X', value: '1' }] }] },
    patch: { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'UDP' }], env: [{ name: 'Y', value: '2' }] }] },
    result: {
      containers: [
        {
          name: 'a',
          ports: [{ containerPort: 80, name: 'http', protocol: 'UDP' }],
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
        },
      ],
    },
  },
  {
    title: 'replaces lists without a key',
    target: { tolerations: [{ key: 'a' }], containers: [{ name: 'a', args: ['x', 'y'] }] },
    patch: { tolerations: [{ key: 'b' }], containers: [{ name: 'a', args: ['z'] }] },
    result: { tolerations: [{ key: 'b' }], containers: [{ name: 'a', args: ['z'] }] },
  },
  {
    title: 'deletes an item by $patch',
    target: { containers: [{ name: 'a' }, { name: 'b' }] },
    patch: {
      containers: [
        { name: 'a', $patch: 'delete' },
        { name: 'none', $patch: 'delete' },
      ],
    },
    result: { containers: [{ name: 'b' }] },
  },
  {
    title: 'replaces a whole list by $patch',
    target: { containers: [{ name: 'a' }, { name: 'b' }] },
    patch: { containers: [{ $patch: 'replace' }, { name: 'c' }] },
    result: { containers: [{ name: 'c' }] },
  },
  {
    title: 'replaces and deletes an object by $patch',
    target: { securityContext: { runAsUser: 1, fsGroup: 2 }, affinity: { podAffinity: {} } },
    patch: { securityContext: { $patch: 'replace', runAsUser: 3 }, affinity: { $patch: 'delete' } },
    result: { securityContext: { runAsUser: 3 }, affinity: {} },
  },
  {
    title: 'keeps only the retained keys of a union',
    target: { volumes: [{ name: 'v', emptyDir: {} }] },
    patch: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] },
    result: { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
  },
  {
    title: 'puts items into the order of $setElementOrder',
    target: { containers: [{ name: 'a' }, { name: 'b' }] },
    patch: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }], containers: [{ name: 'c' }] },
    result: { containers: [{ name: 'c' }, { name: 'b' }, { name: 'a' }] },
  },
  {
    title: 'keeps an item that the order does not name where it stood',
    target: { containers: [{ name: 'injected' }, { name: 'a' }, { name: 'b' }] },
    patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b', image: 'x' }] },
    result: { containers: [{ name: 'injected' }, { name: 'b', image: 'x' }, { name: 'a' }] },
  },
  {
    title: 'reorders without a change of items',
    target: { containers: [{ name: 'a' }, { name: 'b' }] },
    patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
    result: { containers: [{ name: 'b' }, { name: 'a' }] },
  },
  {
    title: 'leaves no directive in what is new to the object',
    target: {},
    patch: {
      containers: [{ name: 'a', '$setElementOrder/ports': [], $retainKeys: ['name'], tty: null }],
      affinity: { $patch: 'merge' },
    },
    result: { containers: [{ name: 'a' }], affinity: {} },
  },
];

describe('applyStrategicMergePatch', () => {
  for (const { title, target, patch, result } of cases) {
    it(title, () => expect(applyStrategicMergePatch(target, patch, 'V1PodSpec')).to.deep.equal(result));
  }

  it('treats finalizers as a set and can delete from it', () => {
    const target = { finalizers: ['a/x', 'b/x'] };
    const patch = { finalizers: ['b/x', 'c/x'], '$deleteFromPrimitiveList/finalizers': ['a/x'] };
    expect(applyStrategicMergePatch(target, patch, 'V1ObjectMeta')).to.deep.equal({ finalizers: ['b/x', 'c/x'] });
  });

  it('reaches the containers of a template through the models of its owners', () => {
    const target = { spec: { template: { spec: { containers: [{ name: 'a', image: '1' }] } } } };
    const patch = { spec: { template: { spec: { containers: [{ name: 'a', tty: true }] } } } };
    const result = { spec: { template: { spec: { containers: [{ name: 'a', image: '1', tty: true }] } } } };
    expect(applyStrategicMergePatch(target, patch, 'V1Deployment')).to.deep.equal(result);
  });

  it('leaves its target as it was', () => {
    const target = { containers: [{ name: 'a', image: '1' }] };
    applyStrategicMergePatch(target, { containers: [{ name: 'a', image: '2' }, { name: 'b' }] }, 'V1PodSpec');
    expect(target).to.deep.equal({ containers: [{ name: 'a', image: '1' }] });
  });

  const refusals: [title: string, patch: LooseObject, message: string][] = [
    ['an item without its key', { containers: [{ image: 'x' }] }, 'does not contain declared merge key: name'],
    ['an item that is no object', { containers: ['x'] }, 'expected an object with the merge key name'],
    ['a directive that there is not', { affinity: { $patch: 'add' } }, 'unknown patch type'],
    ['a set key that is not retained', { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] }, '$retainKeys'],
  ];
  for (const [title, patch, message] of refusals) {
    it(`refuses ${title}`, () => {
      const target = { containers: [{ name: 'a' }], affinity: {}, volumes: [{ name: 'v' }] };
      expect(() => applyStrategicMergePatch(target, patch, 'V1PodSpec')).to.throw(StatusError, message);
    });
  }
});
