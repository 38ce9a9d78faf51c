import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import type { Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import type { Container } from '../kube-types.js';
import { createLogStore } from '../logs/log-store.js';
import { ContainerStartError, type ContainerExit, type RunningContainer } from '../runtime/container-runtime.js';
import { newContainerRecord } from './container-record.js';
import { ContainerWorker } from './container-worker.js';
import type { PodServices } from './pod-services.js';

/** A container that does what the case says. */
class Life implements RunningContainer {
  readonly exited: Promise<ContainerExit>;
  readonly signals: string[] = [];
  exit: (result: ContainerExit) => void = () => undefined;

  constructor() {
    this.exited = new Promise((resolve) => {
      this.exit = resolve;
    });
  }

  terminate(): void {
    this.signals.push('TERM');
  }

  kill(): void {
    this.signals.push('KILL');
    this.exit({ exitCode: 137, reason: 'Error' });
  }
}

const crash: ContainerExit = { exitCode: 1, reason: 'Error' };

describe('ContainerWorker', () => {
  let clock: ManualClock;
  let lives: Life[];
  let events: string[];
  let startError: Error | undefined;
  let healthy: boolean;
  let pod: Pod;

  beforeEach(() => {
    clock = new ManualClock(1_000_000);
    lives = [];
    events = [];
    startError = undefined;
    healthy = false;
    pod = { metadata: { name: 'p', namespace: 'infer', uid: 'u' }, spec: { containers: [], terminationGracePeriodSeconds: 30 } };
  });

  function worker(container: Partial<Container> = {}): ContainerWorker {
    const services: PodServices = {
      client: {} as KubeClient,
      clock,
      logger: silentLogger,
      runtime: {
        name: 'test',
        start: () => {
          if (startError !== undefined) return Promise.reject(startError);
          const life = new Life();
          lives.push(life);
          return Promise.resolve(life);
        },
      },
      addresses: { acquire: () => Promise.reject(new Error('not asked')), release: () => undefined },
      events: { record: ({ reason, message }) => events.push(`${reason}: ${message}`), stop: () => Promise.resolve() },
      logs: createLogStore(clock),
      owners: { deploymentOf: () => undefined, findDeployment: () => Promise.resolve(undefined) },
      probe: () => Promise.resolve({ succeeded: healthy, message: 'HTTP probe failed with statuscode: 503' }),
      hostIp: '127.0.0.1',
    };
    const made = new ContainerWorker({
      services,
      pod: () => pod,
      address: () => ({ ip: '127.0.0.1', portOf: (port) => port, annotatedPort: undefined }),
      record: newContainerRecord({ name: 'vllm', image: 'vllm:1', ...container }),
      onChange: () => undefined,
    });
    return made;
  }

  const settle = (): Promise<void> => clock.advance(0);

  it('runs, and is ready at once without probes', async () => {
    const { record, ...made } = started(worker());
    await settle();
    expect(record).to.include({ ready: true, started: true, restartCount: 0 });
    expect(record.state.is).to.equal('running');
    expect(record.containerId).to.match(/^test:\/\/[0-9a-f]{64}$/);
    expect(events.map((event) => event.split(':')[0])).to.deep.equal(['Pulled', 'Created', 'Started']);
    await made.kill();
  });

  it('restarts a crashing container at once, then after 10 s, 20 s, …, as CrashLoopBackOff', async () => {
    const { record, kill } = started(worker());
    await settle();
    lives[0]?.exit(crash);
    await settle();
    expect(record).to.include({ restartCount: 1 });
    expect(record.last).to.include({ exitCode: 1 });
    lives[1]?.exit(crash);
    await settle();
    expect(record.state).to.include({ is: 'waiting', reason: 'CrashLoopBackOff' });
    expect(record).to.include({ restartCount: 1, ready: false });
    await clock.advance(9_999);
    expect(lives).to.have.length(2);
    await clock.advance(1);
    expect(lives).to.have.length(3);
    expect(record.restartCount).to.equal(2);
    lives[2]?.exit(crash);
    await clock.advance(19_999);
    expect(lives).to.have.length(3);
    await clock.advance(1);
    expect(lives).to.have.length(4);
    expect(events.filter((event) => event.startsWith('BackOff'))).to.have.length(2);
    await kill();
  });

  it('does not restart what ended well under OnFailure', async () => {
    pod.spec = { ...pod.spec!, restartPolicy: 'OnFailure' };
    const { record } = started(worker());
    await settle();
    lives[0]?.exit({ exitCode: 0, reason: 'Completed' });
    await clock.advance(60_000);
    expect(lives).to.have.length(1);
    expect(record.state).to.include({ is: 'terminated', exitCode: 0 });
  });

  it('waits with reason and event when it cannot be made, and tries again less and less often', async () => {
    startError = new ContainerStartError('CreateContainerConfigError', 'model "x" is not in model-data.json');
    const { record, kill } = started(worker());
    await settle();
    expect(record.state).to.deep.equal({
      is: 'waiting',
      reason: 'CreateContainerConfigError',
      message: 'model "x" is not in model-data.json',
    });
    expect(events).to.deep.equal(['Failed: Error: model "x" is not in model-data.json']);
    await clock.advance(29_999);
    expect(events).to.have.length(2);
    startError = undefined;
    await clock.advance(1);
    expect(record.state.is).to.equal('running');
    expect(record.restartCount).to.equal(0);
    await kill();
  });

  it('ends by SIGTERM, and by SIGKILL when the grace period is over', async () => {
    const { shutDown, record } = started(worker());
    await settle();
    const deadline = new AbortController();
    const done = shutDown(deadline.signal);
    await settle();
    expect(lives[0]?.signals).to.deep.equal(['TERM']);
    expect(record.ready).to.equal(false);
    deadline.abort();
    await settle();
    await done;
    expect(lives[0]?.signals).to.deep.equal(['TERM', 'KILL']);
    expect(record.state).to.include({ is: 'terminated', exitCode: 137 });
    await clock.advance(600_000);
    expect(lives).to.have.length(1);
  });

  it('stays ready during a preStop sleep and gets SIGTERM after it', async () => {
    const { shutDown, record } = started(worker({ lifecycle: { preStop: { sleep: { seconds: 5 } } } }));
    await settle();
    const done = shutDown(new AbortController().signal);
    await clock.advance(4_999);
    expect(lives[0]?.signals).to.deep.equal([]);
    expect(record.ready).to.equal(true);
    await clock.advance(1);
    expect(lives[0]?.signals).to.deep.equal(['TERM']);
    lives[0]?.exit({ exitCode: 0, reason: 'Completed' });
    await done;
    expect(record.state).to.include({ is: 'terminated', exitCode: 0 });
  });

  it('cuts a preStop hook at the end of the grace period, and still gives 2 s between SIGTERM and SIGKILL', async () => {
    pod.metadata = { ...pod.metadata, deletionGracePeriodSeconds: 3 };
    const { shutDown } = started(worker({ lifecycle: { preStop: { sleep: { seconds: 60 } } } }));
    await settle();
    const deadline = new AbortController();
    const done = shutDown(deadline.signal);
    await clock.advance(3_000);
    deadline.abort();
    await clock.advance(1_999);
    expect(lives[0]?.signals).to.deep.equal(['TERM']);
    await clock.advance(1);
    await done;
    expect(lives[0]?.signals).to.deep.equal(['TERM', 'KILL']);
  });

  it('ends at once while it waits to be restarted', async () => {
    const { shutDown, record } = started(worker());
    await settle();
    lives[0]?.exit(crash);
    await settle();
    lives[1]?.exit(crash);
    await settle();
    await shutDown(new AbortController().signal);
    expect(record.state).to.include({ is: 'terminated', exitCode: 1 });
    await clock.advance(600_000);
    expect(lives).to.have.length(2);
  });

  describe('with probes', () => {
    const probe = (failureThreshold: number) => ({
      httpGet: { port: 8000, path: '/health' },
      periodSeconds: 1,
      failureThreshold,
    });
    const period = (): Promise<void> => clock.advance(1_000);

    it('becomes ready and unready with its readiness probe', async () => {
      const { record, kill } = started(worker({ readinessProbe: probe(2) }));
      await settle();
      expect(record).to.include({ started: true, ready: false });
      healthy = true;
      await period();
      expect(record.ready).to.equal(true);
      healthy = false;
      await period();
      expect(record.ready).to.equal(true);
      await period();
      expect(record.ready).to.equal(false);
      await kill();
    });

    it('is stopped and restarted when its liveness probe has failed often enough', async () => {
      const { record, kill } = started(worker({ livenessProbe: probe(2) }));
      await settle();
      expect(lives[0]?.signals).to.deep.equal([]);
      await period();
      expect(lives[0]?.signals).to.deep.equal(['TERM']);
      expect(events).to.include('Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 503');
      expect(events).to.include('Killing: Container vllm failed liveness probe, will be restarted');
      lives[0]?.exit({ exitCode: 0, reason: 'Completed' });
      await settle();
      expect(record.restartCount).to.equal(1);
      expect(lives).to.have.length(2);
      await kill();
    });

    it('asks for readiness and liveness only after the startup probe has passed', async () => {
      const { record, kill } = started(worker({ startupProbe: probe(30), livenessProbe: probe(1) }));
      await settle();
      await period();
      await period();
      expect(record).to.include({ started: false, ready: false });
      expect(lives[0]?.signals).to.deep.equal([]);
      healthy = true;
      await period();
      expect(record).to.include({ started: true, ready: true });
      await kill();
    });
  });

  function started(made: ContainerWorker) {
    made.start();
    return {
      record: made.record,
      shutDown: (deadline: AbortSignal) => made.shutDown(deadline),
      kill: () => made.kill(),
    };
  }
});
