import { expect } from 'chai';
import { labels, annotations, NODE_ACCELERATOR_LABEL } from '#shared/kube/names.js';
import type { Deployment } from '#shared/kube/wire.js';
import { applied, deployment, MODEL, placement, placements, rolledOut } from '../test/support/builders.js';
import { planPatch, planPending, planRepair, type AllocationTarget } from './plan-patch.js';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function to(accelerator: string, numReplicas: number, maxBatch = 64): AllocationTarget {
  return { accelerator, numReplicas, maxBatch };
}

function plan(from: Deployment, target: AllocationTarget) {
  return planPatch(from, target, placements, NOW);
}

function podOf(one: Deployment) {
  const template = one.spec!.template;
  return { template, container: template.spec!.containers.find(({ name }) => name === 'vllm')! };
}

describe('planPatch: the count', () => {
  it('writes nothing when all is as wanted', () => {
    expect(plan(deployment(), to('A100', 3))).to.deep.equal({ status: 'unchanged', reason: 'replicas stay at 3' });
  });

  it('sets the count, and notes it as its own, in one patch that leaves the template alone', () => {
    const { status, reason, patch } = plan(deployment(), to('A100', 5));
    expect({ status, reason }).to.deep.equal({ status: 'applied', reason: 'replicas 3 → 5' });
    expect(patch).to.deep.equal({
      metadata: { labels: {}, annotations: { [annotations.lastWrittenReplicas]: '5' } },
      spec: { replicas: 5 },
    });
  });

  it('scales to zero only as a plain count, whatever accelerator is named', () => {
    const { patch } = plan(deployment(), to('', 0));
    expect(patch?.spec).to.deep.equal({ replicas: 0 });
    expect(plan(deployment({ replicas: 0 }), to('G2', 0)).patch).to.equal(undefined);
  });

  it('sets a label that a manifest reset, without a roll-out', () => {
    const reset = deployment();
    reset.metadata!.labels![labels.accelerator] = 'G2';
    const { status, patch } = plan(reset, to('A100', 3));
    expect(status).to.equal('applied');
    expect(patch).to.deep.equal({ metadata: { labels: { [labels.accelerator]: 'A100' }, annotations: {} } });
  });

  it('holds fewer replicas, but not more, while somebody else rolls out', () => {
    const rolling = deployment();
    rolling.status!.updatedReplicas = 1;
    expect(plan(rolling, to('A100', 2))).to.have.property('status', 'held');
    expect(plan(rolling, to('A100', 2)).patch).to.equal(undefined);
    expect(plan(rolling, to('A100', 5)).patch?.spec).to.deep.equal({ replicas: 5 });
  });

  it('takes back replicas that find no place', () => {
    const starting = deployment({ replicas: 9 });
    starting.status!.availableReplicas = 3;
    expect(plan(starting, to('A100', 3)).patch?.spec).to.deep.equal({ replicas: 3 });
  });
});

describe('planPatch: without placements', () => {
  const withNone = (from: Deployment, target: AllocationTarget) => planPatch(from, target, {}, NOW);

  it('sets the count of pods that stay where they are', () => {
    const { status, patch } = withNone(deployment(), to('A100', 5));
    expect(status).to.equal('applied');
    expect(patch?.spec).to.deep.equal({ replicas: 5 });
    expect(withNone(deployment(), to('A100', 3))).to.have.property('status', 'unchanged');
  });

  it('changes the max batch of pods that stay where they are', () => {
    const { reason, patch } = withNone(deployment(), to('A100', 3, 32));
    expect(reason).to.equal('max batch 64 → 32; replicas stay at 3');
    expect(podOf(applied(deployment(), patch)).container.args).to.include('32');
  });

  it('cannot move pods, by what they run and not by what the label says', () => {
    const relabelled = deployment();
    relabelled.metadata!.labels![labels.accelerator] = 'G2';
    const { status, reason, patch } = withNone(relabelled, to('G2', 5));
    expect({ status, patch }).to.deep.equal({ status: 'failed', patch: undefined });
    expect(reason).to.equal('accelerator G2 is not among the accelerators of the request, and the pods are on A100');
  });
});

