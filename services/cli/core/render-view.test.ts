import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { renderPlain, renderView } from './render-view.js';
import type { ServerView, ViewState } from './view-state.js';

function server(overrides: Partial<ServerView> = {}): ServerView {
  return {
    name: 'vllm-001',
    class: 'Premium',
    model: 'llama_13b',
    load: { arrivalRatePerMin: 60, avgInTokens: 128, avgOutTokens: 1024 },
    accelerator: 'G2',
    leaving: [],
    readyReplicas: 2,
    desiredReplicas: 3,
    maxBatch: 38,
    itl: { measuredMs: 37.2, predictedMs: 38.7, targetMs: 80 },
    ttft: { measuredMs: 1200, predictedMs: 84, targetMs: 1000 },
    costCentsPerHour: 69,
    action: 'scale-up',
    reason: '2 → 3 on G2',
    ...overrides,
  };
}

function view(overrides: Partial<ViewState> = {}): ViewState {
  return {
    nowMs: 1_000_000,
    cluster: { url: 'https://localhost:3320', kubeconfigPath: '/p/kubeconfig' },
    servers: [server()],
    cards: [{ type: 'G2', used: 3, total: 512 }],
    cycle: { id: 4, outcome: 'completed', reason: undefined, durationMs: 12.4, next: { atMs: 1_006_500 }, costCentsPerHour: 69 },
    paused: undefined,
    silences: [],
    notices: [],
    ...overrides,
  };
}

const wide = { columns: 200, rows: 50, colours: false };

