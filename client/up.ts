import { createLog } from '../worker/log.ts';
import { allParts } from '../worker/parts.ts';
import { runWorker } from '../worker/run-worker.ts';
import { databaseIn, stateFolder } from '../worker/state-folder.ts';
import { type EmbeddedTemporal, startTemporal } from '../worker/temporal.ts';
import { TemporalInUse } from '../worker/temporal-lock.ts';
import { temporalSettings } from '../worker/temporal-settings.ts';
import type { Cli } from './cli.ts';
import type { UpOptions } from './commands/up.ts';
import { EXIT } from './exit-codes.ts';
import { UserProblem, usageProblem } from './problem.ts';
import { command } from './render/ask.ts';
import { loadSettings, requireSecrets, type Settings } from './session.ts';

/** Temporal and all parts of the worker in one process tree, until it is told to stop. */
export async function up(cli: Cli, options: UpOptions): Promise<void> {
  const settings = await loadSettings(options);
  const configuredPort = loopbackPort(settings);
  await requireSecrets(settings, ['control', ...Object.keys(settings.config.sites)]);
  const log = createLog({ json: options.json === true });
  // A first start may take long; nothing is lost by ending it.
  const release = cli.io.onInterrupt(() => process.exit(EXIT.interrupted));
  const temporal = await start(settings, { port: configuredPort, ...options }, (line) => log.info(line)).finally(
    release,
  );
  try {
    const { loaded, config } = settings;
    const own = temporalSettings({ ...config.temporal, address: temporal.address }, temporal);
    const parts = allParts(Object.keys(config.sites));
    const onWorking = (): void => (options.json ? bannerAsJson : banner)(cli, settings, temporal);
    await runWorker({ loaded, temporal: own, parts, log, io: cli.io, onWorking });
  } finally {
    await temporal.stop();
  }
}

async function start(
  { config, path }: Settings,
  options: Omit<UpOptions, 'port'> & { readonly port: number | undefined },
  say: (line: string) => void,
): Promise<EmbeddedTemporal> {
  const folder = options.state ?? stateFolder(path, config.pair);
  const { port } = options;
  const { namespace } = config.temporal;
  try {
    return await startTemporal({
      folder,
      say,
      ...(port === undefined ? {} : { port }),
      ...(options.uiPort === undefined ? {} : { uiPort: options.uiPort }),
      ...(namespace === undefined ? {} : { namespace }),
    });
  } catch (error) {
    if (!(error instanceof TemporalInUse)) throw error;
    throw new UserProblem(EXIT.busy, `already up: ${error.message}`, [
      `Database: ${databaseIn(folder)}`,
      ...(error.running
        ? [`UI: ${error.running.ui}`, `Stop it: Ctrl-C there, or end process ${error.running.keeper}`]
        : []),
    ]);
  }
}

/** A configured Temporal on another machine is not ours to start. */
function loopbackPort({ config, commands }: Settings): number | undefined {
  const { address } = config.temporal;
  if (address === undefined) return undefined;
  const match = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d+))?$/.exec(address);
  if (match) return Number(match[1] ?? 7233);
  throw usageProblem(`the configuration names a Temporal elsewhere: temporal.address is ${address}`, [
    `Work for that one: ${command('worker', commands)}`,
    'To have one here, leave temporal.address out.',
  ]);
}

const NEXT = ['check', 'setup', 'status --watch', 'sync'];

/** The same facts in the log's own shape: a program reads standard error line by line. */
function bannerAsJson({ io }: Cli, { config, commands }: Settings, temporal: EmbeddedTemporal): void {
  io.err(
    JSON.stringify({
      ...{ time: new Date().toISOString(), level: 'INFO', message: `${config.pair} is up` },
      ui: `${temporal.ui}/namespaces/${temporal.namespace}/workflows`,
      ...{ address: temporal.address, namespace: temporal.namespace, database: temporal.database },
      next: NEXT.map((words) => command(words, commands)),
    }),
  );
}

function banner({ io, style }: Cli, { config, commands }: Settings, temporal: EmbeddedTemporal): void {
  io.err(
    [
      '',
      style.bold(`${config.pair} is up.`),
      `  Temporal UI  ${style.cyan(`${temporal.ui}/namespaces/${temporal.namespace}/workflows`)}`,
      `  Temporal     ${temporal.address}`,
      `  Database     ${temporal.database}`,
      'Next, in another terminal:',
      ...NEXT.map((words) => `  ${command(words, commands)}`),
      'Ctrl-C stops it; runs go on at the next start.',
      '',
    ].join('\n'),
  );
}
