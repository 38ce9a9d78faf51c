import { Agent } from 'node:http';
import axios, { AxiosError } from 'axios';
import type { MetricsFetcher } from '../ports.js';

export interface FetchLimits {
  timeoutMs: number;
  bytes: number;
}

/** Metrics over plain HTTP, with connections kept between two rounds. */
export function createHttpMetricsFetcher({ timeoutMs, bytes }: FetchLimits): MetricsFetcher {
  const agent = new Agent({ keepAlive: true });
  return {
    fetch: async (url) => {
      // Ends the call whatever the pod does: axios' own timeout does not cover one that sends a byte now and then.
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const { data } = await axios.get<string>(url, {
          responseType: 'text',
          transformResponse: (text: string) => text,
          timeout: timeoutMs,
          signal: deadline,
          maxContentLength: bytes,
          maxRedirects: 0,
          proxy: false,
          httpAgent: agent,
          headers: { accept: 'text/plain;version=0.0.4' },
        });
        return data;
      } catch (cause) {
        throw new Error(explain(cause, timeoutMs, deadline.aborted), { cause });
      }
    },
    close: () => agent.destroy(),
  };
}

function explain(cause: unknown, timeoutMs: number, timedOut: boolean): string {
  if (timedOut) return `no answer within ${timeoutMs} ms`;
  if (!(cause instanceof AxiosError)) return String(cause);
  if (cause.code === 'ECONNABORTED') return `no answer within ${timeoutMs} ms`;
  if (cause.response !== undefined && cause.response.status >= 300) return `HTTP ${cause.response.status}`;
  return cause.code === undefined || cause.code === AxiosError.ERR_BAD_RESPONSE ? cause.message : cause.code;
}
