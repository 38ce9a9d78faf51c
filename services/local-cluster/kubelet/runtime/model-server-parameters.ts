import type { AcceleratorData, ModelData, ModelPerfSpec } from '#shared/contracts/system-data.js';
import { labelOrAnnotation, labels, simulatedLabels } from '#shared/kube/names.js';
import type { Deployment, ObjectMeta, Pod } from '#shared/kube/wire.js';
import type { Container } from '../kube-types.js';
import { readLoadLabels } from '../load/offered-load.js';
import { optionValue } from './command-line.js';
import { ContainerStartError } from './container-runtime.js';

/** What a simulated model server is started with, as pod, Deployment and data say. */
export interface ModelServerParameters {
  /** The container's own port. */
  port: number;
  /** Name that it serves under. */
  modelName: string;
  /** Entry of the data for the model on the accelerator. */
  perf: ModelPerfSpec;
  accelerator: string;
  maxBatch: number;
  /** Memory of all cards of the replica; 0: the data do not say. */
  memSizeGb: number;
  /** What a typical request is expected to hold: of the load labels, 0 without. */
  avgInTokens: number;
  avgOutTokens: number;
  startupDelayMs: number;
  errorFactor: number;
  noise: number;
  prefixHitRate: number;
  seed: number;
}

export interface ModelServerData {
  accelerators: AcceleratorData;
  models: ModelData;
}

const DEFAULT_PORT = 8000;
const DEFAULT_STARTUP_SEC = 20;
/** vLLM's own default of `--max-num-seqs` for online serving. */
const DEFAULT_MAX_BATCH = 256;

/** A container is a model server if its pod names a model, and it is the one with a port (the first, if several have). */
export function isModelServer(pod: Pod, container: Container): boolean {
  if (labelOrAnnotation(pod.metadata, labels.model) === undefined) return false;
  const serving = pod.spec?.containers.find((item) => portOf(item) !== undefined);
  return serving?.name === container.name;
}

/** Port that a container listens on: its `--port`, else the first that it declares. */
export function portOf(container: Container): number | undefined {
  const option = optionValue(container, 'port');
  return option === undefined ? container.ports?.[0]?.containerPort : Number(option);
}

/**
 * @throws ContainerStartError CreateContainerConfigError naming model, accelerator, or key, value and range
 */
export function modelServerParameters(
  pod: Pod,
  container: Container,
  deployment: Deployment | undefined,
  data: ModelServerData,
): ModelServerParameters {
  const of = reader(pod.metadata, deployment?.metadata);
  const model = of.text(labels.model) ?? '';
  const acceleratorName = of.text(labels.accelerator);
  if (acceleratorName === undefined)
    throw configError(`model ${quote(model)}: neither the pod nor its Deployment has the label ${labels.accelerator}`);
  const accelerator = data.accelerators.accelerators.find(({ name }) => name === acceleratorName);
  if (accelerator === undefined)
    throw configError(`model ${quote(model)}: accelerator ${quote(acceleratorName)} is not in accelerator-data.json`);
  const perf = data.models.models.find((item) => item.name === model && item.acc === acceleratorName);
  if (perf === undefined)
    throw configError(`model ${quote(model)} on accelerator ${quote(acceleratorName)} is not in model-data.json`);
  if (perf.perfParms === undefined && (perf.decodeParms === undefined || perf.prefillParms === undefined))
    throw configError(
      `model-data.json gives model ${quote(model)} on accelerator ${quote(acceleratorName)} neither perfParms nor decodeParms and prefillParms`,
    );
  const labelled = readLoadLabels(deployment?.metadata);
  return {
    port: integer('--port', String(portOf(container) ?? DEFAULT_PORT), 1, 65_535),
    modelName: optionValue(container, 'served-model-name') ?? optionValue(container, 'model') ?? model,
    perf,
    accelerator: acceleratorName,
    maxBatch: maxBatchOf(container, of.text(labels.maxBatchSize), perf),
    memSizeGb: (accelerator.memSize ?? 0) * Math.max(1, perf.accCount),
    avgInTokens: labelled.kind === 'load' ? labelled.load.avgInTokens : 0,
    avgOutTokens: labelled.kind === 'load' ? labelled.load.avgOutTokens : (perf.atTokens ?? 0),
    startupDelayMs: of.number(simulatedLabels.startupDelaySec, DEFAULT_STARTUP_SEC, 0, 86_400) * 1000,
    errorFactor: of.number(simulatedLabels.errorFactor, 1, 0.01, 100),
    noise: of.number(simulatedLabels.noise, 0, 0, 0.99),
    prefixHitRate: of.number(simulatedLabels.prefixHitRate, 0, 0, 0.99),
    seed: seedOf(pod, of.number(simulatedLabels.seed, 0, 0, 0x7fff_ffff)),
  };
}

function maxBatchOf(container: Container, label: string | undefined, perf: ModelPerfSpec): number {
  const option = optionValue(container, 'max-num-seqs');
  if (option !== undefined) return integer('--max-num-seqs', option, 1, 65_536);
  // 0 in the label: nobody has decided yet.
  if (label !== undefined && label !== '0') return integer(labels.maxBatchSize, label, 1, 65_536);
  return perf.maxBatchSize > 0 ? perf.maxBatchSize : DEFAULT_MAX_BATCH;
}

/** Replicas of one seed must not make the same arrivals at the same moments, so the pod's uid is mixed in. */
function seedOf(pod: Pod, base: number): number {
  let hash = base;
  for (const character of pod.metadata?.uid ?? '') hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return hash % 0x7fff_ffff;
}

/** The pod's word before the Deployment's, and in each an annotation before a label. */
function reader(pod: ObjectMeta | undefined, deployment: ObjectMeta | undefined) {
  const text = (key: string): string | undefined => labelOrAnnotation(pod, key) ?? labelOrAnnotation(deployment, key);
  const number = (key: string, otherwise: number, least: number, most: number): number => {
    const value = text(key);
    return value === undefined ? otherwise : inRange(key, value, least, most);
  };
  return { text, number };
}

function inRange(key: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw configError(`${key}: ${quote(text)}: must be a number from ${least} to ${most}`);
}

function integer(key: string, text: string, least: number, most: number): number {
  const value = inRange(key, text, least, most);
  if (Number.isInteger(value)) return value;
  throw configError(`${key}: ${quote(text)}: must be an integer from ${least} to ${most}`);
}

function configError(message: string): ContainerStartError {
  return new ContainerStartError('CreateContainerConfigError', message);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