describe('renderView', () => {
  it('shows a server with its load, replicas, latencies against SLO, cost, decision and reason', () => {
    const text = renderView(view(), wide).join('\n');
    for (const part of [
      'vllm-001',
      'Premium',
      '128/1024',
      'G2',
      '2/3',
      '37.2 38.7 ≤ 80',
      '1200 84.0 ≤ 1000',
      '69.0',
      'scale-up: 2 → 3 on G2',
    ]) {
      expect(text).to.contain(part);
    }
    expect(text).to.contain('cycle 4 completed in 12 ms · 69.0 ¢/h in all · next in 7 s');
    expect(text).to.contain('G2 █░░░░░░░░░░░ 3/512');
  });

  it('shows what is unknown as unknown, never as zero', () => {
    const unknown = server({
      load: { unknown: 'no pod answered' },
      itl: { measuredMs: undefined, predictedMs: undefined, targetMs: undefined },
      costCentsPerHour: undefined,
    });
    const text = renderView(view({ servers: [unknown] }), wide).join('\n');
    expect(text)
      .to.contain('unknown')
      .and.to.contain('- - no SLO')
      .and.not.to.match(/\b0\.0\b(?!\.)/);
  });

  it('is never wider or higher than the terminal, colours not counted', () => {
    const many = view({
      servers: Array.from({ length: 30 }, (_, index) => server({ name: `vllm-${index}` })),
      notices: ['n'.repeat(300)],
    });
    for (const columns of [20, 60, 81, 200]) {
      const lines = renderView(many, { columns, rows: 24, colours: true });
      const rows = lines.map((line) => Math.ceil(stripVTControlCharacters(line).length / columns) || 1);
      expect(rows.reduce((sum, count) => sum + count)).to.be.at.most(24);
      for (const line of lines.filter((_, index) => index !== 2))
        expect(stripVTControlCharacters(line).length).to.be.at.most(columns);
    }
  });

  it('marks a latency above its target', () => {
    const lines = renderView(view(), { ...wide, colours: true }).join('\n');
    expect(lines).to.match(/\[31m *1200 84\.0 ≤ 1000/);
    expect(lines).to.match(/\[32m *37\.2 38\.7 ≤ 80/);
  });

  it('says why a cycle was aborted', () => {
    const cycle = {
      id: 5,
      outcome: 'aborted',
      reason: 'collect: not reachable',
      durationMs: 3,
      next: 'on demand',
      costCentsPerHour: undefined,
    } as const;
    expect(renderView(view({ cycle }), wide)[1]).to.equal('cycle 5 aborted (collect: not reachable) in 3 ms · next on demand');
  });

  it('waits for the first cycle', () => {
    expect(renderView(view({ cycle: undefined, servers: [] }), wide)[1]).to.equal('waiting for the first cycle');
  });
});

describe('renderView in a narrow terminal', () => {
  const at = (columns: number, state = view(), rows = 50): string[] => renderView(state, { columns, rows, colours: false });

  it('has the export on a line of its own, whole even where it is wider than the terminal', () => {
    const kubeconfigPath = `/${'deep/'.repeat(30)}kubeconfig`;
    const state = view({ cluster: { url: 'https://localhost:3320', kubeconfigPath } });
    expect(at(80, state)[2]).to.equal(`export KUBECONFIG=${kubeconfigPath}`);
  });

  it('drops whole columns in turn, so that latencies and cost stay', () => {
    const titles = (columns: number): string[] => (at(columns)[4] ?? '').trim().split(/ {2,}/);
    expect(titles(140)).to.include.members(['TOKENS IN/OUT', 'ITL MS meas pred ≤ SLO']);
    expect(titles(100)).to.not.include('TOKENS IN/OUT');
    expect(titles(100)).to.include.members(['CLASS', 'MODEL', 'BATCH', 'REQ/MIN', 'ITL ms', 'TTFT ms']);
    expect(titles(90)).to.include.members(['MODEL', 'BATCH']).and.not.include('CLASS');
    expect(titles(80)).to.deep.equal(['SERVER', 'REQ/MIN', 'ACCEL', 'READY', 'BATCH', 'ITL ms', 'TTFT ms', '¢/H']);
    expect(titles(64)).to.deep.equal(['SERVER', 'ACCEL', 'READY', 'ITL ms', 'TTFT ms', '¢/H']);
    expect(at(80)[5]).to.match(/37\.2 38\.7 ≤ 80 {2}1200 84\.0 ≤ 1000 {2}69\.0$/);
  });

  it('explains the three figures under short titles, above their columns', () => {
    const legend = 'ITL and TTFT: measured predicted ≤ SLO';
    expect(at(80)[3]).to.match(new RegExp(`^ +${legend}$`));
    expect(at(80)[3]?.length).to.equal((at(80)[4]?.indexOf('TTFT ms') ?? 0) + 'TTFT ms'.length);
    expect(at(140)[3]).to.equal('');
  });

  it('wraps a reason between words into a second line, and cuts it there', () => {
    const reason = Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ');
    const lines = at(80, view({ servers: [server({ reason })] }));
    expect(lines[6]).to.match(/^ {2}scale-up: word0 .* word\d+$/);
    expect(lines[7]).to.match(/^ {2}word\d+ .*…$/);
    expect(lines[8]).to.equal('');
  });

  it('keeps every server where there are no rows for second lines', () => {
    const reason = 'because '.repeat(20).trim();
    const state = view({ servers: ['a', 'b', 'c'].map((name) => server({ name, reason })) });
    // 4 above, a title, 3 servers with a line of reason each, 2 for the cards: 13, and one to spare.
    const lines = at(80, state, 14);
    expect(lines).to.have.length(14);
    expect(lines.filter((line) => /^[abc] /.test(line))).to.have.length(3);
    expect(lines[13]).to.contain('CARDS');
  });
});

describe('renderView of more than there is room for', () => {
  const many = (count: number, overrides: Partial<ServerView> = {}): ServerView[] =>
    Array.from({ length: count }, (_, index) => server({ name: `vllm-${index}`, ...overrides }));
  const at24 = (state: ViewState): string[] => renderView(state, { columns: 120, rows: 24, colours: false });
  const named = (lines: string[]): string[] => lines.filter((line) => line.startsWith('vllm-'));

  it('counts the servers it leaves out, and keeps the cards', () => {
    // 3 above, the legend, a title, 2 for the cards: 17 rows are left, one of them for the count.
    const lines = at24(view({ servers: many(30) }));
    expect(lines).to.have.length(24);
    expect(named(lines)).to.have.length(16);
    expect(lines[21]).to.equal('… and 14 more servers');
    expect(lines[23]).to.contain('CARDS');
  });

  it('leaves out reasons before servers, first of those that stay as they are', () => {
    const servers = many(15, { action: 'keep', reason: 'stays' });
    servers[13] = server({ name: 'vllm-13', action: 'hold', reason: 'waits' });
    const lines = at24(view({ servers }));
    expect(named(lines)).to.have.length(15);
    expect(lines.filter((line) => /^ {2}\w/.test(line))).to.deep.equal(['  keep: stays', '  hold: waits']);
    expect(lines.join()).not.to.contain('more server');
  });

  it('leaves reasons out for the newest notices too', () => {
    const lines = at24(view({ servers: many(12), notices: ['one', 'two', 'three'] }));
    expect(named(lines)).to.have.length(12);
    expect(lines.slice(-3)).to.deep.equal(['', 'two', 'three']);
  });

  it('shows the notices alone where there are no servers yet', () => {
    const lines = at24(view({ servers: [], cards: [], cycle: undefined, notices: ['starting'] }));
    expect(lines.slice(1)).to.deep.equal(['waiting for the first cycle', 'export KUBECONFIG=/p/kubeconfig', '', 'starting']);
  });
});

describe('renderView of what is not as it seems', () => {
  it('says first who has fallen silent, and how old the rest is', () => {
    const silences = ['controller does not answer: decisions as of 10:00:00'];
    expect(renderView(view({ silences }), wide)[1]).to.match(/^controller does not answer: decisions as of 10:00:00 {2}cycle 4/);
  });

  it('says nothing of a next cycle that it does not know of', () => {
    const cycle = { id: 4, outcome: 'completed', reason: undefined, durationMs: 3, costCentsPerHour: 1 };
    expect(renderView(view({ cycle: { ...cycle, next: 'not known' } }), wide)[1]).to.equal(
      'cycle 4 completed in 3 ms · 1.0 ¢/h in all',
    );
  });

  it('shows the accelerator that a server leaves', () => {
    const text = renderView(view({ servers: [server({ accelerator: 'L4', leaving: ['2xAIU2'] })] }), wide).join('\n');
    expect(text).to.contain('  2xAIU2→L4  ');
  });
});

describe('renderView while paused', () => {
  it('says so first in the second line', () => {
    expect(renderView(view({ paused: { all: true, servers: [] } }), wide)[1]).to.match(/^PAUSED all servers {2}cycle 4 /);
  });

  it('names the paused servers, and counts those it has no room for', () => {
    const line = (servers: string[]): string | undefined => renderView(view({ paused: { all: false, servers } }), wide)[1];
    expect(line(['a', 'b'])).to.match(/^PAUSED a, b {2}cycle/);
    expect(line(['a', 'b', 'c', 'd', 'e', 'f'])).to.match(/^PAUSED a, b, c, d and 2 more {2}cycle/);
    expect(line([])).to.match(/^cycle/);
  });
});

describe('renderPlain', () => {
  it('tells each server and its reason in a line', () => {
    const lines = renderPlain(view());
    expect(lines).to.have.length(2);
    expect(lines[1]).to.contain('vllm-001 Premium/llama_13b 60 req/min on G2 ready 2/3').and.to.contain('scale-up: 2 → 3 on G2');
  });

  it('has nothing to tell before the first cycle', () => {
    expect(renderPlain(view({ cycle: undefined }))).to.deep.equal([]);
  });
});
