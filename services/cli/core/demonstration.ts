/**
 * What `npm start` sets for its services where the environment does not: short times, so that a visitor sees a change of load
 * acted upon within seconds.
 */
export function demonstration(localClusterDir: string): Readonly<Record<string, string>> {
  return {
    INFERNO_CONTROL_PERIOD: '10',
    INFERNO_CONTROL_DYNAMIC: 'true',
    INFERNO_LOAD_INTERVAL: '10',
    INFERNO_COLLECTOR_WINDOW: '30',
    COLLECTOR_SCRAPE_INTERVAL: '2',
    // Periods as long as the window above: what is measured over less of it is not acted upon downwards.
    INFERNO_STABILIZATION_CYCLES: '3',
    INFERNO_CYCLE_LOG: `${localClusterDir}/cycles.jsonl`,
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An environment completed by settings; an empty variable counts as not set. */
export function completed(env: Environment, settings: Readonly<Record<string, string>>): Environment {
  return { ...env, ...Object.fromEntries(Object.entries(settings).filter(([name]) => (env[name] ?? '') === '')) };
}
