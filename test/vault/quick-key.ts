import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Replaces a repository's key file by one whose password is cheap to check. restic makes that check cost half a second of
 * processor time on purpose; tests call it hundreds of times, and protect nothing. Everything else stays as restic made it.
 * The format is the one documented in restic's design (AES-256 in counter mode, Poly1305-AES, keys by scrypt).
 */
export async function quickenKey(repository: string, password: string): Promise<void> {
  const folder = join(repository, 'keys');
  const [name] = await readdir(folder);
  if (name === undefined) throw new Error(`${folder} is empty`);
  const file = JSON.parse(await readFile(join(folder, name), 'utf8'));
  const strong = derive(password, Buffer.from(file.salt, 'base64'), file);
  const data = Buffer.from(file.data, 'base64');
  const [iv, sealed, mac] = [data.subarray(0, 16), data.subarray(16, -16), data.subarray(-16)];
  if (!macOf(strong, iv, sealed).equals(mac)) throw new Error('the password does not open this key');
  const decipher = createDecipheriv('aes-256-ctr', strong.encrypt, iv);
  const master = Buffer.concat([decipher.update(sealed), decipher.final()]);

  const cost = { N: 16, r: 1, p: 1 };
  const salt = randomBytes(64);
  const weak = derive(password, salt, cost);
  const nonce = randomBytes(16);
  const cipher = createCipheriv('aes-256-ctr', weak.encrypt, nonce);
  const again = Buffer.concat([cipher.update(master), cipher.final()]);
  const whole = Buffer.concat([nonce, again, macOf(weak, nonce, again)]);
  const text = JSON.stringify({ ...file, ...cost, salt: salt.toString('base64'), data: whole.toString('base64') });
  await writeFile(join(folder, createHash('sha256').update(text).digest('hex')), text);
  await chmod(join(folder, name), 0o600);
  await rm(join(folder, name));
}

interface Keys {
  readonly encrypt: Buffer;
  readonly k: Buffer;
  readonly r: Buffer;
}

function derive(password: string, salt: Buffer, { N, r, p }: { N: number; r: number; p: number }): Keys {
  const key = scryptSync(password, salt, 64, { N, r, p, maxmem: 256 * N * r + 1_000_000 });
  return { encrypt: key.subarray(0, 32), k: key.subarray(32, 48), r: key.subarray(48, 64) };
}

function macOf(keys: Keys, nonce: Buffer, message: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', keys.k, null).setAutoPadding(false);
  return poly1305(keys.r, cipher.update(nonce), message);
}

/** RFC 8439, 2.5. */
function poly1305(key: Buffer, addend: Buffer, message: Buffer): Buffer {
  const little = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
  const prime = (1n << 130n) - 5n;
  const r = little(key) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + little(block) + (1n << BigInt(8 * block.length))) * r) % prime;
  }
  const tag = (sum + little(addend)) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}
