import { ApiException } from '@kubernetes/client-node';
import type { V1Status } from '@kubernetes/client-node';

/** The Status with which the API server refused a call; throws when it did not refuse it. */
export async function refusal(call: Promise<unknown>): Promise<V1Status> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ApiException && typeof error.body === 'string') return JSON.parse(error.body) as V1Status;
    throw error;
  }
  throw new Error('the call succeeded and should have been refused');
}

/** What of a Status is a contract: message texts may differ between servers, and so may how often a cause is told. */
export function essence({ code, reason, details }: V1Status): object {
  const causes = details?.causes?.map(({ field, reason: causeReason }) => `${field ?? ''}: ${causeReason ?? ''}`);
  const distinct = causes === undefined ? {} : { causes: [...new Set(causes)].sort() };
  return { code, reason, kind: details?.kind, name: details?.name, ...distinct };
}
