import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';

/** An answer of the optimizer that is well formed, and still cannot be an answer to what it was asked. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/** @throws AnswerError naming the first server or accelerator that was not in the problem */
export function checkAnswer(problem: SystemSpec, answer: OptimizeOneResponse): void {
  const servers = new Map(problem.serverData.servers.map((server) => [server.name, server]));
  const places = new Set(problem.modelData.models.map((item) => placeOf(item.name, item.acc)));
  for (const [name, { accelerator, numReplicas }] of Object.entries(answer.allocations)) {
    const server = servers.get(name);
    if (server === undefined) throw new AnswerError(`it allocates to server "${name}", which was not asked for`);
    if (numReplicas === 0 && accelerator === '') continue;
    if (!places.has(placeOf(server.model, accelerator))) {
      throw new AnswerError(`it puts ${name} on "${accelerator}", where model ${server.model} has no data`);
    }
  }
  for (const name of Object.keys(answer.explanations)) {
    if (!servers.has(name)) throw new AnswerError(`it explains server "${name}", which was not asked for`);
  }
}

function placeOf(model: string, accelerator: string): string {
  return JSON.stringify([model, accelerator]);
}
