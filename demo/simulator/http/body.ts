import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { z } from 'zod';
import { makeParent } from '../state/resource-files.ts';
import { HttpError } from './reply.ts';
import type { Consumes } from './router.ts';

const MOST_TEXT = 64 * 1024 * 1024;

function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Refuses a content type other than the one a route takes, as 415. */
export function checkContentType(request: IncomingMessage, consumes: Consumes): void {
  const type = mediaType(request);
  const right: Record<Consumes, boolean> = {
    anything: true,
    nothing: true,
    json: type === 'application/json',
    form: type === 'application/x-www-form-urlencoded',
    bytes: type === 'application/octet-stream',
    multipart: type === 'multipart/form-data',
    'multipart-or-bytes': type === 'multipart/form-data' || type === 'application/octet-stream',
  };
  if (!right[consumes]) throw new HttpError(415, `Unsupported media type "${type}".`);
}

export function isMultipart(request: IncomingMessage): boolean {
  return mediaType(request) === 'multipart/form-data';
}

export async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > MOST_TEXT) throw new HttpError(413, 'The request is too large.');
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Reads a JSON body and checks it; `status` is what the API version answers to a wrong one. */
export async function readJsonBody<T>(request: IncomingMessage, schema: z.ZodType<T>, status: number): Promise<T> {
  return check(parse(await readText(request)), schema, status);
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new HttpError(400, 'The request body is not valid JSON.');
  }
}

function check<T>(value: unknown, schema: z.ZodType<T>, status: number): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new HttpError(status, `Some or all of the input parameters are invalid. ${details.join('; ')}`);
}

/** Reads a form body and checks its fields, each of which may come once. */
export async function readForm<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const fields = new URLSearchParams(await readText(request));
  return check(single(fields), schema, 422);
}

/** Checks query parameters, each of which may come once. */
export function readQuery<T>(query: URLSearchParams, schema: z.ZodType<T>, status: number): T {
  const fields = single(query);
  delete fields.fmetoken;
  return check(fields, schema, status);
}

function single(fields: URLSearchParams): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (name in result) throw new HttpError(422, `The parameter "${name}" was given twice.`);
    result[name] = value;
  }
  return result;
}

/** Writes a request's bytes to a file as they come. */
export async function saveBytes(request: IncomingMessage, path: string): Promise<void> {
  makeParent(path);
  await pipeline(request, createWriteStream(path));
}

export interface Part {
  /** Name of the form's field. */
  field: string;
  fileName: string;
  type: string;
  /** Where its bytes were written. */
  path: string;
}

export interface Multipart {
  files: Part[];
  fields: Map<string, { value: string; type: string }>;
}

/** Reads a multipart body; files are written as they come, to the path that `place` says. */
export async function readMultipart(
  request: IncomingMessage,
  place: (field: string, fileName: string) => string,
): Promise<Multipart> {
  const result: Multipart = { files: [], fields: new Map() };
  const writes: Promise<void>[] = [];
  const parser = busboy({ headers: request.headers, preservePath: true, defParamCharset: 'utf8' });
  let failure: unknown;
  parser.on('file', (field, stream, info) => {
    try {
      const fileName = info.filename ?? '';
      const path = place(field, fileName);
      makeParent(path);
      result.files.push({ field, fileName, type: info.mimeType, path });
      const write = pipeline(stream, createWriteStream(path));
      write.catch(() => {});
      writes.push(write);
    } catch (cause) {
      failure = cause;
      stream.resume();
    }
  });
  parser.on('field', (name, value, info) => {
    result.fields.set(name, { value, type: info.mimeType });
  });
  await pipeline(request, parser);
  await Promise.all(writes);
  if (failure !== undefined) throw failure;
  return result;
}

/** Checks the JSON text of a multipart field. */
export function checkJsonField<T>(content: string, schema: z.ZodType<T>): T {
  return check(parse(content), schema, 400);
}
