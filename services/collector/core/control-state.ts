import { controlStateSchema, type CollectProblem, type ControlState } from '#shared/contracts/loop.js';
import { parseContractText } from '#shared/contracts/parse-contract.js';
import { CONTROL_CONFIG_MAP } from '#shared/kube/names.js';
import type { ConfigMap } from '#shared/kube/wire.js';

/**
 * What was paused by hand. Without a ConfigMap nothing ever was. One that cannot be read may have said "paused": until it is put
 * right everything counts as paused, for what is paused is safe and what is not may be wrong.
 */
export function readControlState(configMap: ConfigMap | undefined): { control: ControlState; problems: CollectProblem[] } {
  const text = configMap?.data?.[CONTROL_CONFIG_MAP.key];
  if (text === undefined) return { control: { paused: false, servers: {} }, problems: [] };
  const object = `${configMap?.metadata?.namespace ?? ''}/${CONTROL_CONFIG_MAP.name}`;
  try {
    return { control: parseContractText(controlStateSchema, text, CONTROL_CONFIG_MAP.key).value, problems: [] };
  } catch (error) {
    const reason = `${error instanceof Error ? error.message : String(error)}; everything counts as paused until it is put right`;
    return { control: { paused: true, servers: {} }, problems: [{ object, code: 'bad-annotation', reason }] };
  }
}
