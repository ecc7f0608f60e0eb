import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Run } from '../../client/run.ts';
import type { Ask, Choice } from '../../model/asks.ts';
import type { FailoverResult } from '../../model/status.ts';
import { orNothing } from './until.ts';

/** What a person answers where a runbook asks by design: its approvals, and what becomes of given-up jobs. */
const EXPECTED: readonly Choice[] = ['approve', 'confirmed', 'done', 'resubmit'];

export interface Led {
  readonly result: FailoverResult;
  /** Questions that nobody planned: a step was blocked. They were answered with `retry`, so that the stage can go on. */
  readonly blocked: readonly Ask[];
}

/** Follows a failover to its end, whatever is killed meanwhile, and answers what it asks. */
export async function lead(client: Client, run: Run<FailoverResult>): Promise<Led> {
  const blocked: Ask[] = [];
  const answered = new Set<string>();
  for (;;) {
    const description = await orNothing(client.workflow.getHandle(run.id).describe());
    if (description && description.status.name !== 'RUNNING') break;
    const ask = (await orNothing(run.status()))?.ask;
    if (ask && !answered.has(ask.id)) {
      const planned = EXPECTED.find((choice) => ask.choices.includes(choice) && !ask.choices.includes('retry'));
      const choice = planned ?? 'retry';
      if (!planned && !blocked.some((each) => each.id === ask.id)) blocked.push(ask);
      // An answer that got lost with a process is given again; one that was taken is refused the second time.
      const taken = await orNothing(
        run.answer({ ask: ask.id, choice, who: 'Ada', why: 'part of the test' }).then(() => true),
      );
      if (taken) answered.add(ask.id);
    }
    await sleep(150);
  }
  for (;;) {
    const result = await run.result().catch((error: Error) => {
      if (error.name === 'WorkflowFailedError') throw error;
      return undefined;
    });
    if (result) return { result, blocked };
    await sleep(500);
  }
}
