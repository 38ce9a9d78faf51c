import type { Request } from 'express';
import { explainDetails, type ExplainDetail } from '#shared/contracts/optimizer.js';
import { ServiceError } from '#shared/http/service-error.js';

/** `?explain=` of a request; without it, everything. @throws ServiceError BAD_REQUEST naming what there is */
export function explainDetailOf({ query }: Request): ExplainDetail {
  const given = query['explain'];
  if (given === undefined) return 'all';
  const detail = explainDetails.find((known) => known === given);
  if (detail !== undefined) return detail;
  throw new ServiceError('BAD_REQUEST', `explain: ${JSON.stringify(given)}: must be one of ${explainDetails.join(', ')}`);
}
