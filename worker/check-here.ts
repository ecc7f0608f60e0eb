import type { LoadedConfig } from '../activities/config/load.ts';
import type { Finding } from '../model/finding.ts';
import type { TemporalSettings } from './temporal-settings.ts';

export async function checkHere(_loaded: LoadedConfig, _temporal: TemporalSettings): Promise<readonly Finding[]> {
  throw new Error('not built yet');
}
