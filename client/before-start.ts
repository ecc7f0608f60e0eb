import type { Io } from './io.ts';
import { command } from './render/ask.ts';
import type { Session } from './session.ts';
import { sitesWithoutWorker } from './workers-seen.ts';

/** Says which of these sites nobody works for just now: their steps would only wait. No fault, a worker may be on its way. */
export async function tellMissingWorkers(
  io: Io,
  { client, config, commands }: Session,
  sites: readonly string[] = Object.keys(config.sites),
): Promise<void> {
  for (const site of await sitesWithoutWorker(client, config.pair, sites)) {
    io.err(
      `no worker of ${site} was seen; steps there wait for one: ${command(`worker --part site:${site}`, commands)}`,
    );
  }
}

/** Where this run is seen in the Temporal UI, if that is known. */
export function tellWhere(io: Io, { temporal }: Pick<Session, 'temporal'>, run: string): void {
  const { ui, namespace } = temporal;
  const link = ui === undefined ? '' : `: ${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(run)}`;
  io.err(`${run}${link}`);
}
