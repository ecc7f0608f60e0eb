import type { Logger } from '@temporalio/common';
import type { LoadedConfig } from '../activities/config/load.ts';
import type { RunnablePart } from './run-parts.ts';
import type { TemporalSettings } from './temporal-settings.ts';

export interface BuiltPart {
  readonly part: RunnablePart;
  stop(): Promise<void>;
}

export async function buildControl(_: {
  loaded: LoadedConfig;
  temporal: TemporalSettings;
  log: Logger;
}): Promise<BuiltPart> {
  throw new Error('the control part is not built yet');
}
