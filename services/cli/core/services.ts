/** A service as `npm start` runs it: the folder of its program, and its arguments. */
export interface ServicePlan {
  name: string;
  args: readonly string[];
  /** Of the first start alone: a cluster that dies must come back with what it had. */
  firstArgs?: readonly string[];
}

export interface ClusterOptions {
  localClusterPort: number;
  localClusterDir: string;
  fresh: boolean;
}

export function planCluster({ localClusterPort, localClusterDir, fresh }: ClusterOptions): ServicePlan {
  const args = ['--port', String(localClusterPort), '--data-dir', localClusterDir];
  return { name: 'local-cluster', args, firstArgs: fresh ? ['--fresh'] : [] };
}

/** In the order of their start; the cluster is up before. */
export function planServices({ emulator }: { emulator: boolean }): ServicePlan[] {
  const names = ['collector', 'optimizer', 'actuator', 'controller', ...(emulator ? ['load-emulator'] : [])];
  return names.map((name) => ({ name, args: [] }));
}
