import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { Deployment } from '#shared/kube/wire.js';
import { deployment } from '../test/support/builders.js';
import { abruptEnd } from './abrupt-end.js';

function changed(change: (spec: NonNullable<NonNullable<Deployment['spec']>['template']['spec']>) => void): Deployment {
  const one = structuredClone(deployment());
  change(one.spec!.template.spec!);
  return one;
}

describe('abruptEnd', () => {
  it('finds nothing in pods with a preStop hook and time enough, nor in the shipped manifests', () => {
    expect(abruptEnd(deployment(), 300)).to.equal(undefined);
    for (const file of readdirSync('yamls/workload').filter((name) => name.startsWith('dep'))) {
      expect(abruptEnd(parse(readFileSync(`yamls/workload/${file}`, 'utf8')) as Deployment, 300), file).to.equal(undefined);
    }
  });

  it('names what is missing', () => {
    const hasty = changed((spec) => (spec.terminationGracePeriodSeconds = 299));
    expect(abruptEnd(hasty, 300)).to.equal(
      'a roll-out may cut off requests: terminationGracePeriodSeconds is 299, less than the drain timeout of 300 s',
    );
    expect(abruptEnd(hasty, 299)).to.equal(undefined);
    const bare = changed((spec) => {
      delete spec.terminationGracePeriodSeconds;
      for (const container of spec.containers) delete container.lifecycle;
    });
    expect(abruptEnd(bare, 300)).to.match(/: container vllm has no preStop hook, and terminationGracePeriodSeconds is 30, less/);
  });

  it('wants the hook of the model server, not of a container beside it', () => {
    const beside = changed(({ containers: [sidecar, server] }) => {
      sidecar!.lifecycle = { ...server!.lifecycle };
      delete server!.lifecycle;
    });
    expect(abruptEnd(beside, 300)).to.contain('container vllm has no preStop hook');
  });

  it('says nothing of a Deployment without containers', () => {
    expect(
      abruptEnd(
        changed((spec) => (spec.containers = [])),
        300,
      ),
    ).to.equal(undefined);
  });
});
