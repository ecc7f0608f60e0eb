import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { failure } from '../../failure.ts';
import type { StreamBody } from './http.ts';

/** A file of known size in a multipart form. */
export interface FilePart {
  readonly field: string;
  readonly name: string;
  readonly stream: Readable;
  readonly bytes: number;
}

/**
 * A multipart form with one streamed file and JSON parts. The whole length is known beforehand and sent, so that no proxy
 * has to buffer it. Reading fails with `Damaged` when the stream does not have the size that it said.
 */
export function multipart(file: FilePart, json: Readonly<Record<string, unknown>> = {}): StreamBody {
  const boundary = `understudy-${randomBytes(12).toString('hex')}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="${file.field}"; filename="${file.name}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const parts = Object.entries(json).map(
    ([field, value]) =>
      `\r\n--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(value)}`,
  );
  const tail = Buffer.from(`${parts.join('')}\r\n--${boundary}--\r\n`);
  async function* framed(): AsyncGenerator<Buffer> {
    yield head;
    yield* exactly(file.stream, file.bytes);
    yield tail;
  }
  return {
    stream: framed(),
    bytes: head.length + file.bytes + tail.length,
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

/** The stream as it is, failing with `Damaged` when it has more or fewer bytes than it should. */
export async function* exactly(stream: Readable, bytes: number): AsyncGenerator<Buffer> {
  let seen = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    seen += chunk.length;
    if (seen > bytes) break;
    yield chunk;
  }
  if (seen !== bytes)
    throw failure(
      'Damaged',
      `the package has ${seen} bytes where ${bytes} were expected; nothing was restored from it`,
    );
}
