/** One at a time, in the order of asking. */
export interface Turns {
  /**
   * @returns what ends the turn
   * @throws the signal's reason; `tooMany` where as many as may wait do already
   */
  take(signal: AbortSignal): Promise<() => void>;
}

/** @param mostWaiting besides the one whose turn it is */
export function createTurns(mostWaiting: number, tooMany: () => Error): Turns {
  const waiting: (() => void)[] = [];
  let isTaken = false;

  const next = (): void => {
    const first = waiting.shift();
    if (first === undefined) isTaken = false;
    else first();
  };

  return {
    take: async (signal) => {
      signal.throwIfAborted();
      if (isTaken && waiting.length >= mostWaiting) throw tooMany();
      if (isTaken) await comesFirst(waiting, signal);
      isTaken = true;
      return next;
    },
  };
}

async function comesFirst(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  let leave: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      leave = (): void => {
        // Its turn may have come in the moment before; then it is too late to leave.
        const place = waiting.indexOf(resolve);
        if (place >= 0) waiting.splice(place, 1);
        if (place >= 0) reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave);
    });
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
