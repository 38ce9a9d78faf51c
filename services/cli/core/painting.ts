export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Gives a text its colour, where the terminal has any. */
export type Paint = (text: string, style: Style | undefined) => string;

const ESC = '\u001b[';
const codes: Readonly<Record<Style, string>> = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' };

/** Between two columns. */
export const GAP = '  ';

export function painter(colours: boolean): Paint {
  return (text, style) => (colours && style !== undefined && text !== '' ? `${ESC}${codes[style]}m${text}${ESC}0m` : text);
}

export function truncate(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Joins cells up to the width of the terminal; colours go on after cutting, as they take no room. */
export function paintCells(cells: readonly { text: string; style: Style | undefined }[], width: number, paint: Paint): string {
  let line = '';
  let room = width;
  for (const { text, style } of cells) {
    const gap = line === '' ? '' : GAP;
    if (room <= gap.length) break;
    const shown = truncate(text, room - gap.length);
    line += gap + paint(shown, style);
    room -= gap.length + shown.length;
  }
  return line;
}
