/** A flag with its values, or words before the first flag (`flag` undefined). `--a=1` and `--a 1` are one group of flag `--a`. */
interface FlagGroup {
  flag: string | undefined;
  words: readonly string[];
}

/** Words of each flag that is to be set; null removes it. */
export type FlagChanges = ReadonlyMap<string, readonly string[] | null>;

const FLAG = /^(--?[A-Za-z][^=]*)(=|$)/;

/** The groups of a command line. A word that is no flag belongs to the flag before it. */
export function groupByFlag(words: readonly string[]): FlagGroup[] {
  const groups: FlagGroup[] = [];
  let open: { flag: string | undefined; words: string[] } | undefined;
  for (const word of words) {
    const flag = FLAG.exec(word)?.[1];
    if (flag === undefined && open !== undefined) {
      open.words.push(word);
      continue;
    }
    open = { flag, words: [word] };
    groups.push(open);
  }
  return groups;
}

/** The words of a flag where it stands for the first time, the flag itself included; undefined where it does not. */
export function wordsOfFlag(words: readonly string[], flag: string): readonly string[] | undefined {
  return groupByFlag(words).find((group) => group.flag === flag)?.words;
}

/** The command line with some flags replaced where they stand, removed, or appended; all else stays in its order. */
export function changeFlags(words: readonly string[], changes: FlagChanges): string[] {
  const done = new Set<string>();
  const kept = groupByFlag(words).flatMap(({ flag, words: own }) => {
    const change = flag === undefined ? undefined : changes.get(flag);
    if (flag === undefined || change === undefined) return own;
    if (change === null || done.has(flag)) return [];
    done.add(flag);
    return change;
  });
  const appended = [...changes].flatMap(([flag, own]) => (own === null || done.has(flag) ? [] : own));
  return [...kept, ...appended];
}
