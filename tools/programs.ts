import { join } from 'node:path';
import { cacheFolder, fromCache, type Surroundings } from './cache.ts';
import { distribution, unpackRestic } from './get-restic.ts';
import { buildTemporalCli, downloadTemporalCli } from './get-temporal-cli.ts';
import { copyTestServer, startScript } from './get-test-server.ts';
import { firstFound, type Getter, isExecutable, onPathAtLeast, type Remedy } from './lookup.ts';
import { type Say, sayOnStderr } from './progress.ts';
import { OLDEST, VERSIONS } from './versions.ts';

const TEMPORAL_REMEDY: Remedy = {
  debian: 'curl -sSf https://temporal.download/cli.sh | sh   (then add ~/.temporalio/bin to PATH)',
  macos: 'brew install temporal',
  windows:
    'curl.exe -Lo temporal.zip "https://temporal.download/cli/archive/latest?platform=windows&arch=amd64"; tar -xf temporal.zip   (then add the folder to PATH)',
};

const RESTIC_REMEDY: Remedy = {
  debian: 'sudo apt-get install restic',
  macos: 'brew install restic',
  windows: 'winget install --exact --id restic.restic',
};

export interface EnsureOptions {
  readonly surroundings?: Surroundings;
  readonly say?: Say;
}

export interface TemporalCliOptions extends EnsureOptions {
  readonly download?: Getter;
  readonly build?: Getter;
}

/**
 * The path of a Temporal CLI: `UNDERSTUDY_TEMPORAL_CLI`; else PATH; else the cache; else the download that the SDK offers;
 * else built by Go from the pinned module in `tools/temporal`.
 * @throws ProgramMissing
 */
export async function ensureTemporalCli(options: TemporalCliOptions = {}): Promise<string> {
  const { surroundings = {}, say = sayOnStderr, download = downloadTemporalCli, build = buildTemporalCli } = options;
  const { env = process.env, platform = process.platform } = surroundings;

  const named = env.UNDERSTUDY_TEMPORAL_CLI;
  if (named)
    return requireExecutable(named, 'UNDERSTUDY_TEMPORAL_CLI names', 'Unset it to use the one on PATH or get one.');

  const cached = (fill: Getter) => () =>
    fromCache({
      title: `Temporal CLI ${VERSIONS.temporalCli}`,
      folder: cacheFolder('temporal-cli', VERSIONS.temporalCli, surroundings),
      executable: platform === 'win32' ? 'temporal.exe' : 'temporal',
      fill: (into) => fill(into, say),
      say,
    });
  return firstFound(
    'The Temporal CLI',
    [
      {
        where: 'PATH',
        get: () =>
          onPathAtLeast({ name: 'temporal', versionArgs: ['--version'], oldest: OLDEST.temporalCli, surroundings }),
      },
      { where: 'download', get: cached(download) },
      { where: 'built by Go', get: cached(build) },
    ],
    TEMPORAL_REMEDY,
  );
}

export interface ResticOptions extends EnsureOptions {
  /** The path that the configuration names. It is used or refused, never silently replaced by another one. */
  readonly configured?: string | undefined;
  readonly unpack?: Getter;
}

/**
 * The path of restic, 0.14 or newer: the configured one; else PATH; else the cache; else, on Debian and Ubuntu, the
 * distribution's package unpacked into the cache, without root and without a change to the system.
 * @throws ProgramMissing
 */
export async function ensureRestic(options: ResticOptions = {}): Promise<string> {
  const { configured, surroundings = {}, say = sayOnStderr, unpack = unpackRestic } = options;
  if (configured) {
    return requireExecutable(configured, 'The configured restic is', 'Leave it out to use the one on PATH or get one.');
  }
  return firstFound(
    'restic',
    [
      {
        where: 'PATH',
        get: () => onPathAtLeast({ name: 'restic', versionArgs: ['version'], oldest: OLDEST.restic, surroundings }),
      },
      {
        where: 'package of the distribution',
        get: async () =>
          fromCache({
            title: 'restic',
            folder: cacheFolder('restic', await distribution(), surroundings),
            executable: join('usr', 'bin', 'restic'),
            fill: (into) => unpack(into, say),
            say,
          }),
      },
    ],
    RESTIC_REMEDY,
  );
}

export interface TestServerOptions extends EnsureOptions {
  readonly copy?: Getter;
}

/**
 * The path of a start script for Temporal's time-skipping test server, fetched by Maven and run by Java; for
 * `createTimeSkipping({server: {executable: {type: 'existing-path', path}}})`. `undefined` where either is missing: the
 * SDK's own download is left then.
 */
export async function ensureTestServer(options: TestServerOptions = {}): Promise<string | undefined> {
  const { surroundings = {}, say = sayOnStderr, copy = copyTestServer } = options;
  const { platform = process.platform } = surroundings;
  try {
    await onPathAtLeast({ name: 'java', versionArgs: ['-version'], oldest: OLDEST.java, surroundings });
    return await fromCache({
      title: `Temporal test server ${VERSIONS.testServer}`,
      folder: cacheFolder('test-server', VERSIONS.testServer, surroundings),
      executable: startScript(platform).name,
      fill: (into) => copy(into, say),
      say,
    });
  } catch (error) {
    say(`Temporal test server: left to the SDK's own download (${error instanceof Error ? error.message : error})`);
    return undefined;
  }
}

async function requireExecutable(path: string, what: string, otherwise: string): Promise<string> {
  if (await isExecutable(path)) return path;
  throw new Error(`${what} ${path}, which is not an executable file. Correct the path. ${otherwise}`);
}
