import highsModule, { type Highs, type Model, type ModelData } from 'highs';
import type { MilpLimits, MilpModel, MilpOutcome, MilpSolver } from '../../core/assign/milp/milp-solver.js';

/** Tighter than HiGHS' own 10⁻⁶: a row may count millions of cards in units of the largest entry. */
const FEASIBILITY_TOLERANCE = 1e-9;
const MS_PER_SEC = 1000;

// The package describes its CommonJS form, where the loader is a property; imported, it is the module's default itself.
const loadHighs = highsModule as unknown as typeof highsModule.default;

/** HiGHS, compiled to WebAssembly. Each call blocks until it is done. */
export async function createHighsSolver(): Promise<MilpSolver> {
  const highs = await loadHighs();
  return {
    minimise: (model, start, limits) => highs.withModel(toModelData(model), (created) => minimise(highs, created, start, limits)),
    rowDuals: (model, timeMs) =>
      highs.withModel(toModelData(model), (created) => {
        created.options.set({ output_flag: false, time_limit: timeMs / MS_PER_SEC });
        created.run();
        return created.getModelStatus() === highs.constants.modelStatus.optimal ? created.getSolution().rowDual : null;
      }),
  };
}

function minimise({ constants }: Highs, model: Model, start: Float64Array, limits: MilpLimits): MilpOutcome {
  model.options.set({
    output_flag: false,
    time_limit: limits.timeMs / MS_PER_SEC,
    mip_rel_gap: limits.relativeGap,
    mip_abs_gap: limits.absoluteGap,
    mip_feasibility_tolerance: FEASIBILITY_TOLERANCE,
    primal_feasibility_tolerance: FEASIBILITY_TOLERANCE,
    // A core is what is left after a presolve of our own: to begin again costs two to four times what it saves.
    mip_allow_restart: false,
    // Servers that could be exchanged for each other are few in a core: looking for them costs more than it saves.
    mip_detect_symmetry: false,
  });
  if (start.length > 0) model.setSolution({ colValue: start });
  model.run();
  const status = model.getModelStatus();
  if (status === constants.modelStatus.infeasible) return { values: null, bound: Infinity };
  const isFound = model.info.get('primal_solution_status') === constants.solutionStatus.feasible;
  return { values: isFound ? model.getSolution().colValue : null, bound: Number(model.info.get('mip_dual_bound')) };
}

function toModelData({ cost, upper, rowLower, rowUpper, starts, rows, values, isWhole }: MilpModel): ModelData {
  const numCols = cost.length;
  const numRows = rowLower.length;
  return {
    numCols,
    numRows,
    colCost: cost,
    colLower: new Float64Array(numCols),
    colUpper: upper,
    rowLower,
    rowUpper,
    integrality: isWhole,
    matrix: { format: 'csc', numRows, numCols, starts, indices: rows, values },
  };
}
