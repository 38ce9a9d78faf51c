import { isMissing, type ServerReadings } from '#shared/contracts/loop.js';
import { DEFAULT_SERVICE_CLASS, type LoadSpec, type WrittenServerSpec } from '#shared/contracts/system-data.js';
import { labelOrAnnotation, labels } from '#shared/kube/names.js';
import type { Pod } from '#shared/kube/wire.js';
import { acceleratorOf, acceleratorOfPod, maxBatchOf } from './current-allocation.js';
import { readLoadLabels } from './labels/load-labels.js';
import { numberValue, type LabelProblem } from './labels/number-value.js';
import { isOver, isTerminating, type ManagedServer } from './managed-server.js';
import type { SourceReadings } from './readings/source.js';
import { desiredReplicas } from './server-status.js';

const REPLICA_RANGE = { min: 0, max: 10_000, whole: true };
const DEFAULT_MIN_REPLICAS = 1;

/** What the optimizer is told about a server, and what of its labels could not be read. */
export function serverSpec(
  server: ManagedServer,
  readings: ServerReadings,
  nowMs: number,
): { spec: WrittenServerSpec; problems: LabelProblem[] } {
  const { deployment, name, model } = server;
  const bounds = replicaBounds(server);
  const load = loadOf(readings);
  return {
    spec: {
      name,
      class: classOf(server),
      model,
      keepAccelerator: false,
      ...bounds.values,
      currentAlloc: {
        accelerator: acceleratorOf(deployment),
        numReplicas: desiredReplicas(deployment),
        maxBatch: maxBatchOf(deployment),
        ...latenciesOf(readings),
        ...(load === undefined ? {} : { load }),
      },
    },
    problems: [...bounds.problems, ...readLoadLabels(deployment.metadata, nowMs).problems],
  };
}

/**
 * One entry for each running pod, with its own share of the load: what it measured itself, else an even one. Its latencies are not
 * known by themselves.
 */
export function replicaSpecs(server: ManagedServer, { server: readings, arrivalRateByPod }: SourceReadings): WrittenServerSpec[] {
  const running = server.pods.filter((pod) => pod.status?.phase === 'Running' && !isTerminating(pod) && !isOver(pod));
  const load = loadOf(readings);
  return running.map((pod) => ({
    name: `${server.name}/${pod.metadata?.name ?? ''}`,
    class: classOf(server),
    model: server.model,
    keepAccelerator: false,
    currentAlloc: {
      accelerator: acceleratorOfPod(pod, server.deployment),
      numReplicas: 1,
      maxBatch: maxBatchOf(server.deployment),
      ...(load === undefined ? {} : { load: shareOf(load, pod, arrivalRateByPod, running.length) }),
    },
  }));
}

/**
 * The load where it is known: a rate and the tokens of a request. A rate of zero is a load without tokens (nothing came whose tokens
 * could be counted); a rate above zero without tokens is unknown.
 */
export function loadOf({ arrivalRate, throughput, avgInTokens, avgOutTokens }: ServerReadings): LoadSpec | undefined {
  if (isMissing(arrivalRate)) return undefined;
  const tokensKnown = !isMissing(avgInTokens) && !isMissing(avgOutTokens);
  if (!tokensKnown && arrivalRate.value > 0) return undefined;
  return {
    arrivalRate: arrivalRate.value,
    ...(isMissing(throughput) ? {} : { throughput: throughput.value }),
    ...(tokensKnown ? { avgInTokens: avgInTokens.value, avgOutTokens: avgOutTokens.value } : {}),
  };
}

function shareOf(load: LoadSpec, pod: Pod, measured: ReadonlyMap<string, number>, pods: number): LoadSpec {
  const own = measured.get(pod.metadata?.uid ?? '');
  const { throughput, ...rest } = load;
  return {
    ...rest,
    arrivalRate: own ?? (load.arrivalRate ?? 0) / pods,
    ...(throughput === undefined ? {} : { throughput: throughput / pods }),
  };
}

function classOf({ deployment }: ManagedServer): string {
  const name = labelOrAnnotation(deployment.metadata, labels.class) ?? '';
  return name === '' ? DEFAULT_SERVICE_CLASS : name;
}

/** A minimum that cannot be read must not let replicas go: what there is now is the minimum then. */
function replicaBounds({ deployment }: ManagedServer): {
  values: { minNumReplicas: number; maxNumReplicas?: number };
  problems: LabelProblem[];
} {
  const min = numberValue(deployment.metadata, labels.minReplicas, REPLICA_RANGE);
  const max = numberValue(deployment.metadata, labels.maxReplicas, REPLICA_RANGE);
  const problems = [min, max].flatMap((value) => (value.state === 'bad' ? [value.problem] : []));
  const fallback = min.state === 'bad' ? desiredReplicas(deployment) : DEFAULT_MIN_REPLICAS;
  const minNumReplicas = min.state === 'known' ? min.value : fallback;
  if (max.state !== 'known') return { values: { minNumReplicas }, problems };
  if (max.value >= minNumReplicas) return { values: { minNumReplicas, maxNumReplicas: max.value }, problems };
  const reason = `label ${labels.maxReplicas}: ${max.value}: must be at least ${labels.minReplicas} (${minNumReplicas}); ignored`;
  return { values: { minNumReplicas }, problems: [...problems, { code: 'bad-label', reason }] };
}

/** Those that are known; the prices of what runs are not the collector's to know. */
function latenciesOf({ itlAverage, ttftAverage }: ServerReadings): { itlAverage?: number; ttftAverage?: number } {
  return {
    ...(isMissing(itlAverage) ? {} : { itlAverage: itlAverage.value }),
    ...(isMissing(ttftAverage) ? {} : { ttftAverage: ttftAverage.value }),
  };
}
