import type { Container } from '../kube-types.js';

/**
 * The value of an option in a container's command and arguments: `--max-num-seqs 64` or `--max-num-seqs=64`, with `-` and `_`
 * alike in the name, as vLLM takes them. The last one wins, as in argparse. Undefined: not given, or given without a value.
 */
export function optionValue(container: Pick<Container, 'command' | 'args'>, option: string): string | undefined {
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  let value: string | undefined;
  words.forEach((word, index) => {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!name.startsWith('--') || name.replaceAll('_', '-') !== `--${option}`) return;
    value = equals < 0 ? words[index + 1] : word.slice(equals + 1);
  });
  return value;
}