describe('planPatch: another accelerator', () => {
  const moving = plan(deployment(), to('2xAIU2', 5, 32));
  const moved = applied(deployment(), moving.patch);

  it('changes the template and leaves the count', () => {
    expect(moving.status).to.equal('applied');
    expect(moving.reason).to.equal(
      'accelerator A100 → 2xAIU2, max batch 64 → 32; replicas stay at 3 until the new pods are available, then 5',
    );
    expect(moving.patch?.spec).not.to.have.property('replicas');
    expect(moved.spec!.replicas).to.equal(3);
  });

  it('replaces selector and cards of the old accelerator and keeps what is not its own', () => {
    const { template, container } = podOf(moved);
    expect(template.spec!.nodeSelector).to.deep.equal({ [NODE_ACCELERATOR_LABEL]: 'AIU2', zone: 'a' });
    expect(container.resources).to.deep.equal({
      limits: { cpu: '1', 'inferno.io/AIU2': '2' },
      requests: { cpu: '1', 'inferno.io/AIU2': '2' },
    });
    expect(template.metadata!.labels).to.include({ app: 'dep1', [labels.accelerator]: '2xAIU2' });
    expect(template.spec!.containers.map(({ name }) => name)).to.deep.equal(['sidecar', 'vllm']);
  });

  it('sets max batch in the arguments and on the Deployment, and when it was', () => {
    expect(podOf(moved).container.args).to.deep.equal(['--model', 'some/model', '--max-num-seqs', '32']);
    expect(moved.metadata!.labels).to.include({ [labels.accelerator]: '2xAIU2', [labels.maxBatchSize]: '32' });
    expect(moved.metadata!.annotations).to.include({ [annotations.acceleratorChangedAt]: '2026-01-02T03:04:05.000Z' });
  });

  it('lets no serving pod go before its successor is available', () => {
    expect(moved.spec!.strategy).to.deep.equal({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' },
    });
    const tight = deployment();
    tight.spec!.strategy!.rollingUpdate = { maxUnavailable: 1, maxSurge: 0 };
    expect(applied(tight, plan(tight, to('G2', 3)).patch).spec!.strategy!.rollingUpdate).to.deep.equal({
      maxUnavailable: 0,
      maxSurge: 1,
    });
  });

  it('goes ahead by as many pods as there are cards for, where it is told how many', () => {
    const surgeOf = (from: Deployment, maxSurge?: number) => {
      const target = { ...to('G2', 3), ...(maxSurge === undefined ? {} : { maxSurge }) };
      return applied(from, plan(from, target).patch).spec!.strategy!.rollingUpdate;
    };
    expect(surgeOf(deployment(), 2)).to.deep.equal({ maxUnavailable: 0, maxSurge: 2 });
    expect(surgeOf(deployment())).to.deep.equal({ maxUnavailable: 0, maxSurge: '25%' });
    const told = deployment();
    told.spec!.strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } };
    expect(plan(told, { ...to('G2', 3), maxSurge: 2 }).patch?.spec).not.to.have.property('strategy');
  });

  it('sets the count only when the new pods are available', () => {
    expect(planPending(moved), 'before the controller saw the change').to.equal(undefined);
    const halfWay = { ...moved, status: { ...rolledOut(moved).status!, availableReplicas: 2 } };
    expect(planPending(halfWay)).to.equal(undefined);
    expect(plan(halfWay, to('2xAIU2', 5, 32))).to.have.property('status', 'held');
    expect(plan(halfWay, to('2xAIU2', 5, 32)).patch).to.equal(undefined);

    const available = rolledOut(moved);
    const { status, reason, patch } = planPending(available)!;
    expect({ status, reason }).to.deep.equal({ status: 'applied', reason: 'replicas 3 → 5' });
    const done = applied(available, patch);
    expect(done.spec!.replicas).to.equal(5);
    expect(done.metadata!.annotations).not.to.have.property(annotations.pendingReplicas);
    expect(done.metadata!.annotations).to.have.property(annotations.lastWrittenReplicas, '5');
    expect(planPending(rolledOut(done))).to.equal(undefined);
  });

  it('lets a later update change the count that waits', () => {
    const { status, patch } = plan(moved, to('2xAIU2', 2, 32));
    expect(status).to.equal('held');
    expect(patch).to.not.have.property('spec');
    const available = rolledOut(applied(moved, patch));
    expect(applied(available, planPending(available)!.patch).spec!.replicas).to.equal(2);
  });

  it('drops a count that waits when somebody else scales meanwhile', () => {
    const scaled = rolledOut({ ...moved, spec: { ...moved.spec!, replicas: 9 } });
    const dropped = planPending(scaled)!;
    expect(dropped.status).to.equal('held');
    const after = applied(scaled, dropped.patch);
    expect(after.spec!.replicas).to.equal(9);
    expect(planPending(after)).to.equal(undefined);
  });

  it('goes back while the new pods do not come', () => {
    const back = plan(moved, to('A100', 3));
    expect(back.reason).to.equal('accelerator 2xAIU2 → A100, max batch 32 → 64; replicas stay at 3');
    const { annotations: none, ...metadata } = podOf(applied(moved, back.patch)).template.metadata!;
    expect(none).to.deep.equal({});
    // The template of the pods that still run, so that none of them is replaced.
    expect({ ...podOf(applied(moved, back.patch)).template, metadata }).to.deep.equal(podOf(deployment()).template);
  });

  it('leaves requests to the API where the template names only limits', () => {
    const onlyLimits = deployment();
    podOf(onlyLimits).container.resources!.requests = { cpu: '1' };
    const there = rolledOut(applied(onlyLimits, plan(onlyLimits, to('G2', 3)).patch));
    expect(podOf(there).container.resources!.requests).to.deep.equal({ cpu: '1' });
    const back = applied(there, plan(there, to('A100', 3)).patch);
    expect(podOf(back).container.resources).to.deep.equal(podOf(onlyLimits).container.resources);
  });

  it('takes the overrides of an accelerator away with it, but not what somebody edited since', () => {
    const original = deployment();
    const onG2 = rolledOut(applied(original, plan(original, to('G2', 3)).patch));
    expect(podOf(onG2).container.args).to.include.members(['--tensor-parallel-size', '2']);
    expect(podOf(onG2).container.env).to.deep.equal([{ name: 'TP', value: '2' }]);
    expect(podOf(onG2).container.resources!.limits).to.have.property('inferno.io/G2', '2');
    const back = applied(onG2, plan(onG2, to('A100', 3)).patch);
    const { env, ...container } = podOf(back).container;
    expect(env).to.deep.equal([]);
    expect(container).to.deep.equal(podOf(original).container);

    podOf(onG2).container.env = [{ name: 'TP', value: '4' }];
    const kept = applied(onG2, plan(onG2, to('A100', 3)).patch);
    expect(podOf(kept).container.env).to.deep.equal([{ name: 'TP', value: '4' }]);
  });

  it('removes the selector keys of an earlier accelerator whose placement the request does not name', () => {
    const special = { ...placements, S: placement('S', { nodeSelector: { 'vendor.com/card': 's' } }) };
    const original = deployment();
    const onS = rolledOut(applied(original, planPatch(original, to('S', 3), special, NOW).patch));
    expect(podOf(onS).template.spec!.nodeSelector).to.deep.equal({ 'vendor.com/card': 's', zone: 'a' });
    const back = applied(onS, plan(onS, to('A100', 3)).patch);
    expect(podOf(back).template.spec!.nodeSelector).to.deep.equal({ [NODE_ACCELERATOR_LABEL]: 'A100', zone: 'a' });
  });
});

