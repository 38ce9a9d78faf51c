import { expect } from 'chai';
import fc from 'fast-check';
import type { Node, Pod } from '#shared/kube/wire.js';
import { nodeOf, podOf } from '../test/support/objects.js';
import { type NodeRoom, placePod } from './fit.js';
import { milliOf } from './quantity.js';
import { nodeAllocatable, podRequests, type Resources } from './resources.js';

type PodSpec = Partial<NonNullable<Pod['spec']>>;

function asking(requests: Record<string, string>, spec: PodSpec = {}): Pod {
  return podOf('p', { spec: { containers: [{ name: 'server', image: 'i', resources: { requests } }], ...spec } });
}

function room(node: Node, requested: Record<string, number> = {}): NodeRoom {
  return { node, allocatable: nodeAllocatable(node), requested: new Map(Object.entries(requested)) };
}

function place(pod: Pod, rooms: readonly NodeRoom[]): string {
  const placement = placePod(pod, podRequests(pod), rooms);
  return placement.fits ? placement.node : placement.message;
}

describe('quantities', () => {
  const cases: [string, number | undefined][] = [
    ['0', 0],
    ['1', 1000],
    ['250m', 250],
    ['0.5', 500],
    ['.5', 500],
    ['1.', 1000],
    ['1u', 1],
    ['1n', 1],
    ['2k', 2_000_000],
    ['1M', 1_000_000_000],
    ['1Ki', 1_024_000],
    ['1.5Gi', 1.5 * 2 ** 30 * 1000],
    ['16Ti', 16 * 2 ** 40 * 1000],
    ['2e3', 2_000_000],
    ['2E-3', 2],
    ['1E', 1e21],
    ['-1', -1000],
    ['', undefined],
    ['one', undefined],
    ['1 Gi', undefined],
    ['1KiB', undefined],
    ['1e99999999', undefined],
  ];
  for (const [text, expected] of cases) {
    it(`${JSON.stringify(text)} is ${String(expected)} thousandths`, () => expect(milliOf(text)).to.equal(expected));
  }

  it('add up without loss: ten times 100m is 1', () => {
    expect(10 * (milliOf('100m') ?? 0)).to.equal(milliOf('1'));
  });
});

describe('requests of a pod', () => {
  const of = (spec: PodSpec): Record<string, number> => Object.fromEntries(podRequests(podOf('p', { spec })));
  const container = (cpu: string, restartPolicy?: string) => ({
    name: 'c',
    image: 'i',
    resources: { requests: { cpu } },
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  });

  it('are the sum of its containers, and one pod', () => {
    expect(of({ containers: [container('100m'), container('1')] })).to.deep.equal({ cpu: 1100, pods: 1000 });
  });

  it('are those of the largest init container where that needs more', () => {
    const initContainers = [container('2'), container('3')];
    expect(of({ containers: [container('1')], initContainers })['cpu']).to.equal(3000);
    expect(of({ containers: [container('4')], initContainers })['cpu']).to.equal(4000);
  });

  it('count a sidecar with all that starts after it', () => {
    const initContainers = [container('1', 'Always'), container('3')];
    expect(of({ containers: [container('2')], initContainers })['cpu']).to.equal(4000);
    expect(of({ containers: [container('5')], initContainers })['cpu']).to.equal(6000);
  });

  it('are the limits where only these are named, and include the overhead', () => {
    const limited = { name: 'c', image: 'i', resources: { limits: { 'nvidia.com/gpu': '2' } } };
    expect(of({ containers: [limited], overhead: { cpu: '50m' } })).to.deep.equal({
      'nvidia.com/gpu': 2000,
      cpu: 50,
      pods: 1000,
    });
  });
});

