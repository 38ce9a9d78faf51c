import type { ContractIssue } from '#shared/contracts/contract-error.js';
import type { Answered } from '../../answerer.js';
import type { OptimizerOptions } from '../../core/options.js';

/** What the thread is started with; a `Question` goes in, one of these comes out. */
export interface ThreadSettings {
  readonly options: OptimizerOptions;
  readonly exact: { readonly timeLimitMs: number; readonly relativeGap: number };
}

export type ThreadReply =
  | { readonly kind: 'answered'; readonly answered: Answered }
  /** An error loses its class on the way between threads. */
  | { readonly kind: 'refused'; readonly issues: readonly ContractIssue[] };
