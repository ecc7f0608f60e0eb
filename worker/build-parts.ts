import type { Logger } from '@temporalio/common';
import type { LoadedConfig } from '../activities/config/load.ts';
import type { Part } from './parts.ts';
import type { RunnablePart } from './run-parts.ts';
import { secretsOf } from './secrets.ts';
import type { TemporalSettings } from './temporal-settings.ts';

export interface BuildOptions {
  readonly loaded: LoadedConfig;
  readonly temporal: TemporalSettings;
  readonly parts: readonly Part[];
  readonly log: Logger;
}

export interface BuiltPart {
  /** One a queue. */
  readonly parts: readonly RunnablePart[];
  /** Ends what the part does besides its activities. */
  stop(): Promise<void>;
}

export interface BuiltParts {
  readonly parts: readonly RunnablePart[];
  /** Ends what the parts do besides their activities: the guards of sites, the control worker's client. */
  stop(): Promise<void>;
}

/** Makes the parts of this process from the configuration. */
export async function buildParts({ loaded, temporal, parts, log }: BuildOptions): Promise<BuiltParts> {
  const built = await Promise.all(
    parts.map(async (part) => {
      if (part.kind === 'control') return (await import('./control.ts')).buildControl({ loaded, temporal, log });
      return (await import('./site.ts')).buildSite({ loaded, temporal, site: part.site, log });
    }),
  );
  return {
    parts: built.flatMap((each, index) =>
      each.parts.map((part) => ({ ...part, secrets: secretsOf(loaded, parts[index] as Part) })),
    ),
    async stop() {
      await Promise.all(built.map((each) => each.stop()));
    },
  };
}
