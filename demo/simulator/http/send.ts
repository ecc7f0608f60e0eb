import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Basics } from '../basics.ts';
import type { Reply } from './reply.ts';

/** Writes an answer, with the site's own clock in its date. */
export async function send(
  site: Basics,
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
): Promise<void> {
  try {
    response.statusCode = reply.status;
    response.sendDate = false;
    response.setHeader('date', site.now().toUTCString());
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
    // A body that nobody read would be taken for the next request of the connection.
    if (!request.complete) {
      response.setHeader('connection', 'close');
      request.resume();
    }
    const { body } = reply;
    if (body === undefined) {
      response.end();
    } else if (body.kind === 'bytes') {
      await sendBytes(site, response, body);
    } else {
      const content = body.kind === 'json' ? JSON.stringify(body.value) : body.text;
      response.setHeader('content-type', body.kind === 'json' ? 'application/json' : body.type);
      response.setHeader('content-length', Buffer.byteLength(content));
      response.end(content);
    }
  } finally {
    await reply.after?.();
  }
}

async function sendBytes(
  site: Basics,
  response: ServerResponse,
  body: Extract<Reply['body'], { kind: 'bytes' }>,
): Promise<void> {
  response.setHeader('content-type', body.type);
  const fault = site.faults.get('truncatedDownload');
  if (fault !== undefined) {
    if (fault === 'broken' && body.size !== undefined) response.setHeader('content-length', body.size);
    await pipeline(body.stream(), firstHalf(body.size ?? 2048, fault, response), response);
    return;
  }
  if (body.size !== undefined) response.setHeader('content-length', body.size);
  await pipeline(body.stream(), response);
}

/** Lets half of the bytes through; then breaks the connection, or ends as if that were all. */
function firstHalf(size: number, how: 'broken' | 'short', response: ServerResponse): Transform {
  let left = Math.floor(size / 2);
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      const part = piece.subarray(0, Math.max(0, left));
      left -= part.length;
      if (left <= 0 && how === 'broken') setImmediate(() => response.destroy());
      done(null, part);
    },
  });
}
