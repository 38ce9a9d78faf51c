import { expect } from 'chai';
import { tokenCountBounds, VllmMetrics } from './vllm-metrics.js';

const MS = 1e6;
const COUNTERS = {
  running: 3,
  waiting: 2,
  kvTokens: 250,
  iterations: 9,
  promptTokens: 100,
  generatedTokens: 40,
  preemptions: 1,
  prefixQueries: 100,
  prefixHits: 25,
};

/** Every sample of a page, keyed as written. */
function samplesOf(page: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe('vLLM metrics page', () => {
  const metrics = new VllmMetrics({ modelName: 'granite "13b"', maxModelLen: 4096, kvCapacityTokens: 1000 });
  metrics.firstToken(1, 0, 90 * MS);
  metrics.decoded(2, 10, 24 * MS, 0.5 * MS);
  metrics.completed({
    id: 1,
    arrivedNs: 0,
    startedNs: 20 * MS,
    firstTokenNs: 90 * MS,
    finishedNs: 490 * MS,
    promptTokens: 512,
    outputTokens: 11,
    preemptions: 0,
  });
  metrics.finished('length');
  const page = metrics.render(COUNTERS);
  const samples = samplesOf(page);
  const labels = 'engine="0",model_name="granite \\"13b\\""';

  for (const [name, value] of Object.entries({
    'vllm:num_requests_running': 3,
    'vllm:num_requests_waiting': 2,
    'vllm:kv_cache_usage_perc': 0.25,
    'vllm:prompt_tokens_total': 100,
    'vllm:generation_tokens_total': 40,
    'vllm:num_preemptions_total': 1,
    'vllm:prefix_cache_queries_total': 100,
    'vllm:prefix_cache_hits_total': 25,
    'vllm:time_to_first_token_seconds_sum': 0.09,
    'vllm:time_to_first_token_seconds_count': 1,
    'vllm:inter_token_latency_seconds_count': 20,
    'vllm:request_time_per_output_token_seconds_sum': 0.04,
    'vllm:e2e_request_latency_seconds_sum': 0.49,
    'vllm:request_queue_time_seconds_sum': 0.02,
    'vllm:request_prompt_tokens_sum': 512,
    'vllm:request_generation_tokens_sum': 11,
  }))
    it(`has ${name}`, () => {
      expect(samples.get(`${name}{${labels}}`)).to.be.closeTo(value, 1e-12);
    });

  it('counts finished requests by reason, zeros included', () => {
    const byReason = ['stop', 'length', 'abort', 'error'].map((reason) =>
      samples.get(`vllm:request_success_total{${labels},finished_reason="${reason}"}`),
    );
    expect(byReason).to.deep.equal([0, 1, 0, 0]);
  });

  it('has cumulative buckets with bounds written as floats', () => {
    const bucket = (name: string, le: string): number | undefined => samples.get(`vllm:${name}_bucket{${labels},le="${le}"}`);
    expect(['0.08', '0.1', '2560.0', '+Inf'].map((le) => bucket('time_to_first_token_seconds', le))).to.deep.equal([0, 1, 1, 1]);
    // 24, 24.5, …, 28.5 ms, two tokens each: three of the ten steps within 25 ms.
    expect(['0.01', '0.025', '0.05'].map((le) => bucket('inter_token_latency_seconds', le))).to.deep.equal([0, 6, 20]);
    expect(['500.0', '1000.0', '2000.0'].map((le) => bucket('request_prompt_tokens', le))).to.deep.equal([0, 1, 1]);
  });

  it('names the type of every metric once', () => {
    const types = page.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(new Set(types).size).to.equal(types.length);
    expect(types).to.include('# TYPE vllm:request_success_total counter').and.include('# TYPE vllm:kv_cache_usage_perc gauge');
  });

  it('bounds token counts by 1, 2, 5 up to the longest context', () => {
    expect(tokenCountBounds(4096)).to.deep.equal([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]);
    expect(tokenCountBounds(5)).to.deep.equal([1, 2, 5]);
  });
});
