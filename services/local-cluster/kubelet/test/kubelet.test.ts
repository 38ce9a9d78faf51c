import axios from 'axios';
import { expect } from 'chai';
import { isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { KubeList, Lease, Node, Pod } from '#shared/kube/wire.js';
import { eventually } from '../../test/conformance/support/eventually.js';
import { startTarget, targetsOfThisRun, type TargetCluster } from '../../test/conformance/support/targets.js';
import { conditionOf, data, idle, KubeletBench, modelLabels } from './support/kubelet-bench.js';

for (const { name: target, missing } of await targetsOfThisRun()) {
  const declare = missing === undefined ? describe : describe.skip;
  declare(`kubelet on the ${target} cluster${missing === undefined ? '' : ` (${missing})`}`, function () {
    this.timeout(180_000);
    let cluster: TargetCluster;
    let bench: KubeletBench;
    let namespace: string;

    before(async () => {
      cluster = await startTarget(target);
      bench = new KubeletBench(cluster.kubeconfigPath);
      await bench.startKubelet();
    });

    after(async () => {
      await bench.stop();
      await cluster.stop();
    });

    beforeEach(async () => {
      namespace = await bench.namespace();
    });

    afterEach(async () => {
      await bench.client.delete(paths.namespaces(namespace));
    });

    const url = (pod: Pod, path: string): string => `http://${pod.status?.podIP ?? ''}:8000${path}`;
    const logOf = (name: string, query: Record<string, string | number | boolean> = {}): Promise<string> =>
      bench.client.get<string>(paths.pods(namespace, name, 'log'), query);

    /** Events are written beside the work, in their own time. */
    const eventuallyReported = (reasons: readonly string[]): Promise<void> =>
      eventually(async () => {
        const reported = (await bench.events(namespace, 'Pod')).map(({ reason }) => reason);
        expect(reported).to.include.members(reasons);
      });

    async function gone(name: string): Promise<void> {
      const error = await bench.pod(namespace, name).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(isNotFound(error)).to.equal(true);
    }

    it('registers a few nodes per accelerator type, ready, labelled, with their cards and a lease', async () => {
      const { items } = await bench.client.get<KubeList<Node>>(paths.nodes());
      expect(items.map(({ metadata }) => metadata?.name).sort()).to.deep.equal(['a100-0', 'a100-1', 'a100-2', 'l4-0']);
      const node = items.find(({ metadata }) => metadata?.name === 'a100-0');
      expect(node?.metadata?.labels).to.include({ 'inferno.accelerator': 'A100', 'kubernetes.io/hostname': 'a100-0' });
      expect(node?.status?.allocatable).to.include({ 'inferno.io/A100': '16' });
      expect(node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).to.equal('True');
      expect(node?.status?.daemonEndpoints?.kubeletEndpoint?.Port).to.be.greaterThan(0);
      const lease = await bench.client.get<Lease>(paths.leases('kube-node-lease', 'a100-0'));
      expect(lease.spec?.holderIdentity).to.equal('a100-0');
    });

    it('renews the leases', async () => {
      const renewed = async () => (await bench.client.get<Lease>(paths.leases('kube-node-lease', 'a100-0'))).spec?.renewTime;
      const before = await renewed();
      await eventually(async () => expect(await renewed()).to.not.equal(before));
    });

    it('runs model servers, each at an address of its own', async () => {
      await bench.createDeployment(namespace, { replicas: 3 });
      const pods = await eventually(() => bench.readyPods(namespace, 3));
      expect(new Set(pods.map(({ status }) => status?.podIP)).size).to.equal(3);
      for (const pod of pods) {
        expect(pod.status).to.include({ phase: 'Running', hostIP: '127.0.0.1', qosClass: 'BestEffort' });
        expect(pod.status?.containerStatuses?.[0]).to.include({ ready: true, started: true, restartCount: 0 });
        const { data: models } = await axios.get<{ data: { id: string }[] }>(url(pod, '/v1/models'));
        expect(models.data.map(({ id }) => id)).to.deep.equal(['llama']);
      }
      await eventuallyReported(['Scheduled', 'Pulled', 'Created', 'Started']);
    });

    it('shares the load of the labels over the ready pods', async () => {
      const load = {
        'inferno.server.load.rpm': '6000',
        'inferno.server.load.intokens': '10',
        'inferno.server.load.outtokens': '5',
      };
      await bench.createDeployment(namespace, { replicas: 2, labels: load });
      const pods = await eventually(() => bench.readyPods(namespace, 2));
      for (const pod of pods) {
        const log = await eventually(async () => {
          const lines = await logOf(pod.metadata?.name ?? '');
          expect(lines).to.contain('offered load: 3000.00 requests/min of 10 input and 5 output tokens');
          return lines;
        });
        expect(log).to.match(/^INFO simulated engine for llama on A100: max_num_seqs=32/);
        await eventually(async () => {
          const { data: metrics } = await axios.get<string>(url(pod, '/metrics'));
          const counts = [...metrics.matchAll(/^vllm:request_success_total\{.*\} (\d+)$/gm)].map(([, count]) => Number(count));
          expect(Math.max(...counts)).to.be.greaterThan(0);
        });
      }
    });

    it('leaves the load as it was when the labels become garbage, and says so on the Deployment', async () => {
      const load = { 'inferno.server.load.rpm': '60', 'inferno.server.load.numtokens': '5' };
      await bench.createDeployment(namespace, { labels: load });
      const [pod] = await eventually(() => bench.readyPods(namespace, 1));
      const name = pod?.metadata?.name ?? '';
      await eventually(async () => expect(await logOf(name)).to.contain('offered load: 60.00'));
      const garbage = { metadata: { labels: { 'inferno.server.load.rpm': 'lots' } } };
      await bench.client.patch(paths.deployments(namespace, 'vllm'), 'merge', garbage);
      await eventually(async () => {
        const event = (await bench.events(namespace, 'Deployment')).find(({ reason }) => reason === 'InvalidLoad');
        expect(event?.message).to.contain('inferno.server.load.rpm: "lots": must be a number from 0 to 1000000');
      });
      expect((await logOf(name)).match(/offered load/g)).to.have.length(1);
    });

    it('does not start a server for an accelerator that the data do not know, names both, and runs it once that is mended', async () => {
      const podLabels = { ...modelLabels, 'inferno.server.allocation.accelerator': 'TPU' };
      await bench.createDeployment(namespace, { podLabels });
      await eventually(async () => {
        const [pod] = await bench.pods(namespace);
        expect(pod?.status?.phase).to.equal('Pending');
        expect(pod?.status?.containerStatuses?.[0]?.state?.waiting).to.deep.equal({
          reason: 'CreateContainerConfigError',
          message: 'model "llama": accelerator "TPU" is not in accelerator-data.json',
        });
      });
      await eventually(async () => {
        const failed = (await bench.events(namespace, 'Pod')).find(({ reason }) => reason === 'Failed');
        expect(failed?.message).to.contain('accelerator "TPU"');
      });
      const mended = { spec: { template: { metadata: { labels: modelLabels } } } };
      await bench.client.patch(paths.deployments(namespace, 'vllm'), 'merge', mended);
      await eventually(() => bench.readyPods(namespace, 1));
    });

    it('shows a pod that never becomes ready as running and not ready, and offers it no load', async () => {
      const readinessProbe = { httpGet: { path: '/nowhere', port: 'http' }, periodSeconds: 1 };
      const labels = { 'inferno.server.load.rpm': '60', 'inferno.server.load.numtokens': '5' };
      await bench.createDeployment(namespace, { container: { readinessProbe }, labels });
      await eventually(async () => {
        const unhealthy = (await bench.events(namespace, 'Pod')).find(({ reason }) => reason === 'Unhealthy');
        expect(unhealthy?.message).to.equal('Readiness probe failed: HTTP probe failed with statuscode: 404');
        expect(unhealthy?.count).to.be.greaterThan(1);
      });
      const [pod] = await bench.pods(namespace);
      expect(pod?.status?.phase).to.equal('Running');
      expect(conditionOf(pod!, 'Ready')).to.equal('False');
      expect(await logOf(pod?.metadata?.name ?? '')).to.not.contain('offered load');
    });

    it('restarts a container whose liveness probe fails, more and more slowly, and keeps the log of its last life', async () => {
      const livenessProbe = { httpGet: { path: '/nowhere', port: 'http' }, periodSeconds: 1, failureThreshold: 1 };
      await bench.createDeployment(namespace, { container: { livenessProbe } });
      const name = await eventually(async () => {
        const [pod] = await bench.pods(namespace);
        const container = pod?.status?.containerStatuses?.[0];
        expect(container?.restartCount).to.be.at.least(2);
        expect(container?.state?.waiting?.reason).to.equal('CrashLoopBackOff');
        expect(container?.lastState?.terminated).to.include({ exitCode: 0, reason: 'Completed' });
        return pod?.metadata?.name ?? '';
      });
      expect(await logOf(name, { previous: true })).to.contain('simulated engine for llama');
      await eventuallyReported(['Unhealthy', 'Killing', 'BackOff']);
    });

    it('lets running requests finish when a pod is deleted, takes no new ones, and then removes it', async () => {
      // An hour, of which a second is 50 ms here.
      await bench.createDeployment(namespace, { podLabels: modelLabels, spec: { terminationGracePeriodSeconds: 3_600 } });
      const [pod] = await eventually(() => bench.readyPods(namespace, 1));
      const name = pod?.metadata?.name ?? '';
      // 5 ms a token in a time that passes 20 times as fast: at least 4 s, within which all that follows is seen.
      const tokens = 16_000;
      const request = { model: 'llama', prompt: 'hello', max_tokens: tokens, ignore_eos: true };
      const answer = axios.post<{ usage: { completion_tokens: number } }>(url(pod!, '/v1/completions'), request);
      await eventually(async () => {
        const { data: metrics } = await axios.get<string>(url(pod!, '/metrics'));
        expect(metrics).to.match(/^vllm:num_requests_running\{.*\} 1$/m);
      });
      await bench.client.delete(paths.pods(namespace, name));
      await eventually(async () => {
        const draining = await bench.pod(namespace, name);
        expect(conditionOf(draining, 'Ready')).to.equal('False');
      });
      expect((await answer).data.usage.completion_tokens).to.equal(tokens);
      await eventually(() => gone(name));
      const after = await axios.get(url(pod!, '/health')).catch((error: unknown) => error);
      expect(String(after)).to.contain('ECONNREFUSED');
      // The control: another pod takes its place.
      await eventually(() => bench.readyPods(namespace, 1));
    });

    it('stops a pod at once when it is deleted without grace', async () => {
      await bench.createPod(namespace, 'p', { containers: [idle({ ports: [{ containerPort: 8000 }] })] }, modelLabels);
      const pod = await eventually(async () => {
        const running = await bench.pod(namespace, 'p');
        expect(conditionOf(running, 'Ready')).to.equal('True');
        return running;
      });
      await bench.client.delete(paths.pods(namespace, 'p'), { gracePeriodSeconds: 0 });
      await gone('p');
      await eventually(async () => {
        const answer = await axios.get(url(pod, '/health')).catch((error: unknown) => error);
        expect(String(answer)).to.contain('ECONNREFUSED');
      });
    });

    it('runs init containers first and keeps a sidecar running', async () => {
      const spec = {
        initContainers: [idle({ name: 'prepare' }), idle({ name: 'sidecar', restartPolicy: 'Always' })],
        containers: [idle()],
      };
      await bench.createPod(namespace, 'p', spec);
      const pod = await eventually(async () => {
        const running = await bench.pod(namespace, 'p');
        expect(conditionOf(running, 'Ready')).to.equal('True');
        return running;
      });
      const [prepare, sidecar] = pod.status?.initContainerStatuses ?? [];
      expect(prepare?.state?.terminated).to.include({ exitCode: 0, reason: 'Completed' });
      expect(sidecar?.state?.running).to.have.property('startedAt');
      await bench.client.delete(paths.pods(namespace, 'p'));
      await eventually(() => gone('p'));
    });

    it('answers the log requests of the API server: tail, times, unknown container', async () => {
      await bench.createDeployment(namespace);
      const [pod] = await eventually(() => bench.readyPods(namespace, 1));
      const name = pod?.metadata?.name ?? '';
      await eventually(async () => expect(await logOf(name)).to.contain('ready to serve'));
      expect(await logOf(name, { tailLines: 1, timestamps: true })).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z INFO .*\n$/);
      expect(await logOf(name, { limitBytes: 4 })).to.equal('INFO');
      const error = await logOf(name, { container: 'other' }).catch((cause: unknown) => cause);
      expect(String(error)).to.contain('other');
      const previous = await logOf(name, { previous: true }).catch((cause: unknown) => cause);
      expect(String(previous)).to.contain('previous terminated container "vllm"');
    });

    describe('when it is started anew', () => {
      it('restarts what ran, at the same address, and counts it', async () => {
        await bench.createDeployment(namespace, { replicas: 2 });
        const before = await eventually(() => bench.readyPods(namespace, 2));
        await bench.stopKubelet();
        const died = await axios.get(url(before[0]!, '/health')).catch((error: unknown) => error);
        expect(String(died)).to.contain('ECONNREFUSED');
        await bench.startKubelet();
        await eventually(async () => {
          const after = await bench.readyPods(namespace, 2);
          const restarts = after.map(({ status }) => status?.containerStatuses?.[0]);
          expect(restarts.map((container) => container?.restartCount)).to.deep.equal([1, 1]);
          expect(restarts[0]?.lastState?.terminated).to.include({ exitCode: 255, reason: 'Unknown' });
          const addressOf = (pods: Pod[]) =>
            pods.map(({ metadata, status }) => `${metadata?.name ?? ''} ${status?.podIP ?? ''}`).sort();
          expect(addressOf(after)).to.deep.equal(addressOf(before));
        });
      });

      it('finishes a deletion that it did not see', async () => {
        await bench.createPod(namespace, 'p', {});
        await eventually(async () => expect(conditionOf(await bench.pod(namespace, 'p'), 'Ready')).to.equal('True'));
        await bench.stopKubelet();
        await bench.client.delete(paths.pods(namespace, 'p'));
        await bench.startKubelet();
        await eventually(() => gone('p'));
      });

      it('brings the nodes to the capacity of today, and keeps one that lost all cards', async () => {
        await bench.stopKubelet();
        const capacity = { count: [{ type: 'A100', count: 16 }] };
        await bench.startKubelet({ capacity });
        const { items } = await bench.client.get<KubeList<Node>>(paths.nodes());
        const cards: Record<string, string | undefined> = Object.fromEntries(
          items.map(({ metadata, status }) => [
            metadata?.name ?? '',
            status?.allocatable?.['inferno.io/A100'] ?? status?.allocatable?.['inferno.io/L4'],
          ]),
        );
        expect(cards).to.deep.equal({ 'a100-0': '8', 'a100-1': '8', 'a100-2': '0', 'l4-0': '0' });
        await bench.stopKubelet();
        await bench.startKubelet({ capacity: data.capacity });
      });
    });
  });
}
