import { appendFileSync } from 'node:fs';
import { get } from 'node:http';
import { parseArgs } from 'node:util';

/**
 * An independent client: asks the clients' address every 100 ms whether it serves, and writes a line each time it changes,
 * `{"at": ISO time, "serves": true | false}`. It knows nothing of Understudy.
 */
const EVERY_MS = 100;
const LIMIT_MS = 2_000;

const { values } = parseArgs({ options: { url: { type: 'string' }, out: { type: 'string' } } });
let before: boolean | undefined;

function poll(url: string, out: string): void {
  const at = new Date().toISOString();
  const tell = (serves: boolean): void => {
    if (serves !== before) appendFileSync(out, `${JSON.stringify({ at, serves })}\n`);
    before = serves;
  };
  const asked = get(url, { timeout: LIMIT_MS }, (answer) => {
    answer.resume();
    tell(answer.statusCode === 200);
  });
  asked.on('timeout', () => asked.destroy(new Error('no answer')));
  asked.on('error', () => tell(false));
  asked.on('close', () => setTimeout(() => poll(url, out), Math.max(0, EVERY_MS - (Date.now() - Date.parse(at)))));
}

poll(values.url ?? '', values.out ?? '');
