import { freePorts } from '#shared/testing/free-ports.js';

export const portVariables = [
  'LOCAL_CLUSTER_PORT',
  'CONTROLLER_PORT',
  'COLLECTOR_PORT',
  'INFERNO_PORT',
  'ACTUATOR_PORT',
] as const;

/** A free port for each service of a loop, by the variable that sets it. */
export async function loopPorts(): Promise<Record<string, number>> {
  const ports = await freePorts(portVariables.length);
  return Object.fromEntries(portVariables.map((name, index) => [name, ports[index] ?? 0]));
}
