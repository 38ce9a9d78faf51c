import { expect } from 'chai';
import fc from 'fast-check';
import type { Deployment, ReplicaSet } from '#shared/kube/wire.js';
import { metaOf, nameOf } from '../machinery/object-feed.js';
import { deploymentOf, type ReplicaSetWish, replicaSetOf, template } from '../test/support/objects.js';
import { RolloutModel } from '../test/support/rollout-model.js';
import { conditionOf } from './conditions.js';
import { DESIRED_REPLICAS_ANNOTATION, MAX_REPLICAS_ANNOTATION, REVISION_ANNOTATION } from './revisions.js';
import { isOwnReplicaSet, planRollout, type RolloutPlan } from './rollout.js';
import { rolloutLimits } from './rollout-limits.js';
import { templateHash } from './template-hash.js';

function plan(deployment: Deployment, replicaSets: ReplicaSet[] = [], more: { hasRunningPods?: boolean; nowMs?: number } = {}) {
  const { hasRunningPods = false, nowMs = 100_000 } = more;
  return planRollout({ deployment, replicaSets, hasRunningPods: () => hasRunningPods, nowMs });
}

/** The steps in short: `+web-x:3` created, `web-a:3>2` scaled, `=web-a` changed otherwise, `-web-a` deleted. */
function inShort({ steps }: RolloutPlan): string[] {
  return steps.map((step) => {
    if (step.kind === 'create') return `+${nameOf(step.body)}:${String(step.body.spec?.replicas)}`;
    if (step.kind === 'delete') return `-${nameOf(step.replicaSet)}`;
    return step.from === step.to ? `=${nameOf(step.body)}` : `${nameOf(step.body)}:${step.from}>${step.to}`;
  });
}

function progressing({ status }: RolloutPlan) {
  const { status: value, reason } = conditionOf(status.conditions ?? [], 'Progressing') ?? {};
  return value === undefined ? undefined : `${value} ${reason ?? ''}`;
}

/** A replica set that has the revision, and the sizes for which it was scaled, as the controller leaves it behind. */
function sized(wish: ReplicaSetWish & { revision?: number; desired?: number; surge?: number }): ReplicaSet {
  const { revision = 1, desired = 3, surge = 1 } = wish;
  const annotations = {
    [REVISION_ANNOTATION]: String(revision),
    [DESIRED_REPLICAS_ANNOTATION]: String(desired),
    [MAX_REPLICAS_ANNOTATION]: String(desired + surge),
    ...wish.annotations,
  };
  return replicaSetOf({ ...wish, annotations });
}

const hash1 = templateHash(template(1), undefined);
const hash2 = templateHash(template(2), undefined);

