import { createCipheriv } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/**
 * A program by the contract of docs/command-component.md whose backup is `SIZE` incompressible bytes, made as they are sent,
 * and whose restore only counts them. `HOME_OF_ARTEFACT` is its folder.
 */
const home = process.env.HOME_OF_ARTEFACT ?? '';
const size = Number(process.env.SIZE ?? '0');
const held = join(home, 'held');

/** The key stream of a cipher: incompressible, the same each time, and no bottleneck. */
function* incompressible(): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(65_536);
  for (let left = size; left > 0; left -= zeros.length)
    yield cipher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
}

async function count(): Promise<void> {
  let bytes = 0;
  const counter = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done();
    },
  });
  await pipeline(process.stdin, counter);
  // Before the bytes stands one line with the request.
  if (bytes < size) throw new Error(`${bytes} bytes came, and ${size} were backed up`);
  writeFileSync(held, String(size));
}

const verb = process.env.UNDERSTUDY_VERB ?? '';
if (verb !== 'restore') await text(process.stdin);
const answer = (value: object): void => void process.stdout.write(JSON.stringify(value));
switch (verb) {
  case 'identify':
    answer({ identity: home });
    break;
  case 'observe':
    answer({ version: '1', started: 'not told', healthy: true, says: 'ok', running: false, startsWithMachine: false });
    break;
  case 'inventory': {
    const holds = process.env.SOURCE === 'true' ? String(size) : existsSync(held) ? readFileSync(held, 'utf8') : '0';
    answer({ inventory: { bytes: { held: holds } } });
    break;
  }
  case 'backup':
    await pipeline(Readable.from(incompressible(), { objectMode: false }), process.stdout);
    break;
  case 'restore':
    await count();
    break;
  case 'quiet':
  case 'start':
    break;
  default:
    process.exitCode = 64;
}
