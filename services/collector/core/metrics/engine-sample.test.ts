import { expect } from 'chai';
import fc from 'fast-check';
import { vllmPage } from '../../test/support/builders.js';
import { readEngineSample } from './engine-sample.js';
import { parseExposition } from './parse-exposition.js';

function failure(text: string): string {
  try {
    readEngineSample(text, 0);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

describe('readEngineSample', () => {
  it('reads a page of vLLM', () => {
    const page = vllmPage({ running: 3, waiting: 2, completions: 7, itl: { sum: 1.5, count: 100 } });
    expect(readEngineSample(page, 5)).to.deep.include({
      at: 5,
      running: 3,
      waiting: 2,
      completions: 7,
      kvCacheUsage: 0.25,
      itl: { sum: 1.5, count: 100 },
    });
  });

  it('reads the names of older vLLM', () => {
    const older = vllmPage({ itl: { sum: 2, count: 4 } })
      .replaceAll('vllm:inter_token_latency_seconds', 'vllm:time_per_output_token_seconds')
      .replaceAll('vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc');
    expect(readEngineSample(older, 0)).to.deep.include({ itl: { sum: 2, count: 4 }, kvCacheUsage: 0.25 });
  });

  it('reads SGLang, tokens from its counters', () => {
    const page = [
      'sglang:num_running_reqs{model_name="m"} 4',
      'sglang:num_queue_reqs{model_name="m"} 1',
      'sglang:num_requests_total{model_name="m"} 10',
      'sglang:token_usage{model_name="m"} 0.5',
      'sglang:prompt_tokens_total{model_name="m"} 1.28e+03',
      'sglang:generation_tokens_total{model_name="m"} 5120',
      '',
    ].join('\n');
    expect(readEngineSample(page, 0)).to.deep.include({
      running: 4,
      waiting: 1,
      completions: 10,
      kvCacheUsage: 0.5,
      promptTokens: { sum: 1280, count: 10 },
      generationTokens: { sum: 5120, count: 10 },
      ttft: undefined,
    });
  });

  it('adds up the engines of one pod', () => {
    const page = `${vllmPage({ running: 3, completions: 1 })}vllm:num_requests_running{engine="1"} 2\n`;
    expect(readEngineSample(page, 0).running).to.equal(5);
  });

  it('takes a counter that is declared but has no series yet for zero', () => {
    const page = vllmPage({ completions: 9 }).replaceAll(/^vllm:request_success_total\{.*\n/gm, '');
    expect(readEngineSample(page, 0).completions).to.equal(0);
  });

  const broken = [
    { name: 'nothing', page: '', says: 'empty answer' },
    { name: 'HTML', page: '<html>\n<body>502</body>\n', says: 'line 1 is no metric: "<html>"' },
    { name: 'half a line', page: vllmPage({ running: 12 }).slice(0, 75), says: 'cut off: the last line has no end' },
    { name: 'a line without its value', page: 'vllm:num_requests_running{a="b"}\n', says: 'line 1 is no metric' },
    { name: 'a word for a number', page: 'vllm:num_requests_running many\n', says: 'line 1 is no metric' },
    { name: 'the metrics of something else', page: 'node_load1 0.5\n', says: 'no figures of a known engine (vLLM, SGLang)' },
    {
      name: 'an engine without its counter of finished requests',
      page: vllmPage().replaceAll(/^.*request_success.*\n/gm, ''),
      says: 'vLLM without a usable vllm:request_success_total',
    },
    {
      name: 'NaN',
      page: vllmPage().replace(/(num_requests_waiting.*) 0/, '$1 NaN'),
      says: 'vLLM without a usable vllm:num_requests_waiting',
    },
    {
      name: 'a negative number of requests',
      page: vllmPage().replace(/(num_requests_waiting.*) 0/, '$1 -3'),
      says: 'vLLM without a usable vllm:num_requests_waiting',
    },
  ];
  for (const { name, page, says } of broken) {
    it(`makes no sample of ${name}`, () => {
      expect(failure(page)).to.include(says);
    });
  }

  it('makes no sample of a page that is cut anywhere but between two lines', () => {
    const page = vllmPage({ running: 3, completions: 12345 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: page.length - 1 }), (length) => {
        fc.pre(page[length - 1] !== '\n');
        expect(failure(page.slice(0, length))).not.to.equal('none');
      }),
    );
  });

  it('is done in time with a line made to be slow', () => {
    const line = `m{${'a="b",'.repeat(20_000)}!} 1\n`;
    const started = performance.now();
    expect(() => parseExposition(line)).to.throw('line 1');
    // A few ms; with backtracking it would be minutes.
    expect(performance.now() - started).to.be.below(5_000);
  });
});