describe('rollout plan', () => {
  it('of a new deployment creates its replica set in full size, as revision 1', () => {
    const decided = plan(deploymentOf());
    expect(inShort(decided)).to.deep.equal([`+web-${hash1}:3`]);
    expect(decided.revision).to.equal('1');
    expect(progressing(decided)).to.equal('True NewReplicaSetCreated');
    const [step] = decided.steps;
    const body = step?.kind === 'create' ? step.body : undefined;
    const labels = { app: 'web', 'pod-template-hash': hash1 };
    expect(body?.metadata).to.deep.include({ namespace: 'infer', labels });
    expect(body?.spec?.selector.matchLabels).to.deep.equal(labels);
    expect(body?.spec?.template?.metadata?.labels).to.deep.equal(labels);
    expect(body?.metadata?.annotations).to.deep.equal({
      [REVISION_ANNOTATION]: '1',
      [DESIRED_REPLICAS_ANNOTATION]: '3',
      [MAX_REPLICAS_ANNOTATION]: '4',
    });
    expect(body?.metadata?.ownerReferences?.[0]).to.deep.include({ uid: 'uid-web', controller: true, blockOwnerDeletion: true });
  });

  it('that is decided twice is the same, and once all is done there is nothing to do', () => {
    const deployment = deploymentOf();
    const first = plan(deployment, [sized({})]);
    expect(plan(deployment, [sized({})])).to.deep.equal(first);
    const done = {
      ...deployment,
      status: first.status,
      metadata: { ...deployment.metadata, annotations: { [REVISION_ANNOTATION]: '1' } },
    };
    const again = plan(done, [sized({})], { nowMs: 900_000 });
    expect(again).to.deep.equal({ steps: [], status: first.status });
    expect(progressing(again)).to.equal('True NewReplicaSetAvailable');
  });

  const steps: { name: string; deployment: Deployment; sets: ReplicaSet[]; expected: string[]; running?: boolean }[] = [
    {
      name: 'for a new template creates what the surge allows',
      deployment: deploymentOf({ template: template(2) }),
      sets: [sized({})],
      expected: [`+web-${hash2}:1`],
    },
    {
      name: 'waits while the surge is used up and nothing may be missing',
      deployment: deploymentOf({ template: template(2) }),
      sets: [sized({}), sized({ name: 'web-b', version: 2, replicas: 1, available: 0, revision: 2, createdMs: 1000 })],
      expected: [],
    },
    {
      name: 'takes an old one when a new one is available',
      deployment: deploymentOf({ template: template(2) }),
      sets: [sized({}), sized({ name: 'web-b', version: 2, replicas: 1, revision: 2, createdMs: 1000 })],
      expected: ['web-a:3>2'],
    },
    {
      name: 'adds a new one when an old one went',
      deployment: deploymentOf({ template: template(2) }),
      sets: [sized({ replicas: 2 }), sized({ name: 'web-b', version: 2, replicas: 1, revision: 2, createdMs: 1000 })],
      expected: ['web-b:1>2'],
    },
    {
      name: 'takes old pods that serve nobody first, however little is available',
      deployment: deploymentOf({ template: template(2) }),
      sets: [
        sized({ replicas: 3, available: 1 }),
        sized({ name: 'web-b', version: 2, replicas: 1, available: 1, revision: 2, createdMs: 1000 }),
      ],
      expected: ['web-a:3>2'],
    },
    {
      name: 'does not count on pods that a replica set is about to lose',
      // Old: 1 of 3 is left to it, its status still tells of 3. 1 + 2 are 3 wanted and 3 needed: nothing may go.
      deployment: deploymentOf({ template: template(2) }),
      sets: [
        sized({ replicas: 1, available: 3, pods: 3 }),
        sized({ name: 'web-b', version: 2, replicas: 3, available: 2, pods: 2, revision: 2, createdMs: 1000 }),
      ],
      expected: [],
    },
    {
      name: 'shrinks the newest at once when less is wanted',
      deployment: deploymentOf({ replicas: 3 }),
      sets: [sized({ replicas: 5 })],
      expected: ['web-a:5>3'],
    },
    {
      name: 'rolled back uses the replica set of that template again, as the next revision',
      deployment: deploymentOf({ template: template(1) }),
      sets: [sized({ replicas: 0, available: 0 }), sized({ name: 'web-b', version: 2, revision: 2, createdMs: 1000 })],
      expected: ['web-a:0>1'],
    },
    {
      name: 'of a new size scales the only active replica set, whatever the template',
      deployment: deploymentOf({ replicas: 6, template: template(2) }),
      sets: [sized({})],
      expected: ['web-a:3>6'],
    },
    {
      name: 'while paused starts no rollout',
      deployment: deploymentOf({ paused: true, template: template(2) }),
      sets: [sized({})],
      expected: [],
    },
    {
      name: 'while paused scales',
      deployment: deploymentOf({ paused: true, replicas: 5, template: template(2) }),
      sets: [sized({})],
      expected: ['web-a:3>5'],
    },
    {
      name: 'by recreating first takes all old ones',
      deployment: deploymentOf({ strategy: { type: 'Recreate' }, template: template(2) }),
      sets: [sized({ surge: 0 })],
      expected: ['web-a:3>0'],
    },
    {
      name: 'by recreating waits for old pods that still run',
      deployment: deploymentOf({ strategy: { type: 'Recreate' }, template: template(2) }),
      sets: [sized({ replicas: 0, surge: 0 })],
      expected: [],
      running: true,
    },
    {
      name: 'by recreating makes all new ones when the old pods are gone',
      deployment: deploymentOf({ strategy: { type: 'Recreate' }, template: template(2) }),
      sets: [sized({ replicas: 0, surge: 0 })],
      expected: [`+web-${hash2}:3`],
    },
    {
      name: 'passes a changed minReadySeconds on without rolling out',
      deployment: deploymentOf({ minReadySeconds: 5 }),
      sets: [sized({})],
      expected: ['=web-a'],
    },
  ];
  for (const { name, deployment, sets, expected, running = false } of steps) {
    it(name, () => expect(inShort(plan(deployment, sets, { hasRunningPods: running }))).to.deep.equal(expected));
  }

  it('deletes idle replica sets beyond the history limit, lowest revisions first, when the rollout is complete', () => {
    const complete = { observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 };
    const deployment = deploymentOf({ revisionHistoryLimit: 1, template: template(9) }, complete);
    const idle = (name: string, revision: number, extra: Partial<ReplicaSetWish> = {}) =>
      sized({ name, revision, version: revision, replicas: 0, pods: 0, available: 0, ...extra });
    const newest = sized({ name: 'web-n', version: 9, revision: 9 });
    const sets = [idle('web-c', 3), idle('web-a', 1, { pods: 1 }), idle('web-b', 2), idle('web-d', 4), newest];
    // The lowest still has a pod that ends; it is kept for now.
    expect(inShort(plan(deployment, sets))).to.deep.equal(['-web-b', '-web-c']);
    expect(inShort(plan({ ...deployment, status: { ...complete, updatedReplicas: 2 } }, sets))).to.deep.equal([]);
  });

  it('of a deployment that is being deleted only keeps its status', () => {
    const deployment = deploymentOf({ template: template(2) });
    deployment.metadata = { ...deployment.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    const decided = plan(deployment, [sized({})]);
    expect(decided.steps).to.deep.equal([]);
    expect(decided.status).to.include({ replicas: 3, availableReplicas: 3 });
  });

  it('chooses the oldest of several replica sets with the template', () => {
    const sets = [
      sized({ name: 'web-young', createdMs: 9000, replicas: 0, available: 0 }),
      sized({ name: 'web-old', createdMs: 1000 }),
    ];
    expect(inShort(plan(deploymentOf({ replicas: 4 }), sets))).to.deep.equal(['web-old:3>4']);
  });
});

describe('rollout status', () => {
  const fresh = deploymentOf({ template: template(2), progressDeadlineSeconds: 60 });
  const sets = () => [
    sized({ replicas: 3 }),
    sized({ name: 'web-b', version: 2, revision: 2, replicas: 1, available: 0, createdMs: 1000 }),
  ];
  const withProgress = (reason: string, status: string, updatedMs: number): Deployment => ({
    ...fresh,
    status: {
      replicas: 4,
      updatedReplicas: 1,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [
        {
          type: 'Progressing',
          status,
          reason,
          message: '',
          lastUpdateTime: new Date(updatedMs).toISOString(),
          lastTransitionTime: new Date(updatedMs).toISOString(),
        },
      ],
    },
  });

  it('counts all and the updated, leaves zeros out, and has seen the generation', () => {
    const { status } = plan(fresh, sets());
    expect(status).to.deep.include({
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 1,
      readyReplicas: 3,
      availableReplicas: 3,
      unavailableReplicas: 1,
    });
    expect(plan(deploymentOf({ replicas: 0 }), [sized({ replicas: 0, desired: 0 })]).status).to.not.have.any.keys(
      'replicas',
      'unavailableReplicas',
    );
  });

  it('finds a replica set that was there before anybody watched the progress', () => {
    const deployment = deploymentOf({}, { observedGeneration: 1, replicas: 3, updatedReplicas: 3 });
    expect(progressing(plan(deployment, [sized({ available: 0 })]))).to.equal('True FoundNewReplicaSet');
  });

  it('tells of progress anew each time, so that the deadline counts from the last', () => {
    const before = withProgress('ReplicaSetUpdated', 'True', 10_000);
    const { status } = plan({ ...before, status: { ...before.status, availableReplicas: 2 } }, sets(), { nowMs: 65_000 });
    const condition = conditionOf(status.conditions ?? [], 'Progressing');
    expect(condition).to.include({
      reason: 'ReplicaSetUpdated',
      lastUpdateTime: '1970-01-01T00:01:05Z',
      message: 'ReplicaSet "web-b" is progressing.',
    });
    expect(condition?.lastTransitionTime).to.equal('1970-01-01T00:00:10.000Z');
  });

  it('without progress asks to be looked at a second after the deadline, and then says that it was missed', () => {
    const before = withProgress('ReplicaSetUpdated', 'True', 10_000);
    expect(plan(before, sets(), { nowMs: 30_000 }).checkAgainInMs).to.equal(41_000);
    expect(progressing(plan(before, sets(), { nowMs: 70_000 }))).to.equal('True ReplicaSetUpdated');
    const late = plan(before, sets(), { nowMs: 71_000 });
    expect(progressing(late)).to.equal('False ProgressDeadlineExceeded');
    expect(late.checkAgainInMs).to.equal(undefined);
  });

  it('does not hold a rollout that is over against the one that begins', () => {
    const before = withProgress('NewReplicaSetAvailable', 'True', 10_000);
    expect(progressing(plan(before, sets(), { nowMs: 9_000_000 }))).to.equal('True NewReplicaSetAvailable');
  });

  it('stops the clock while paused, starts it anew when resumed, and keeps a missed deadline', () => {
    const paused = (deployment: Deployment) => ({ ...deployment, spec: { ...deployment.spec!, paused: true } });
    expect(progressing(plan(paused(withProgress('ReplicaSetUpdated', 'True', 0)), sets()))).to.equal('Unknown DeploymentPaused');
    expect(progressing(plan(withProgress('DeploymentPaused', 'Unknown', 0), sets()))).to.equal('Unknown DeploymentResumed');
    expect(progressing(plan(paused(withProgress('ProgressDeadlineExceeded', 'False', 0)), sets()))).to.equal(
      'False ProgressDeadlineExceeded',
    );
  });

  it('has no Progressing condition where there is no deadline', () => {
    const endless = withProgress('ReplicaSetUpdated', 'True', 0);
    const decided = plan({ ...endless, spec: { ...endless.spec!, progressDeadlineSeconds: 2 ** 31 - 1 } }, sets());
    expect(progressing(decided)).to.equal(undefined);
    expect(decided.checkAgainInMs).to.equal(undefined);
  });

  it('passes on that pods cannot be made, and takes it back', () => {
    const failing = sets();
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' };
    failing[1]!.status = { ...failing[1]!.status!, conditions: [failure] };
    const { status } = plan(fresh, failing);
    expect(conditionOf(status.conditions ?? [], 'ReplicaFailure')).to.include({ reason: 'FailedCreate', message: 'quota' });
    expect(conditionOf(plan({ ...fresh, status }, sets()).status.conditions ?? [], 'ReplicaFailure')).to.equal(undefined);
  });

  it('keeps the time of a condition that does not change', () => {
    const { status } = plan(fresh, sets(), { nowMs: 5000 });
    expect(plan({ ...fresh, status }, sets(), { nowMs: 8000 }).status).to.deep.equal(status);
  });
});

describe('name clash', () => {
  it('is none where the replica set is the deployment’s own with the same template', () => {
    expect(isOwnReplicaSet(deploymentOf(), replicaSetOf())).to.equal(true);
    expect(isOwnReplicaSet(deploymentOf(), replicaSetOf({ version: 2 }))).to.equal(false);
    const orphan = replicaSetOf();
    orphan.metadata = { ...metaOf(orphan), ownerReferences: [] };
    expect(isOwnReplicaSet(deploymentOf(), orphan)).to.equal(false);
  });
});

describe('rolling updates, whatever the order of events', () => {
  const limits = fc
    .record({
      replicas: fc.integer({ min: 1, max: 12 }),
      maxSurge: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('25%', '50%', '100%')),
      maxUnavailable: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('25%', '50%', '100%')),
    })
    .filter(({ maxSurge, maxUnavailable }) => maxSurge !== 0 || maxUnavailable !== 0);
  const events = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(['deployment', 0] as const) },
      { weight: 6, arbitrary: fc.tuple(fc.constant('replicaSet' as const), fc.nat(3)) },
      { weight: 6, arbitrary: fc.tuple(fc.constant('ready' as const), fc.nat(3)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('template' as const), fc.integer({ min: 1, max: 3 })) },
    ),
    { maxLength: 150 },
  );

  it('never want more than desired + surge, never have fewer than desired − unavailable, and come to their end', () => {
    fc.assert(
      fc.property(limits, events, ({ replicas, maxSurge, maxUnavailable }, happening) => {
        const rollingUpdate = { maxSurge: maxSurge as string, maxUnavailable: maxUnavailable as string };
        const model = new RolloutModel(deploymentOf({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }));
        model.settle();
        const bounds = rolloutLimits(model.deployment);
        model.toVersion(2);
        for (const [what, number] of happening) {
          if (what === 'deployment') model.deploymentTurn();
          else if (what === 'replicaSet') model.replicaSetTurn(number);
          else if (what === 'ready') model.podBecomesReady(number);
          else model.toVersion(number);
          expect(model.wanted()).to.be.at.most(replicas + bounds.maxSurge);
          expect(model.ready()).to.be.at.least(replicas - bounds.maxUnavailable);
        }
        model.settle();
      }),
      { numRuns: 300 },
    );
  });

  it('scaled on the way come to the new size', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(limits, events, sizes, ({ replicas, maxSurge, maxUnavailable }, happening, scales) => {
        const rollingUpdate = { maxSurge: maxSurge as string, maxUnavailable: maxUnavailable as string };
        const model = new RolloutModel(deploymentOf({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }));
        model.settle();
        model.toVersion(2);
        for (const [at, [what, number]] of happening.entries()) {
          if (what === 'deployment') model.deploymentTurn();
          else if (what === 'replicaSet') model.replicaSetTurn(number);
          else model.podBecomesReady(number);
          if (at % 50 === 25) model.change({ replicas: scales[Math.floor(at / 50)] ?? 1 });
        }
        model.settle();
      }),
      { numRuns: 200 },
    );
  });
});
