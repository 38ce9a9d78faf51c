/** What the live view shows, gathered from the services; a figure that is not known is undefined and shown as such. */
export interface ViewState {
  nowMs: number;
  cluster: { url: string; kubeconfigPath: string };
  servers: readonly ServerView[];
  cards: readonly CardsView[];
  cycle: CycleView | undefined;
  /** What is held back by hand, now; undefined: not known. */
  paused: { all: boolean; servers: readonly string[] } | undefined;
  /** Who has fallen silent, and how old what is shown of it is, in words. */
  silences: readonly string[];
  /** The newest last. */
  notices: readonly string[];
}

export interface Notice {
  text: string;
  /** Of no interest any more once the loop runs. */
  ofStart: boolean;
}

export interface ServerView {
  name: string;
  class: string;
  model: string;
  /** Offered requests/min and mean tokens of a request, or why they are unknown. */
  load: { arrivalRatePerMin: number; avgInTokens: number | undefined; avgOutTokens: number | undefined } | { unknown: string };
  accelerator: string;
  /** Other accelerators whose pods still serve, while it is changed. */
  leaving: readonly string[];
  readyReplicas: number;
  desiredReplicas: number;
  maxBatch: number;
  itl: LatencyView;
  ttft: LatencyView;
  costCentsPerHour: number | undefined;
  action: string;
  reason: string;
}

/** All in ms. */
export interface LatencyView {
  measuredMs: number | undefined;
  predictedMs: number | undefined;
  /** Undefined: no target. */
  targetMs: number | undefined;
}

export interface CardsView {
  type: string;
  used: number;
  total: number;
}

export interface CycleView {
  id: number;
  outcome: string;
  reason: string | undefined;
  durationMs: number;
  next: { atMs: number } | 'on demand' | 'not known';
  costCentsPerHour: number | undefined;
}
