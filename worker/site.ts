import type { Logger } from '@temporalio/common';
import type { LoadedConfig } from '../activities/config/load.ts';
import type { BuiltPart } from './control.ts';

export async function buildSite(_: { loaded: LoadedConfig; site: string; log: Logger }): Promise<BuiltPart> {
  throw new Error('the site part is not built yet');
}
