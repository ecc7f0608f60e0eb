import { Client, Connection } from '@temporalio/client';
import { pairWorkflowId } from '../model/names.ts';
import type { PeerEvidence } from '../model/record.ts';
import { MESSAGES, type PairStatus } from '../model/status.ts';
import type { TemporalSettings } from './temporal-settings.ts';

/** What the pair last saw of a site, if it saw it act: that is the only news which holds anyone back. */
export function actingEvidence(status: PairStatus | null, site: string): PeerEvidence | undefined {
  const seen = status?.sites.find((each) => each.site === site);
  if (seen?.role !== 'active' && seen?.role !== 'promoting') return undefined;
  return { role: seen.role, epoch: seen.epoch, number: seen.claim };
}

/** Asks `pair` through Temporal what it knows of a site, with a connection of its own: it is asked rarely. */
export function createAskPair(temporal: TemporalSettings, pair: string, site: string) {
  return async (signal: AbortSignal): Promise<PeerEvidence | undefined> => {
    const connection = Connection.lazy({ ...temporal.connection });
    try {
      const client = new Client({ connection, namespace: temporal.namespace });
      const handle = client.workflow.getHandle(pairWorkflowId(pair));
      const status = await connection.withAbortSignal(signal, () => handle.query<PairStatus | null>(MESSAGES.status));
      return actingEvidence(status, site);
    } finally {
      await connection.close();
    }
  };
}
