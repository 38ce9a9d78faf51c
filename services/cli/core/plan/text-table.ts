import { paintCells, type Paint, type Style } from '../painting.js';

export interface TextColumn<R> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: R) => string;
  readonly style?: (row: R) => Style | undefined;
}

/** A title and a line for each row, each column as wide as its widest cell; none wider than `width`. */
export function textTable<R>(columns: readonly TextColumn<R>[], rows: readonly R[], width: number, paint: Paint): string[] {
  const texts = rows.map((row) => columns.map(({ cell }) => printable(cell(row))));
  const widths = columns.map(({ title }, column) =>
    texts.reduce((widest, cells) => Math.max(widest, (cells[column] as string).length), title.length),
  );
  const pad = (text: string, column: number): string => {
    const wide = widths[column] as number;
    if (columns[column]?.align === 'right') return text.padStart(wide);
    return column === columns.length - 1 ? text : text.padEnd(wide);
  };
  const title = columns.map((column, index) => ({ text: pad(column.title, index), style: 'dim' as const }));
  const lines = rows.map((row, index) =>
    columns.map(({ style }, column) => ({ text: pad(texts[index]?.[column] ?? '', column), style: style?.(row) })),
  );
  return [title, ...lines].map((cells) => paintCells(cells, width, paint).trimEnd());
}

/** A name with a line feed or an escape sequence in it would tear the table, or do as it pleases with the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}