describe('planPatch: the truth is what the pods run', () => {
  it('believes the label of a Deployment whose template says nothing', () => {
    const plain = deployment();
    plain.spec!.template = { spec: { containers: [{ name: 'busybox', image: 'busybox' }] } };
    expect(plan(plain, to('A100', 3))).to.have.property('status', 'unchanged');
    expect(plan(plain, to('G2', 3)).reason).to.match(/^accelerator A100 → G2/);
  });

  it('moves pods whose selector contradicts the label', () => {
    const contradicting = deployment();
    contradicting.spec!.template.spec!.nodeSelector![NODE_ACCELERATOR_LABEL] = 'L4';
    const { patch } = plan(contradicting, to('A100', 3));
    expect(podOf(applied(contradicting, patch)).template.spec!.nodeSelector).to.include({ [NODE_ACCELERATOR_LABEL]: 'A100' });
  });

  it('moves pods that ask for another number of the same cards', () => {
    const { reason, patch } = plan(deployment({ cards: 4 }), to('A100', 3));
    expect(reason).to.match(/^pod template put right for accelerator A100; /);
    expect(podOf(applied(deployment({ cards: 4 }), patch)).container.resources!.limits).to.have.property('inferno.io/A100', '1');
  });

  const forms = [
    { args: ['--max-num-seqs=64', '--x'], becomes: ['--max-num-seqs=32', '--x'] },
    { args: ['serve', '--max-num-seqs', '64', '--x'], becomes: ['serve', '--max-num-seqs', '32', '--x'] },
    { args: ['--max-num-seqs', '64', '--max-num-seqs', '128'], becomes: ['--max-num-seqs', '32'] },
  ];
  for (const { args, becomes } of forms) {
    it(`changes max batch in ${args.join(' ')} as a roll-out of its own`, () => {
      const { reason, patch } = plan(deployment({ args }), to('A100', 4, 32));
      expect(reason).to.match(/^max batch 64 → 32; replicas stay at 3 until/);
      expect(podOf(applied(deployment({ args }), patch)).container.args).to.deep.equal(becomes);
      expect(patch!.metadata.annotations).not.to.have.property(annotations.acceleratorChangedAt);
    });
  }

  it('changes max batch where the argument is part of the command', () => {
    const inCommand = deployment({ args: [] });
    podOf(inCommand).container.command = ['vllm', 'serve', '--max-num-seqs', '64'];
    const after = applied(inCommand, plan(inCommand, to('A100', 3, 32)).patch);
    expect(podOf(after).container.command).to.deep.equal(['vllm', 'serve', '--max-num-seqs', '32']);
  });

  it('only labels a max batch that the container has no argument for', () => {
    const { status, patch } = plan(deployment({ args: ['--model', 'm'] }), to('A100', 3, 32));
    expect(status).to.equal('applied');
    expect(patch).to.deep.equal({ metadata: { labels: { [labels.maxBatchSize]: '32' }, annotations: {} } });
  });
});

