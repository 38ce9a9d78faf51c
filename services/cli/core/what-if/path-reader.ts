import { ContractError } from '#shared/contracts/contract-error.js';
import { listNames } from '#shared/contracts/references.js';
import { closestName } from '../closest-name.js';

/** Reads an override `a.b.c=value` from left to right; what is next depends on what is known where it has come to. */
export interface PathReader {
  /** @throws ContractError that names the known ones */
  name(what: string, known: readonly string[], options?: { anyCase?: boolean; all?: boolean }): string;
  /** What stands behind the `=`. */
  value(): string;
  /** @throws ContractError for the whole override */
  fail(found: string, message: string): never;
}

/** Stands for every item of a collection. */
export const ALL = '*';

/**
 * A name may itself contain dots: the longest known one that fits is meant (`servers.a.b` is server `a.b` where there is one), and one
 * in double quotes is taken as it is.
 */
export function createPathReader(override: string): PathReader {
  let rest = override;
  let isFirst = true;

  const fail = (found: string, message: string): never => {
    throw new ContractError([{ source: `--what-if ${override}`, path: '', value: found, message }]);
  };
  const stepInto = (what: string, known: readonly string[]): void => {
    if (isFirst) {
      isFirst = false;
      return;
    }
    if (!rest.startsWith('.')) fail('', `.${what} must follow; known: ${listNames(known)}`);
    rest = rest.slice(1);
  };

  return {
    name: (what, known, { anyCase = false, all = false } = {}) => {
      stepInto(what, known);
      const quoted = /^"([^"]*)"/.exec(rest);
      const fits = (name: string): boolean => {
        if (quoted !== null) return name === quoted[1];
        const start = rest.slice(0, name.length);
        return (anyCase ? start.toLowerCase() === name.toLowerCase() : start === name) && endsAt(rest, name.length);
      };
      const candidates = (all ? [...known, ALL] : known).filter(fits).sort((a, b) => b.length - a.length);
      const found = candidates.find((name) => rest.startsWith(name)) ?? candidates[0];
      if (found !== undefined) {
        rest = rest.slice(quoted === null ? found.length : quoted[0].length);
        return found;
      }
      const given = quoted?.[1] ?? /^[^.=]*/.exec(rest)?.[0] ?? '';
      const close = closestName(given, known);
      const hint = close === undefined ? '' : `did you mean ${JSON.stringify(close)}? `;
      return fail(JSON.stringify(given), `no such ${what}; ${hint}known: ${listNames(known)}`);
    },
    value: () => {
      if (rest.startsWith('.')) fail(JSON.stringify(rest), 'a value has nothing below it; expected =VALUE');
      if (!rest.startsWith('=')) fail('', 'must be KEY=VALUE');
      return rest.slice(1);
    },
    fail,
  };
}

function endsAt(text: string, length: number): boolean {
  return text.length === length || text[length] === '.' || text[length] === '=';
}
