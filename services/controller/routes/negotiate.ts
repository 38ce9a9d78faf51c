import type { Request } from 'express';

/** What a caller asks for; `otherwise` when it takes anything (as curl does) or says nothing. */
export function wants(request: Request, otherwise: 'json' | 'text'): 'json' | 'text' {
  const offered = otherwise === 'json' ? ['json', 'text'] : ['text', 'json'];
  const accepted = request.accepts(offered);
  return accepted === 'json' || accepted === 'text' ? accepted : otherwise;
}
