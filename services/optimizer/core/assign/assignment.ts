/** An answer to an `AssignmentProblem`, and what is proven of it. */
export interface Assignment {
  /** By server: the entry of its choice, or `NO_CHOICE`. */
  readonly choice: Int32Array;
  readonly certificate: Certificate;
}

/** No assignment can do better than this. */
export interface Certificate {
  /** By level: the most servers that can get a choice when every higher level gets as many as this assignment gives it. */
  readonly mostServed: readonly number[];
  /** The least total value of any assignment that serves as many at every level as this one, cents/hr. */
  readonly leastValue: number;
  /** Value of one more card of each type, cents/hr, 0 or more: dual prices of the relaxed problem. Null: not computed. */
  readonly cardPrices: Float64Array | null;
}