describe('planRepair', () => {
  const repair = (from: Deployment) => planRepair(from, placements, NOW);
  // Moved to 2xAIU2, then the manifest of before applied again: a merge, which does not take away what the manifest does not name.
  function reapplied(): Deployment {
    const moved = rolledOut(applied(deployment(), plan(deployment(), to('2xAIU2', 3)).patch));
    const manifest = deployment().spec!.template;
    manifest.spec!.containers[1]!.resources!.requests = { cpu: '1' };
    return applied(moved, { metadata: { labels: {}, annotations: {} }, spec: { template: manifest } } as never);
  }

  it('takes the cards of the other accelerator off a template that asks for both', () => {
    expect(podOf(reapplied()).container.resources!.limits).to.include({ 'inferno.io/AIU2': '2', 'inferno.io/A100': '1' });
    const { status, reason, patch } = repair(reapplied())!;
    expect({ status, reason }).to.deep.equal({
      status: 'applied',
      reason: 'pod template put right for accelerator A100; replicas stay at 3',
    });
    expect(patch!.spec).not.to.have.property('replicas');
    const repaired = applied(reapplied(), patch);
    expect(podOf(repaired).container.resources!.limits).to.deep.equal({ cpu: '1', 'inferno.io/A100': '1' });
    expect(podOf(repaired).template.spec!.nodeSelector).to.deep.equal({ [NODE_ACCELERATOR_LABEL]: 'A100', zone: 'a' });
    expect(repair(repaired)).to.equal(undefined);
  });

  it('is what an update to that accelerator does too', () => {
    const { patch } = plan(reapplied(), to('A100', 3));
    expect(podOf(applied(reapplied(), patch)).container.resources!.limits).to.not.have.property('inferno.io/AIU2');
  });

  it('leaves a count that waits as it is', () => {
    const moving = applied(deployment(), plan(deployment(), to('2xAIU2', 5)).patch);
    podOf(moving).container.resources!.limits!['inferno.io/G2'] = '1';
    const repaired = applied(moving, repair(moving)!.patch);
    expect(applied(rolledOut(repaired), planPending(rolledOut(repaired))!.patch).spec!.replicas).to.equal(5);
  });

  it('does nothing where the template fits, asks for what no accelerator has, or nothing says what fits', () => {
    expect(repair(deployment())).to.equal(undefined);
    const withNic = deployment();
    podOf(withNic).container.resources!.limits!['vendor.com/nic'] = '1';
    expect(repair(withNic)).to.equal(undefined);
    expect(repair({ ...reapplied(), spec: { ...reapplied().spec!, replicas: 0 } })).to.equal(undefined);
    expect(planRepair(reapplied(), {}, NOW)).to.equal(undefined);
  });
});

describe('planPatch: what it refuses', () => {
  const withoutModel = deployment();
  Reflect.deleteProperty(withoutModel.metadata!.labels!, labels.model);
  const cases = [
    { name: 'an unknown accelerator', from: deployment(), target: to('H900', 3), says: 'accelerator H900 is not among' },
    { name: 'no accelerator', from: deployment(), target: to('', 3), says: 'the allocation names no accelerator' },
    { name: 'a name of Object', from: deployment(), target: to('constructor', 3), says: 'accelerator constructor is not among' },
    { name: 'a Deployment without a model', from: withoutModel, target: to('A100', 3), says: `no label ${labels.model}` },
  ];
  for (const { name, from, target, says } of cases) {
    it(`${name}: nothing is written`, () => {
      const { status, reason, patch } = plan(from, target);
      expect(status).to.equal('failed');
      expect(reason).to.include(says);
      expect(patch).to.equal(undefined);
    });
  }

  it('a model that the accelerator has no entry for', () => {
    const foreign = placement('A100', { models: {} });
    const { status, reason } = planPatch(deployment(), to('A100', 3), { A100: foreign }, NOW);
    expect({ status, reason }).to.deep.equal({ status: 'failed', reason: `accelerator A100 has no entry for model ${MODEL}` });
  });
});
