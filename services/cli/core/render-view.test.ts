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
    cycle: { id: 4, outcome: 'completed', reason: undefined, durationMs: 12.4, nextAtMs: 1_006_500, costCentsPerHour: 69 },
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
      expect(lines.length).to.be.at.most(24);
      for (const line of lines) expect(stripVTControlCharacters(line).length).to.be.at.most(columns);
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
      nextAtMs: undefined,
      costCentsPerHour: undefined,
    };
    expect(renderView(view({ cycle }), wide)[1]).to.equal('cycle 5 aborted (collect: not reachable) in 3 ms · next on demand');
  });

  it('waits for the first cycle', () => {
    expect(renderView(view({ cycle: undefined, servers: [] }), wide)[1]).to.equal('waiting for the first cycle');
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
