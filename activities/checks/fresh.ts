import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface FreshAnswer {
  readonly status: number;
  readonly body: string;
  /** Where a redirection leads. */
  readonly location?: string;
  /** End of the server's certificate (https). */
  readonly certificateUntil?: Date;
}

export interface FreshOptions {
  readonly signal: AbortSignal;
  readonly timeout: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS';
  /** Certificate authorities instead of the known ones. */
  readonly authorities?: string | undefined;
}

const MOST_BODY = 1024 * 1024;

/**
 * One request over a connection of its own, as a client that comes anew: a connection that was kept open would still lead
 * where the clients were before they were moved. Redirections are not followed. TLS is verified. Rejects when there is no
 * answer in time.
 */
export function fresh(url: string, options: FreshOptions): Promise<FreshAnswer> {
  const deadline = AbortSignal.timeout(options.timeout);
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        agent: false,
        ...(options.authorities === undefined ? {} : { ca: options.authorities }),
        method: options.method ?? 'GET',
        headers: { 'user-agent': 'understudy-check', connection: 'close', ...options.headers },
        signal: AbortSignal.any([options.signal, deadline]),
      },
      (response) => {
        read(response).then(resolve, fail);
      },
    );
    const fail = (error: NodeJS.ErrnoException): void => {
      if (options.signal.aborted) reject(options.signal.reason);
      else if (deadline.aborted) reject(new Error(`no answer within ${options.timeout / 1000} s`));
      else reject(new Error(said(error), { cause: error }));
    };
    request.on('error', fail).end();
  });
}

async function read(response: IncomingMessage): Promise<FreshAnswer> {
  const until =
    'getPeerCertificate' in response.socket ? (response.socket as TLSSocket).getPeerCertificate().valid_to : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    chunks.push(chunk);
    if (size > MOST_BODY) break;
  }
  const { location } = response.headers;
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks).subarray(0, MOST_BODY).toString('utf8'),
    ...(location === undefined ? {} : { location }),
    ...(until ? { certificateUntil: new Date(until) } : {}),
  };
}

const TLS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: name its authority in NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here: name it in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known here: name it in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here: name it in NODE_EXTRA_CA_CERTS',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Why there was no answer, in words. */
const said = (error: NodeJS.ErrnoException): string =>
  TLS[error.code ?? ''] ?? (error.message === '' ? (error.code ?? 'no reason was told') : error.message);