describe('placing a pod', () => {
  const gpus = (count: string) => ({ 'inferno.io/H100': count });

  const refusals: { name: string; pod: Pod; rooms: NodeRoom[]; message: string }[] = [
    { name: 'no nodes', pod: asking({}), rooms: [], message: 'no nodes available to schedule pods' },
    {
      name: 'several reasons, counted and sorted',
      pod: asking(gpus('1'), { nodeSelector: { pool: 'gpu' } }),
      rooms: [
        room(nodeOf('a', {}, { labels: { pool: 'gpu' } })),
        room(nodeOf('b', gpus('1'), { labels: { pool: 'gpu' } }), { 'inferno.io/H100': 1000 }),
        room(nodeOf('c', gpus('1'))),
      ],
      message: "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 Insufficient inferno.io/H100.",
    },
    {
      name: 'every resource that is short',
      pod: asking({ cpu: '9', memory: '33Gi' }),
      rooms: [room(nodeOf('a'))],
      message: '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.',
    },
    {
      name: 'too many pods',
      pod: asking({}),
      rooms: [room(nodeOf('a', { pods: '2' }), { pods: 2000 })],
      message: '0/1 nodes are available: 1 Too many pods.',
    },
    {
      name: 'a cordoned node',
      pod: asking({}),
      rooms: [room(nodeOf('a', {}, { spec: { unschedulable: true } }))],
      message: '0/1 nodes are available: 1 node(s) were unschedulable.',
    },
    {
      name: 'a tainted node, whatever else',
      pod: asking({ cpu: '99' }),
      rooms: [room(nodeOf('a', {}, { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }))],
      message: '0/1 nodes are available: 1 node(s) had untolerated taint(s).',
    },
    {
      name: 'required affinity',
      pod: asking(
        {},
        {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }, {}],
              },
            },
          },
        },
      ),
      rooms: [room(nodeOf('a', {}, { labels: { zone: 'b' } }))],
      message: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    },
  ];
  for (const { name, pod, rooms, message } of refusals) {
    it(`says why not: ${name}`, () => expect(place(pod, rooms)).to.equal(message));
  }

  const tolerations: { name: string; toleration: NonNullable<PodSpec['tolerations']>[number]; fits: boolean }[] = [
    { name: 'by key, value and effect', toleration: { key: 'k', value: 'v', effect: 'NoSchedule' }, fits: true },
    { name: 'by key and value, any effect', toleration: { key: 'k', value: 'v' }, fits: true },
    { name: 'by existence of the key', toleration: { key: 'k', operator: 'Exists' }, fits: true },
    { name: 'of everything', toleration: { operator: 'Exists' }, fits: true },
    { name: 'of another value', toleration: { key: 'k', value: 'w' }, fits: false },
    { name: 'of another effect', toleration: { key: 'k', value: 'v', effect: 'NoExecute' }, fits: false },
    { name: 'of another key', toleration: { key: 'x', operator: 'Exists' }, fits: false },
    { name: 'of no key by value', toleration: { operator: 'Equal', value: 'v' }, fits: false },
  ];
  for (const { name, toleration, fits } of tolerations) {
    it(`toleration ${name}: ${fits ? 'fits' : 'does not fit'}`, () => {
      const node = nodeOf('a', {}, { spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } });
      expect(place(asking({}, { tolerations: [toleration] }), [room(node)]) === 'a').to.equal(fits);
    });
  }

  it('takes exactly what is there, and nothing more', () => {
    const rooms = [room(nodeOf('a', { cpu: '1' }), { cpu: 900 })];
    expect(place(asking({ cpu: '100m' }), rooms)).to.equal('a');
    expect(place(asking({ cpu: '101m' }), rooms)).to.match(/Insufficient cpu/);
  });

  it('chooses the node with the larger share left free', () => {
    expect(place(asking({ cpu: '1' }), [room(nodeOf('a'), { cpu: 4000 }), room(nodeOf('b'), { cpu: 2000 })])).to.equal('b');
    expect(place(asking({ cpu: '1' }), [room(nodeOf('a')), room(nodeOf('b', { cpu: '16' }))])).to.equal('b');
    expect(
      place(asking(gpus('1')), [
        room(nodeOf('a', gpus('8')), { 'inferno.io/H100': 4000 }),
        room(nodeOf('b', gpus('8')), { 'inferno.io/H100': 3000 }),
      ]),
    ).to.equal('b');
  });

  it('spreads pods that ask for nothing', () => {
    const rooms = [room(nodeOf('a'), { pods: 3000 }), room(nodeOf('b'), { pods: 2000 })];
    expect(place(asking({}), rooms)).to.equal('b');
  });

  it('heeds preferences, and avoids what is tainted PreferNoSchedule while there is another', () => {
    const preferring = asking(
      {},
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 5, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] } },
            ],
          },
        },
      },
    );
    const rooms = [room(nodeOf('a')), room(nodeOf('b', {}, { labels: { zone: 'b' } }), { cpu: 6000 })];
    expect(place(preferring, rooms)).to.equal('b');
    const avoided = nodeOf('a', {}, { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } });
    expect(place(asking({}), [room(avoided), room(nodeOf('b'), { cpu: 6000 })])).to.equal('b');
    expect(place(asking({}), [room(avoided)])).to.equal('a');
  });

  it('never overfills a node, and answers the same for every order of nodes', () => {
    const nodes = fc.array(fc.record({ cpu: fc.integer({ min: 0, max: 8 }), gpu: fc.integer({ min: 0, max: 4 }) }), {
      maxLength: 5,
    });
    const wishes = fc.array(fc.record({ cpu: fc.integer({ min: 0, max: 4 }), gpu: fc.integer({ min: 0, max: 2 }) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(nodes, wishes, (capacities, pods) => {
        const taken = new Map<string, Resources>();
        const rooms = () =>
          capacities.map(({ cpu, gpu }, at) => {
            const node = nodeOf(`n${at}`, { cpu: String(cpu), ...gpus(String(gpu)) });
            return { node, allocatable: nodeAllocatable(node), requested: taken.get(`n${at}`) ?? new Map<string, number>() };
          });
        for (const { cpu, gpu } of pods) {
          const requests = podRequests(asking({ cpu: String(cpu), ...gpus(String(gpu)) }));
          const placement = placePod(podOf('p'), requests, rooms());
          expect(placePod(podOf('p'), requests, rooms().reverse())).to.deep.equal(placement);
          if (!placement.fits) continue;
          const before = taken.get(placement.node) ?? new Map<string, number>();
          taken.set(placement.node, new Map([...requests].map(([name, amount]) => [name, amount + (before.get(name) ?? 0)])));
        }
        for (const { allocatable, requested } of rooms()) {
          for (const [name, amount] of requested) expect(amount).to.be.at.most(allocatable.get(name) ?? 0);
        }
      }),
    );
  });
});
