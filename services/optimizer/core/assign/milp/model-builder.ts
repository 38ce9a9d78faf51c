import type { MilpModel } from './milp-solver.js';

export interface ModelBuilder {
  /** @returns its index */
  addRow(lower: number, upper: number): number;
  /** @param entries row and value; a row below 0 is none. @returns its index */
  addColumn(cost: number, upper: number, entries: readonly (readonly [row: number, value: number])[]): number;
  model(): MilpModel;
}

/** Collects a programme column by column. */
export function createModelBuilder(): ModelBuilder {
  const rowLower: number[] = [];
  const rowUpper: number[] = [];
  const cost: number[] = [];
  const uppers: number[] = [];
  const starts = [0];
  const rows: number[] = [];
  const values: number[] = [];
  return {
    addRow: (lower, upper) => {
      rowLower.push(lower);
      return rowUpper.push(upper) - 1;
    },
    addColumn: (columnCost, upper, entries) => {
      for (const [row, value] of entries) {
        if (row < 0 || value === 0) continue;
        rows.push(row);
        values.push(value);
      }
      starts.push(rows.length);
      uppers.push(upper);
      return cost.push(columnCost) - 1;
    },
    model: () => ({
      cost: Float64Array.from(cost),
      upper: Float64Array.from(uppers),
      rowLower: Float64Array.from(rowLower),
      rowUpper: Float64Array.from(rowUpper),
      starts: Int32Array.from(starts),
      rows: Int32Array.from(rows),
      values: Float64Array.from(values),
      isWhole: new Int32Array(cost.length).fill(1),
    }),
  };
}
