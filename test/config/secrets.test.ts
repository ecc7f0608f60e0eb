import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrub } from '../../activities/config/scrub.ts';
import { resolveEnvironment, resolveSecret, tooOpen } from '../../activities/config/secrets.ts';
import type { Secret } from '../../model/config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-secrets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fileWith = async (name: string, content: string): Promise<Secret> => {
  await writeFile(join(folder, name), content, { mode: 0o600 });
  return { file: join(folder, name) };
};
const node = (script: string, ...args: string[]): Secret => ({ command: [process.execPath, '-e', script, ...args] });
const failing = async (promise: Promise<unknown>): Promise<ApplicationFailure> => {
  const error = await promise.then(() => undefined).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
};

describe('a reference to a secret', () => {
  it('is read from the environment, a file or a program, without the last newline', async () => {
    process.env.UNDERSTUDY_TEST_SECRET = 'from the environment';
    expect(await resolveSecret({ env: 'UNDERSTUDY_TEST_SECRET' })).toBe('from the environment');
    expect(await resolveSecret(await fileWith('unix', ' two words \n'))).toBe(' two words ');
    expect(await resolveSecret(await fileWith('windows', 'word\r\n'))).toBe('word');
    expect(await resolveSecret(node('console.log(process.argv[1])', '$HOME `id`; *'))).toBe('$HOME `id`; *');
    delete process.env.UNDERSTUDY_TEST_SECRET;
  });

  it('that leads nowhere is refused, with what to do', async () => {
    const unset = await failing(resolveSecret({ env: 'UNDERSTUDY_TEST_UNSET' }));
    expect(unset).toMatchObject({ type: 'Refused', nonRetryable: true });
    expect(unset.message).toBe('the environment variable UNDERSTUDY_TEST_UNSET is not set; set it for this process');
    const absent = await failing(resolveSecret({ file: join(folder, 'absent') }));
    expect(absent.message).toMatch(/absent cannot be read: ENOENT$/);
    const program = await failing(resolveSecret({ command: ['understudy-no-such-program'] }));
    expect(program.message).toMatch(/understudy-no-such-program, asked for a secret, could not be started: ENOENT/);
    const empty = await failing(resolveSecret(await fileWith('empty', '\n')));
    expect(empty.message).toMatch(/^the secret is empty: file /);
  });

  it('whose program fails or hangs may be tried again', async () => {
    const exit = await failing(resolveSecret(node('process.exit(3)')));
    expect(exit).toMatchObject({ type: 'Unavailable', nonRetryable: false });
    expect(exit.message).toMatch(/ended with exit code 3/);
    const hangs = await failing(resolveSecret(node('setInterval(() => {}, 1000)'), { timeout: 200 }));
    expect(hangs).toMatchObject({ type: 'Unavailable', nonRetryable: false });
  });

  it('is resolved inside an environment, beside plain strings', async () => {
    const file = await fileWith('key', 'k1\n');
    expect(await resolveEnvironment({ AWS_REGION: 'eu-1', AWS_SECRET_ACCESS_KEY: file })).toEqual({
      AWS_REGION: 'eu-1',
      AWS_SECRET_ACCESS_KEY: 'k1',
    });
    expect(await resolveEnvironment(undefined)).toEqual({});
  });

  it.skipIf(process.platform === 'win32')('in a file that everybody can read is told of', async () => {
    const secret = (await fileWith('open', 's3cret')) as { file: string };
    expect(await tooOpen(secret)).toBeUndefined();
    await chmod(secret.file, 0o644);
    expect(await tooOpen(secret)).toMatch(/can be read by every user of this machine; restrict it: chmod 600/);
  });
});

describe('what was read', () => {
  it('is in no error, whatever the program did with it', async () => {
    const secret = 'hunter2-and-more';
    const leaks = [
      node('console.log(process.argv[1]); console.error(process.argv[1]); process.exit(1)', secret),
      node('console.log(process.argv[1]); setInterval(() => {}, 1000)', secret),
      node('for (;;) process.stdout.write(process.argv[1])', secret),
      { command: [process.execPath, '-e', '0', `${secret}\0`] },
      { command: ['understudy-no-such-program', secret] },
    ];
    for (const leak of leaks) {
      const error = await failing(resolveSecret(leak, { timeout: 500 }));
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(secret);
    }
  });

  it('is scrubbed from any text, in the forms that programs print', () => {
    const secret = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/^\**$/.test(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) {
          const clean = scrub(`${before}${form}${after}`, [value]);
          // The mask may stand beside a part that happens to complete a secret made of asterisks.
          if (!value.includes('*')) expect(clean).not.toContain(form);
        }
      }),
    );
    expect(scrub('a https://u:p%40ss@host b p@ss c cEBzcw== d', ['p@ss', ''])).toBe(
      'a https://u:***@host b *** c *** d',
    );
    expect(scrub('xabcbcdx', ['abc', 'cbc', 'bcd'])).toBe('x***x');
    expect(scrub('nothing here', ['secret'])).toBe('nothing here');
  });
});
