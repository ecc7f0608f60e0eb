import type { SiteName } from '../../demo/scene-config.ts';
import type { FailoverInput } from '../../model/inputs.ts';
import type { FailoverResult } from '../../model/status.ts';
import { watchActing } from './acting-watch.ts';
import { ASKING, type Asking } from './asking.ts';
import { type Kill, type Landing, type More, perform } from './kill.ts';
import { lead } from './lead.ts';
import { brokenPromises } from './promises.ts';
import { type Recorded, recorded } from './recorded.ts';
import type { Stage } from './stage.ts';

export interface Row {
  readonly kill: Kill;
  readonly landed: boolean;
  readonly note: string;
}

export interface KilledFailover {
  readonly result: FailoverResult;
  readonly activities: readonly Recorded[];
  readonly rows: readonly Row[];
  /** Everything that is wrong: kills that did not land, persons who had to help, promises that do not hold. */
  readonly faults: readonly string[];
}

/** How a failover is asked for, and what must hold after it. */
export interface Form {
  readonly input: Pick<FailoverInput, 'mode' | 'point'>;
  broken(stage: Stage, result: FailoverResult): Promise<readonly string[]>;
  /** Where how long a run takes decides on activities that others come after. */
  more?(stage: Stage): More;
}

export const PLANNED: Form = { input: { mode: 'planned' }, broken: brokenPromises };

/** One failover of the stage, with these kills on its way, in the order of its activities. */
export async function killedFailover(
  stage: Stage,
  to: SiteName,
  kills: readonly Kill[],
  say: (line: string) => void,
  form: Form = PLANNED,
): Promise<KilledFailover> {
  const watch = form === PLANNED ? watchActing(stage) : undefined;
  const run = await stage.understudy.failover({ to, ...form.input, reason: 'to be killed on the way' });
  let over = false;
  const leading = lead(stage.client, run).finally(() => {
    over = true;
  });
  leading.catch(() => undefined);
  const rows: Row[] = [];
  for (const kill of kills) {
    const began = Date.now();
    const landing: Landing = over
      ? { landed: false, note: 'the run had ended' }
      : await perform(stage, run.id, kill, form.more?.(stage)).catch((error: Error) => ({
          landed: false,
          note: error.message,
        }));
    rows.push({ kill, ...landing });
    say(rowText({ kill, ...landing }, Date.now() - began));
  }
  const { result, blocked } = await leading;
  const faults = [
    ...rows.filter(({ landed }) => !landed).map((row) => `did not land: ${rowText(row)}`),
    ...blocked
      .filter((ask) => !ASKING.some((each: Asking) => each.step === ask.step))
      .map((ask) => `a person had to help at ${ask.step}: ${ask.title}`),
    ...((await watch?.stop()) ?? []).map((moment) => `two sites acted at once: ${moment}`),
    ...(await form.broken(stage, result)),
  ];
  for (const fault of faults) say(`  ✖ ${fault}`);
  return { result, activities: await recorded(stage.client, run.id, result), rows, faults };
}

export const rowText = ({ kill, landed, note }: Row, took?: number): string =>
  `${landed ? '✂' : '✖'} ${kill.victim.padEnd(8)} ${kill.moment.padEnd(13)} ${kill.activity.padEnd(15)} ${note}${took === undefined ? '' : `, after ${(took / 1_000).toFixed(1)} s`}`;
