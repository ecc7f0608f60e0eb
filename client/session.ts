import type { LoadedConfig } from '../activities/config/load.ts';
import type { Config } from '../model/config.ts';
import type { TemporalSettings } from '../worker/temporal-settings.ts';
import type { CommonOptions } from './cli.ts';
import type { Connected } from './connect.ts';
import { UserProblem, usageProblem } from './problem.ts';
import { type CommandOptions, commandsIn } from './render/ask.ts';
import type { Understudy } from './understudy.ts';

export const DEFAULT_CONFIG = 'understudy.yaml';

export interface Settings {
  readonly path: string;
  readonly loaded: LoadedConfig;
  readonly config: Config;
  readonly temporal: TemporalSettings;
  /** For commands that are shown: `--config` only where it was given. */
  readonly commands: CommandOptions;
}

/** A command's view of the pair: the configuration, and a connection to Temporal. */
export interface Session extends Settings, Connected {
  readonly understudy: Understudy;
}

/** The configuration and where Temporal is. Heavy modules are loaded here, so that `--help` is quick. */
export async function loadSettings(options: CommonOptions): Promise<Settings> {
  const [{ loadConfig }, { temporalSettings }, { runningTemporal }, { databaseIn, stateFolder }] = await Promise.all([
    import('../activities/config/load.ts'),
    import('../worker/temporal-settings.ts'),
    import('../worker/temporal-lock.ts'),
    import('../worker/state-folder.ts'),
  ]);
  const path = options.config ?? DEFAULT_CONFIG;
  const loaded = await loadConfig(path);
  const { config } = loaded;
  const nearby = await runningTemporal(databaseIn(stateFolder(path, config.pair)));
  const commands = options.config === undefined ? {} : { config: options.config };
  try {
    return { path, loaded, config, temporal: temporalSettings(config.temporal, nearby), commands };
  } catch (error) {
    throw usageProblem(`Temporal's own settings cannot be used: ${(error as Error).message}`, [
      'Name a profile that temporal.toml has by TEMPORAL_PROFILE, or unset it; TEMPORAL_CONFIG_FILE names another file.',
      'Or name the server in the configuration: temporal: { address: "host:7233" }',
    ]);
  }
}

/** For who does the work: the secrets of these parts (`control`, sites' names) must be there. @throws ConfigProblems */
export async function requireSecrets({ path }: Settings, parts: readonly string[]): Promise<void> {
  const { loadConfig } = await import('../activities/config/load.ts');
  await loadConfig(path, { secrets: 'check', parts });
}

export interface SessionOptions {
  /** Whether a worker must be there; otherwise whatever is started would only wait. */
  readonly worker: boolean;
  /** Refuses what can be told without Temporal, whether that answers or not. */
  readonly before?: (settings: Settings) => void;
}

/** Runs `work` with an open session and closes it afterwards. */
export async function withSession<T>(
  options: CommonOptions,
  { worker, before }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const settings = await loadSettings(options);
  before?.(settings);
  const [{ connect, requireWorker }, { createUnderstudy }, { translate }] = await Promise.all([
    import('./connect.ts'),
    import('./understudy.ts'),
    import('./translate.ts'),
  ]);
  const connected = await connect(settings.temporal, settings.commands);
  try {
    if (worker) await requireWorker(connected, settings.config.pair, settings.commands);
    const understudy = createUnderstudy({ client: connected.client, pair: settings.config.pair });
    return await work({ ...settings, ...connected, understudy });
  } catch (error) {
    const { address, namespace } = settings.temporal;
    throw withCommands(translate(error, { address, namespace, commands: settings.commands }), settings.commands);
  } finally {
    await connected.close();
  }
}

/** What to do is shown so that it can be copied, whoever wrote it. */
function withCommands(error: unknown, commands: CommandOptions): unknown {
  if (!(error instanceof UserProblem)) return error;
  const todo = error.todo.map((line) => commandsIn(line, commands));
  return new UserProblem(error.exitCode, commandsIn(error.message, commands), todo, error);
}
