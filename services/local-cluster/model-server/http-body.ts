import type { IncomingMessage, ServerResponse } from 'node:http';
import { OpenAiError } from './openai-error.js';

/** Largest body read: a context of 32 768 token ids is a quarter of a megabyte. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Reads a JSON body; rejects with OpenAiError 400 (not JSON) or 413 (too large), or with ClientGone. */
export async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const text = await readText(incoming);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OpenAiError(400, `the body is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The connection ended before the request did: there is nobody to answer. */
export class ClientGone extends Error {}

function readText(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      // What still comes is read and dropped until the answer is out: a client that is busy sending would not see it otherwise.
      chunks.length = 0;
      reject(new OpenAiError(413, `the body must be at most ${MAX_BODY_BYTES} bytes`));
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    incoming.once('error', (error) => reject(new ClientGone(error.message, { cause: error })));
    incoming.once('close', () => reject(new ClientGone('connection closed')));
  });
}

export function sendJson(response: ServerResponse, status: number, json: string): void {
  sendBody(response, status, 'application/json', json);
}

export function sendBody(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
