import { NO_CHOICE } from '../assign/assignment-problem.js';
import type { MilpModel } from '../assign/milp/milp-solver.js';
import { createModelBuilder } from '../assign/milp/model-builder.js';
import type { Stage } from '../assign/milp/stage.js';
import { carries, type MixedAssignment, type MixedProblem } from './mixture.js';

export type MixedChoice = Omit<MixedAssignment, 'certificate'>;

export interface MixedModel {
  readonly model: MilpModel;
  readonly start: (known: MixedChoice) => Float64Array;
  readonly read: (values: Float64Array) => MixedChoice;
}

/**
 * One stage with mixtures, as a whole: a column of 0 or 1 for each choice and for each mixture in use, and a whole number for the
 * replicas of each part, at most as many as are ever of use, and none unless the mixture is in use.
 */
export function mixedModel({ problem, mixtures }: MixedProblem, { goal, counts }: Stage): MixedModel {
  const { capacity, levelOf, firstChoice, typeOf, cardsOf, valueOf } = problem;
  const builder = createModelBuilder();
  const rowOfType = Array.from(capacity, (cards) => builder.addRow(-Infinity, cards));
  const rowOfLevel = counts.map((count) => builder.addRow(count, count));
  const takesPart = (server: number): boolean => (levelOf[server] as number) <= counts.length;
  const costAt = (server: number, value: number): number => {
    if (goal === 'value') return value;
    return levelOf[server] === counts.length ? -1 : 0;
  };

  const rowOfServer = Array.from(levelOf, () => builder.addRow(0, 1));
  const choices: { server: number; choice: number; column: number }[] = [];
  levelOf.forEach((level, server) => {
    if (!takesPart(server)) return;
    for (let choice = firstChoice[server] as number; choice < (firstChoice[server + 1] as number); choice++) {
      const type = typeOf[choice] as number;
      if ((cardsOf[choice] as number) > (capacity[type] as number)) continue;
      const column = builder.addColumn(costAt(server, valueOf[choice] as number), 1, [
        [rowOfType[type] as number, cardsOf[choice] as number],
        [rowOfLevel[level] ?? -1, 1],
        [rowOfServer[server] as number, 1],
      ]);
      choices.push({ server, choice, column });
    }
  });

  const mixed = mixtures.map(({ server, offered, fewest, most, baseValue, parts }) => {
    if (!takesPart(server)) return null;
    const level = levelOf[server] as number;
    const rateRow = offered > 0 ? builder.addRow(0, Infinity) : -1;
    const fewestRow = fewest > 0 ? builder.addRow(0, Infinity) : -1;
    const mostRow = most < Infinity ? builder.addRow(-Infinity, 0) : -1;
    const enoughRows = parts.map(() => builder.addRow(-Infinity, 0));
    const used = builder.addColumn(costAt(server, baseValue), 1, [
      [rowOfLevel[level] ?? -1, 1],
      [rowOfServer[server] as number, 1],
      [rateRow, -1],
      [fewestRow, -fewest],
      [mostRow, -most],
      ...parts.map(({ enough }, part) => [enoughRows[part] as number, -enough] as const),
    ]);
    const replicas = parts.map(({ type, cards, value, rate, enough }, part) =>
      builder.addColumn(goal === 'value' ? value : 0, enough, [
        [rowOfType[type] as number, cards],
        [rateRow, rate / offered],
        [fewestRow, 1],
        [mostRow, 1],
        [enoughRows[part] as number, 1],
      ]),
    );
    return { used, replicas };
  });
  const model = builder.model();

  return {
    model,
    start: (known) => {
      const start = new Float64Array(model.cost.length);
      for (const { server, choice, column } of choices) if (known.choice[server] === choice) start[column] = 1;
      mixed.forEach((columns, index) => {
        const counts = known.replicas[index] ?? null;
        if (columns === null || counts === null) return;
        start[columns.used] = 1;
        columns.replicas.forEach((column, part) => (start[column] = counts[part] as number));
      });
      return start;
    },
    read: (values) => {
      const choice = new Int32Array(levelOf.length).fill(NO_CHOICE);
      for (const { server, choice: own, column } of choices) if ((values[column] as number) > 0.5) choice[server] = own;
      const replicas = mixed.map((columns, index) => {
        if (columns === null || (values[columns.used] as number) < 0.5) return null;
        const counts = columns.replicas.map((column) => Math.round(values[column] as number));
        const mixture = mixtures[index];
        return mixture !== undefined && carries(mixture, counts) ? counts : null;
      });
      return { choice, replicas };
    },
  };
}
