import type { RequestHandler } from 'express';

/** Middleware of what changes something. */
export type Authorize = RequestHandler;
