import type { Response } from 'express';
import type { Answered } from './answerer.js';

/** Sends JSON that is written already, as text or as its bytes; what arrives is the same. */
export function sendJson(response: Response, json: Answered['json']): void {
  response.type('json').send(typeof json === 'string' ? json : Buffer.from(json.buffer, json.byteOffset, json.byteLength));
}
