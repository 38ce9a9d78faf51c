import { keyAsGiven } from '#shared/contracts/canonical-keys.js';
import type { Question } from './answerer.js';

/**
 * Servers × accelerators: what sizing and solving take their time by. Of a body that is not checked yet it is as many as it seems to
 * have, none where they are not found: its errors are then found at once.
 */
export function problemSize(question: Question): number {
  const system = question.kind === 'system' ? question.system : member(question.body, 'system');
  return lengthOf(system, 'serverData', 'servers') * lengthOf(system, 'acceleratorData', 'accelerators');
}

function lengthOf(system: unknown, part: string, list: string): number {
  const items = member(member(system, part), list);
  return Array.isArray(items) ? items.length : 0;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  const key = keyAsGiven(members, name);
  return key === undefined ? undefined : members[key];
}
