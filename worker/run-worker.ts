import type { Logger } from '@temporalio/common';
import { Runtime } from '@temporalio/worker';
import type { LoadedConfig } from '../activities/config/load.ts';
import { buildParts } from './build-parts.ts';
import { letHeapGrow } from './heap.ts';
import { forSdk, messages } from './log.ts';
import { type Part, partName } from './parts.ts';
import { runParts } from './run-parts.ts';
import type { TemporalSettings } from './temporal-settings.ts';

export interface RunWorkerOptions {
  readonly loaded: LoadedConfig;
  readonly temporal: TemporalSettings;
  readonly parts: readonly Part[];
  readonly log: Logger;
  /** Where signals of the terminal and of the service manager come from. */
  readonly io: { onInterrupt(callback: () => void): () => void };
  /** All parts work, for the first time. */
  readonly onWorking?: () => void;
}

/**
 * `understudy worker`: these parts of the pair in this process, until SIGTERM or Ctrl-C. The first one lets what runs come
 * to its end; a second one does not.
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const { loaded, temporal, parts, log, io, onWorking } = options;
  letHeapGrow();
  // Signals are ours: the SDK would stop workers that we then start again.
  Runtime.install({
    logger: forSdk(log),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
    shutdownSignals: [],
  });
  const stop = new AbortController();
  const release = io.onInterrupt(() => {
    if (stop.signal.aborted) process.exit(130);
    log.info('stopping: what runs may come to its end; once more to stop at once');
    stop.abort();
  });
  const { pair } = loaded.config;
  log.info(`understudy worker of ${pair}: ${parts.map(partName).join(', ')}, process ${process.pid}`);
  for (const warning of loaded.warnings) log.warn(warning);
  // A call that nobody waits for must not end everybody's work.
  process.on('unhandledRejection', (error) => log.error('something went wrong unnoticed', { error }));
  const built = await buildParts({ loaded, temporal, parts, log });
  try {
    await runParts({ pair, temporal, parts: built.parts, log, signal: stop.signal, onWorking });
  } finally {
    release();
    await built.stop().catch((error) => log.warn(`not all was stopped: ${messages(error)}`));
    log.info('stopped');
  }
}
