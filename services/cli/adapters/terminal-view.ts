import type { WriteStream } from 'node:tty';
import { pauseChanges } from '../core/pause-view.js';
import { renderPlain, renderView } from '../core/render-view.js';
import type { ViewState } from '../core/view-state.js';

export interface View {
  show(state: ViewState): void;
  notice(text: string): void;
  close(): void;
}

const ENTER_ALTERNATE_SCREEN = '\u001b[?1049h\u001b[?25l';
const LEAVE_ALTERNATE_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Redraws in place, on the terminal's alternate screen, so that what stood there before comes back at the end. */
export function createLiveView(terminal: WriteStream, colours: boolean): View {
  let latest: ViewState | undefined;
  const draw = (): void => {
    if (latest === undefined) return;
    // Cleared before it is written: after a line as wide as the terminal, its last character would be cleared.
    // The last row stays free: writing into its last column would scroll.
    const lines = renderView(latest, { columns: terminal.columns, rows: terminal.rows - 1, colours });
    terminal.write(HOME + lines.map((line) => `${CLEAR_LINE_END}${line}\n`).join('') + CLEAR_BELOW);
  };
  terminal.write(ENTER_ALTERNATE_SCREEN);
  const redraw = (): void => {
    terminal.write(HOME + CLEAR_BELOW);
    draw();
  };
  terminal.on('resize', redraw);
  return {
    show: (state) => {
      latest = state;
      draw();
    },
    // Among the notices of the state.
    notice: () => undefined,
    close: () => {
      terminal.off('resize', redraw);
      terminal.write(LEAVE_ALTERNATE_SCREEN);
    },
  };
}

/** Lines for logs and pipes: one block per finished cycle; notices, what is paused and resumed, and who falls silent, as they come. */
export function createPlainView(print: (line: string) => void): View {
  let shown: number | undefined;
  let paused: ViewState['paused'];
  let silent: readonly string[] = [];
  return {
    show: (state) => {
      if (state.paused !== undefined) {
        for (const line of pauseChanges(state.paused, paused)) print(line);
        paused = state.paused;
      }
      for (const line of state.silences) if (!silent.includes(line)) print(line);
      silent = state.silences;
      if (state.cycle === undefined || state.cycle.id === shown) return;
      shown = state.cycle.id;
      for (const line of renderPlain(state)) print(line);
    },
    notice: print,
    close: () => undefined,
  };
}
