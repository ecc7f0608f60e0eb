import type { Scene } from './scene.ts';
import { PAIR } from './scene-config.ts';

type Kept = Pick<Scene, 'config' | 'machine' | 'worker'> & { readonly temporal: Pick<Scene['temporal'], 'ui'> };

/**
 * What can be done with a scene that is kept up. Whoever keeps it wants a pair in which syncs and failovers work, and a site
 * that was lost cannot be made a standby again yet: so the loss is left to the person who plays.
 */
export function playground({ config, temporal, machine, worker }: Kept): string {
  const command = (words: string): string => `    npx --no-install understudy ${words} --config ${config}`;
  const kill = (site: 'dc1' | 'dc2'): string => `    kill -9 ${machine(site).pid} ${worker(site).pid}   # ${site}`;
  return [
    `Everything stays up until Ctrl-C. The pair: ${temporal.ui}/namespaces/default/workflows/pair%2F${PAIR}`,
    '  Which site is active, and what the other one holds:',
    command('status'),
    '  The next sync, and a planned failover to the standby, named dc1 or dc2:',
    command('sync'),
    command('failover --to dc1 --mode planned --reason "to see it"'),
    '  To lose the active site for real, machine and worker:',
    ...(['dc1', 'dc2'] as const).map(kill),
    '  and then, to the other one:',
    command('failover --to dc1 --mode unplanned --reason "dc2 is lost"'),
    '  That is the last act: a site that was lost cannot be made a standby again yet.',
  ].join('\n');
}
