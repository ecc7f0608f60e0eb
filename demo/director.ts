import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../activities/config/load.ts';
import type { Run } from '../client/run.ts';
import { setUp } from '../client/set-up.ts';
import { createUnderstudy, type Understudy } from '../client/understudy.ts';
import type { Ask } from '../model/asks.ts';
import type { FailoverResult } from '../model/status.ts';
import { attemptsOf, lookAt, type OpenActivity, openActivity, type Span, spanOf } from './open-activity.ts';
import type { Scene } from './scene.ts';
import { PAIR } from './scene-config.ts';
import { linkTo } from './timeline.ts';

/** Does at the pair what an operator would do: by the typed client that the command line uses too. */
export interface Director {
  readonly understudy: Understudy;
  setUp(say: (line: string) => void): Promise<void>;
  /** Follows a failover to its end and approves what it asks; shows each question as an operator would see it. */
  lead(run: Run<FailoverResult>): Promise<FailoverResult>;
  /** Where this run is seen in the Temporal UI. */
  link(run: Pick<Run<unknown>, 'id'>): Promise<string>;
  /** Resolves once an attempt at this activity runs in this run; with undefined when there was none until the run's end. */
  whileOpen(runId: string, activity: string): Promise<OpenActivity | undefined>;
  /** At which attempt this activity ended, by the run's history. */
  attempts(runId: string, activityId: string): Promise<number>;
  /** When the first activity of this kind began and ended in the newest run of this id, by its history. */
  span(runId: string, activity: string): Promise<Span | undefined>;
  close(): Promise<void>;
}

const LOOK_MS = 100;
/** Longer than any of the demo's runs takes. */
const PATIENCE_MS = 120_000;

export async function createDirector(scene: Scene, say: (line: string) => void): Promise<Director> {
  const { address, namespace, ui } = scene.temporal;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const understudy = createUnderstudy({ client, pair: PAIR });
  const { config } = await loadConfig(scene.config);

  return {
    understudy,
    async setUp(tell) {
      // A scheduled sync in the middle of an act would be refused as busy; the demo starts its own.
      await setUp({ understudy, client, connection, config, temporal: { namespace } }, { paused: true }, tell);
    },
    async lead(run) {
      let done = false;
      const result = run.result().finally(() => {
        done = true;
      });
      result.catch(() => undefined);
      while (!done) {
        const { ask } = await run.status().catch(() => ({ ask: undefined }));
        if (ask && !done) {
          show(scene, run.id, ask, ui, say);
          await run.answer({ ask: ask.id, choice: choiceFor(ask), who: 'demo', why: 'part of the demo' });
        }
        await sleep(LOOK_MS);
      }
      return result;
    },
    async link({ id }) {
      const { runId } = await client.workflow.getHandle(id).describe();
      return linkTo(ui, namespace, id, runId);
    },
    whileOpen: (runId, activity) => openActivity(() => lookAt(client, runId), activity, PATIENCE_MS),
    async attempts(runId, activityId) {
      const { events } = await client.workflow.getHandle(runId).fetchHistory();
      return attemptsOf(events ?? [], activityId);
    },
    async span(runId, activity) {
      const { events } = await client.workflow.getHandle(runId).fetchHistory();
      return spanOf(events ?? [], activity);
    },
    close: () => connection.close(),
  };
}

function choiceFor(ask: Ask): Ask['choices'][number] {
  const choice = (['approve', 'confirmed', 'done', 'resubmit', 'retry'] as const).find((each) =>
    ask.choices.includes(each),
  );
  if (!choice || choice === 'retry')
    throw new Error(`the run asks something that the demo does not expect: ${ask.title}\n${ask.facts.join('\n')}`);
  return choice;
}

function show(scene: Scene, runId: string, ask: Ask, ui: string, say: (line: string) => void): void {
  say('');
  say(`  ? ${ask.title}`);
  for (const fact of ask.facts) say(`      ${fact}`);
  say('    An operator answers with');
  say(`      npx --no-install understudy approve --config ${scene.config} --ask ${ask.id} --who Ada --why "…"`);
  say(
    `    or in the Temporal UI, ${ui}/namespaces/default/workflows/${encodeURIComponent(runId)}, with the update or signal "answer":`,
  );
  say(`      {"ask": "${ask.id}", "choice": "${choiceFor(ask)}", "who": "Ada", "why": "…"}`);
  say('    The demo answers it now.');
}
