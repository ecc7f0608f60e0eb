import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Secrets of a connection. */
export interface Secrets {
  username: string;
  password: string;
}

function keyBytes(key: string): Buffer {
  return createHash('sha256').update(`system key ${key}`).digest();
}

/** What tells two system keys apart without giving them away. */
export function keyFingerprint(key: string): string {
  return createHash('sha256').update(keyBytes(key)).digest('hex').slice(0, 16);
}

/** Encrypts secrets with the system key of a site. */
export function seal(key: string, secrets: Secrets): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyBytes(key), iv);
  const body = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
  return [keyFingerprint(key), iv.toString('hex'), cipher.getAuthTag().toString('hex'), body.toString('hex')].join(':');
}

/** Decrypts them; `undefined` when they were encrypted with another key. */
export function unseal(key: string, sealed: string): Secrets | undefined {
  const [fingerprint, iv, tag, body] = sealed.split(':');
  if (fingerprint !== keyFingerprint(key) || iv === undefined || tag === undefined || body === undefined) {
    return undefined;
  }
  const decipher = createDecipheriv('aes-256-gcm', keyBytes(key), Buffer.from(iv, 'hex'));
  decipher.setAuthTag(Buffer.from(tag, 'hex'));
  const text = Buffer.concat([decipher.update(Buffer.from(body, 'hex')), decipher.final()]).toString('utf8');
  return JSON.parse(text) as Secrets;
}
