/**
 * A linear programme in columns: minimise cost·x with rowLower ≤ A·x ≤ rowUpper and 0 ≤ x ≤ upper. The entries of column j are those
 * from `starts[j]` up to and without `starts[j + 1]`.
 */
export interface MilpModel {
  readonly cost: Float64Array;
  readonly upper: Float64Array;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly values: Float64Array;
  /** By column: 1 where only whole numbers will do. */
  readonly isWhole: Int32Array;
}

export interface MilpLimits {
  readonly timeMs: number;
  /** Good enough: the distance to the bound relative to the objective, or in itself. */
  readonly relativeGap: number;
  readonly absoluteGap: number;
}

export interface MilpOutcome {
  /** By column, as the solver has them: whole only within its tolerance. Null: none was found. */
  readonly values: Float64Array | null;
  /** No solution costs less; -Infinity where nothing is proven, Infinity where there is no solution at all. */
  readonly bound: number;
}

/** A solver of such programmes, for instance HiGHS. Deterministic, and it blocks: it belongs into a thread of its own. */
export interface MilpSolver {
  /** @param start a solution to begin with; empty: none */
  minimise(model: MilpModel, start: Float64Array, limits: MilpLimits): MilpOutcome;
  /** Duals of the rows, whole numbers not asked for. Null: no optimum within the time. */
  rowDuals(model: MilpModel, timeMs: number): Float64Array | null;
}
