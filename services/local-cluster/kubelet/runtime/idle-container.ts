import type { ContainerExit, RunningContainer } from './container-runtime.js';

/** A container that runs, does nothing, and exits when it is told to. */
export function startIdleContainer(): RunningContainer {
  let exit: (result: ContainerExit) => void = () => undefined;
  const exited = new Promise<ContainerExit>((resolve) => {
    exit = resolve;
  });
  return {
    exited,
    terminate: () => exit({ exitCode: 0, reason: 'Completed' }),
    kill: () => exit(KILLED),
  };
}

/** 128 + SIGKILL. */
export const KILLED: ContainerExit = { exitCode: 137, reason: 'Error' };
