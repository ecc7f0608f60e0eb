import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Config } from '../../model/config.ts';
import { digestOf } from './digest.ts';
import { explain } from './explain.ts';
import { withLikelyKinds } from './likely-kinds.ts';
import { neededSecrets, type Part } from './needed-secrets.ts';
import { withWholePaths } from './paths.ts';
import { ConfigProblems, dotted, type Fault, type Problem, renderFault } from './problems.ts';
import { rawOf } from './raw.ts';
import { RULES } from './rules/all.ts';
import type { Given } from './rules/rule.ts';
import { warnings } from './rules/warnings.ts';
import { remedyFor, resolveSecret, tooOpen } from './secrets.ts';
import { readSource, type Source } from './source.ts';

export interface LoadedConfig {
  /** Validated, with defaults; durations in milliseconds, paths whole. */
  readonly config: Config;
  /** Of what the file says, wherever it lies: equal on every machine. */
  readonly digest: string;
  /** The file, whole. */
  readonly file: string;
  /** Not wrong, but most likely not what is wanted: a line each, as faults are. */
  readonly warnings: readonly string[];
}

export interface LoadOptions {
  /** Whether the secrets that are needed here must be there. Programs that print secrets are not run by this. */
  readonly secrets?: 'check' | 'unchecked';
  /** For which parts, `control` and sites' names; all by default, as on one machine. */
  readonly parts?: readonly Part[];
}

/**
 * Reads and validates `understudy.yaml`. Throws `ConfigProblems` with all faults at once, a line each, with the line in
 * the file, the path, what is wrong and what would be right. Nothing of it quotes a value of the file.
 */
export async function loadConfig(path: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  return parseConfig(await readText(path), path, options);
}

/** As `loadConfig`, for a text that is going to be this file. */
export async function parseConfig(text: string, path: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  const file = resolve(path);
  const folder = dirname(file);
  const source = readSource(text);
  const faults = [...source.problems];
  const likely = withLikelyKinds(source.value);
  const given: Given = {
    raw: rawOf(likely),
    folder,
    incomplete: (...path) => source.incomplete.some((each) => dotted(each) === dotted(path)),
  };
  const checked = Config.safeParse(source.value);
  if (source.value !== undefined) {
    faults.push(...explained(source.value, checked), ...explained(likely, Config.safeParse(likely)));
    faults.push(...RULES.flatMap((rule) => rule(given)));
  }
  const suspicious = warnings.flatMap((rule) => rule(given));
  if (options.secrets === 'check') {
    const parts = options.parts ?? ['control', ...given.raw.keys('sites')];
    const { missing, open } = await checkSecrets(likely, folder, parts);
    faults.push(...missing);
    suspicious.push(...open);
  }
  if (!checked.success || faults.length > 0) {
    const all = placed(source, faults);
    throw new ConfigProblems(lines(path, all), all);
  }
  const config = withWholePaths(checked.data as Config, folder);
  return { config, digest: digestOf(checked.data), file, warnings: lines(path, placed(source, suspicious)) };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    const todo = why === 'ENOENT' ? 'is not there; make one with: understudy init --help' : `cannot be read: ${why}`;
    throw new ConfigProblems([`${path}  ${todo}`]);
  }
}

/** In the order of the file. One that a rule and the schema both found stands once. */
function placed(source: Source, problems: readonly Problem[]): readonly Fault[] {
  const faults = problems.map((problem) => ({ ...problem, line: problem.line ?? source.line(problem.path) }));
  const same = (a: Fault, b: Fault): boolean => renderFault('', a) === renderFault('', b);
  return faults
    .sort((a, b) => a.line - b.line)
    .filter((fault, at, all) => all.findIndex((other) => same(other, fault)) === at);
}

const lines = (file: string, faults: readonly Fault[]): readonly string[] =>
  faults.map((fault) => renderFault(file, fault));

const explained = (data: unknown, { error }: ReturnType<typeof Config.safeParse>): readonly Problem[] =>
  error === undefined ? [] : explain(Config, data, error.issues);

async function checkSecrets(
  config: unknown,
  folder: string,
  parts: readonly Part[],
): Promise<{ readonly missing: readonly Problem[]; readonly open: readonly Problem[] }> {
  const needed = neededSecrets(config, parts)
    .filter(({ secret }) => !('command' in secret))
    .map(({ path, secret }) => ({ path, secret: 'file' in secret ? { file: resolve(folder, secret.file) } : secret }));
  const results = await Promise.all(
    needed.map(async ({ path, secret }) => ({
      path,
      secret,
      missing: await resolveSecret(secret).then(
        () => undefined,
        (error: Error) => error.message,
      ),
      open: await tooOpen(secret),
    })),
  );
  const saying = (what: 'missing' | 'open'): Problem[] =>
    results.flatMap(({ path, secret, ...told }): Problem[] => {
      const says = told[what];
      return says === undefined ? [] : [{ path, says, example: remedyFor(secret) }];
    });
  return { missing: saying('missing'), open: saying('open') };
}
