/** A service as `npm start` runs it: its folder, arguments, and what it gets of the environment beyond the supervisor's own. */
export interface ServicePlan {
  name: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

export interface StartOptions {
  dataPath: string;
  localClusterPort: number;
  localClusterDir: string;
  kubeconfigPath: string;
  fresh: boolean;
  emulator: boolean;
  periodSec: number;
  loadIntervalSec: number;
  loadAlpha: number;
}

/** A short window, so that a visitor sees a change of load acted upon within seconds; the variables still win. */
const demoWindow = { INFERNO_COLLECTOR_WINDOW: '30', COLLECTOR_SCRAPE_INTERVAL: '2' } as const;

/** As long as the window above: what is measured over less of it is not acted upon downwards. */
const demoDamping = { INFERNO_STABILIZATION_CYCLES: '3' } as const;

export function planCluster(options: StartOptions): ServicePlan {
  const { dataPath, localClusterPort, localClusterDir, fresh } = options;
  return {
    name: 'local-cluster',
    args: ['--port', String(localClusterPort), '--data-dir', localClusterDir, ...(fresh ? ['--fresh'] : [])],
    env: { INFERNO_DATA_PATH: dataPath },
  };
}

/** In the order of their start; the cluster is up before. */
export function planServices(options: StartOptions): ServicePlan[] {
  const { dataPath, kubeconfigPath, periodSec, loadIntervalSec, loadAlpha, emulator, localClusterDir } = options;
  const env = { KUBECONFIG: kubeconfigPath, INFERNO_DATA_PATH: dataPath };
  return [
    { name: 'collector', args: [], env: { ...env, ...demoWindow } },
    { name: 'optimizer', args: [], env },
    { name: 'actuator', args: [], env },
    {
      name: 'controller',
      args: [String(periodSec), 'true'],
      env: { INFERNO_CYCLE_LOG: `${localClusterDir}/cycles.jsonl`, ...demoDamping, ...env },
    },
    ...(emulator ? [{ name: 'load-emulator', args: [String(loadIntervalSec), String(loadAlpha)], env }] : []),
  ];
}
