import type { V1DeploymentSpec } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { ConformanceCluster } from './conformance-cluster.js';
import { eventually } from './eventually.js';
import { Kubectl, kubectlBinaries } from './kubectl.js';
import type { CommandResult } from './kubectl.js';
import { deployment } from './manifests.js';
import { onEachTarget, orFailingTest } from './on-each-target.js';

/** What a case has at hand: kubectl in the namespace of the case, and the cluster behind it. */
export interface KubectlBench {
  readonly cluster: () => ConformanceCluster;
  readonly namespace: () => string;
  /** What a command prints; throws with what it complained about when it fails. */
  readonly run: (args: string, input?: string | object) => Promise<string>;
  readonly lines: (args: string) => Promise<string[]>;
  /** A command that may fail. */
  readonly attempt: (args: string, input?: string | object) => Promise<CommandResult>;
  /** A command that goes on until it is stopped. */
  readonly start: (args: string) => ReturnType<Kubectl['start']>;
  /** Creates the deployment `web` (two replicas unless told otherwise) and waits until it is ready. */
  readonly createWeb: (spec?: Partial<V1DeploymentSpec>) => Promise<void>;
  /** Waits until the deployment `web` has all its replicas of the latest template, and no other. */
  readonly webIsReady: () => Promise<void>;
}

const binaries = await orFailingTest('kubectl on this machine', kubectlBinaries());
if (binaries.length === 0) it('the cases of kubectl, of which this machine has none');

/** Declares the same cases for every kubectl of this machine and every target of this run. */
export function onEachKubectl(title: string, cases: (bench: KubectlBench) => void): void {
  for (const binary of binaries) {
    onEachTarget(`kubectl ${binary.version}: ${title}`, (cluster) => {
      let kubectl: Kubectl | undefined;
      let namespace = '';

      before(() => {
        kubectl = new Kubectl(binary, cluster().kubeconfigPath);
      });

      after(() => kubectl?.dispose());

      beforeEach(async () => {
        namespace = await cluster().namespace();
      });

      const inNamespace = (args: string) => `-n ${namespace} ${args}`;
      const webIsReady = () =>
        eventually(async () => {
          const { metadata, spec, status } = await cluster().apps.readNamespacedDeployment({ namespace, name: 'web' });
          const replicas = spec!.replicas!;
          const settled = {
            observedGeneration: metadata!.generation!,
            replicas,
            readyReplicas: replicas,
            updatedReplicas: replicas,
            availableReplicas: replicas,
          };
          expect(status).to.deep.include(settled);
        });

      cases({
        cluster,
        namespace: () => namespace,
        run: (args, input) => kubectl!.run(inNamespace(args), input),
        lines: async (args) => (await kubectl!.run(inNamespace(args))).trimEnd().split('\n'),
        attempt: (args, input) => kubectl!.try(inNamespace(args), input),
        start: (args) => kubectl!.start(inNamespace(args)),
        createWeb: async (spec = {}) => {
          await cluster().apps.createNamespacedDeployment({ namespace, body: deployment('web', { replicas: 2, ...spec }) });
          await webIsReady();
        },
        webIsReady,
      });
    });
  }
}

/** The columns of one line of a table; a cell may hold single spaces. */
export function columns(line: string | undefined): string[] {
  return line?.trim().split(/\s{2,}/) ?? [];
}
