/** The bundle of the measurement: the real workflows, and one that does nothing but bare activities one after the other. */
import { proxyActivities } from '@temporalio/workflow';

export * from '../workflows/index.ts';

const { bare } = proxyActivities<{ bare(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

/** As many bare activities, one after the other. */
export async function bareActivities({ count }: { readonly count: number }): Promise<void> {
  for (let each = 0; each < count; each++) await bare();
}
