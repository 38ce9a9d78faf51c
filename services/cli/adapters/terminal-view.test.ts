import { expect } from 'chai';
import type { ViewState } from '../core/view-state.js';
import { createPlainView } from './terminal-view.js';

describe('createPlainView', () => {
  const state = (id: number, paused: ViewState['paused']): ViewState => ({
    nowMs: 0,
    cluster: { url: 'https://localhost:3320', kubeconfigPath: '/k' },
    servers: [],
    cards: [],
    cycle: { id, outcome: 'completed', reason: undefined, durationMs: 3, next: 'on demand', costCentsPerHour: undefined },
    paused,
    silences: [],
    notices: [],
  });
  const running = { all: false, servers: [] };
  const cycleLine = (id: number): string => `cycle ${id} completed in 3 ms · next on demand`;

  it('prints each cycle once, and what is paused and resumed when it is, between cycles too', () => {
    const printed: string[] = [];
    const view = createPlainView((line) => printed.push(line));
    view.show(state(1, running));
    view.show(state(1, running));
    view.show(state(1, { all: true, servers: [] }));
    view.show(state(2, { all: true, servers: [] }));
    view.show(state(2, running));
    expect(printed).to.deep.equal([cycleLine(1), 'PAUSED all servers', cycleLine(2), 'RESUMED all servers']);
  });

  it('takes a collector that does not answer for no news', () => {
    const printed: string[] = [];
    const view = createPlainView((line) => printed.push(line));
    for (const paused of [{ all: true, servers: [] }, undefined, { all: true, servers: [] }]) view.show(state(1, paused));
    expect(printed).to.deep.equal(['PAUSED all servers', cycleLine(1)]);
  });

  it('tells once who falls silent', () => {
    const printed: string[] = [];
    const view = createPlainView((line) => printed.push(line));
    const silences = ['controller does not answer: decisions as of 10:00:00'];
    view.show(state(1, running));
    for (const silent of [silences, silences, [], silences]) view.show({ ...state(1, running), silences: silent });
    expect(printed).to.deep.equal([cycleLine(1), ...silences, ...silences]);
  });
});
