import type { Candidate } from '../candidates/candidate.js';

/** A server that wants something, as the solvers see it. */
export interface Contender {
  readonly name: string;
  /** 1 is the highest. */
  readonly priority: number;
  /** Best first, at least one. */
  readonly eligible: readonly Candidate[];
  /** Fewer than this is nothing. */
  readonly minNumReplicas: number;
  /** Cards that it holds now, and keeps for as long as it is given nothing else. */
  readonly held: { readonly type: string; readonly count: number } | null;
}

/** What a server gets. */
export interface Grant {
  readonly candidate: Candidate;
  readonly numReplicas: number;
  /** Fewer replicas than the targets ask for. */
  readonly bestEffort: boolean;
}

/** What a server gets on several accelerators at once. */
export interface MixGrant {
  /** On an accelerator each, none of them best effort; a candidate here has the part of the load that it carries. */
  readonly parts: readonly Grant[];
  /** See `valueOfMixture`. */
  readonly value: number;
}

/** Why a candidate was passed over: cards that it asked for, and that were left for it. */
export interface Refusal {
  readonly asked: number;
  readonly left: number;
}

export interface Solution {
  readonly grants: ReadonlyMap<string, Grant>;
  /** Of those without a grant. Absent: none was asked for. */
  readonly mixes?: ReadonlyMap<string, MixGrant>;
  /** By server, then by accelerator. */
  readonly refusals: ReadonlyMap<string, ReadonlyMap<string, Refusal>>;
  /** Null: the solver proves nothing. */
  readonly proof: Proof | null;
}

/** A `Certificate` (`assign/assignment.ts`) in the terms of the data. */
export interface Proof {
  /** By priority. */
  readonly mostServed: ReadonlyMap<number, number>;
  /** Cents/hr. */
  readonly leastValue: number;
  /** Cents/hr for one more card, by type. */
  readonly cardPrices: ReadonlyMap<string, number> | null;
}
