import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from '../../demo/scene.ts';
import type { SiteName } from '../../demo/scene-config.ts';
import type { Held } from '../../worker/failpoint.ts';
import { answered } from './recorded.ts';
import { machineOf, type Stage } from './stage.ts';
import { orNothing, until } from './until.ts';

/** Whom `kill -9` hits: the worker that does the activity, the control worker, or Temporal (its database file stays). */
export type Victim = 'worker' | 'control' | 'temporal';

/**
 * `before-effect` and `after-effect` (before the answer): the worker is stopped there. `middle`: the application works on
 * the task that the activity gave it. `after-answer`: it is in the history, and nobody has read it yet.
 */
export type Moment = 'before-effect' | 'middle' | 'after-effect' | 'after-answer';

export interface Kill {
  readonly victim: Victim;
  readonly moment: Moment;
  readonly activity: string;
  /** The activity's id within the run; absent: the first of its type. */
  readonly id?: string;
}

export interface Landing {
  /** The process was killed while the activity was open, or right after its answer, as the moment says. */
  readonly landed: boolean;
  readonly note: string;
}

/** How many activities a run has had that the one without kills, which the ids are of, did not have; undefined: not known now. */
export type More = (run: string) => Promise<number | undefined>;

/** Waits until the run is where the kill shall hit, kills, and starts the victim again. */
export async function perform(stage: Stage, run: string, kill: Kill, more?: More): Promise<Landing> {
  const { client, failpoint } = stage;
  const moment =
    kill.moment === 'middle' ? 'before-effect' : kill.moment === 'before-effect' ? kill.moment : 'after-effect';
  let later = (await more?.(run)) ?? 0;
  const arm = (): void =>
    failpoint.arm({ activity: kill.activity, run, moment, ...(kill.id ? { id: `${Number(kill.id) + later}` } : {}) });
  arm();
  const stopped = async (): Promise<Held | 'ended' | undefined> => {
    const now = (await more?.(run)) ?? later;
    const held = failpoint.held();
    if (held) return held;
    if (now !== later) {
      later = now;
      arm();
    }
    return ended(stage, run);
  };
  const held = await until('activity to stop', stopped, { limit: 600_000, every: 30 });
  if (held === 'ended') {
    failpoint.release();
    return { landed: false, note: 'the run ended, and had no such activity' };
  }
  const doer = partOf(stage, held.pid);
  const open = async (): Promise<boolean> => !(await answered(client, run, held.id));
  switch (kill.moment) {
    case 'before-effect':
    case 'after-effect': {
      const landed = await open();
      await strike(stage, kill.victim, doer);
      failpoint.release();
      return { landed, note: `${held.activity} of ${doer} was stopped, attempt ${held.attempt}` };
    }
    case 'middle': {
      const site = doer as SiteName;
      const before = unfinished(stage, site);
      failpoint.release();
      await until('task in the application', () => unfinished(stage, site) > before || undefined, { every: 10 });
      const landed = await open();
      await strike(stage, kill.victim, doer);
      return { landed, note: `the application of ${doer} worked on the task of ${held.activity}` };
    }
    case 'after-answer':
      return afterAnswer(stage, run, kill.victim, doer, held);
  }
}

/**
 * Who would read the answer, or go on after it, is stopped until the kill: nothing comes between. Other processes by
 * SIGSTOP; control, where it answers itself, by standing still once the answer is sent.
 */
async function afterAnswer(stage: Stage, run: string, victim: Victim, doer: Part, held: Held): Promise<Landing> {
  const others = (doer === 'control' ? ['dc1', 'dc2'] : ['control']) as readonly Part[];
  const stopped = others.map((part) => stage.scene.worker(part).pid);
  for (const pid of stopped) send(pid, 'SIGSTOP');
  if (doer === 'control') stage.failpoint.letAnswer();
  else stage.failpoint.release();
  const landed = await until(
    'answer in the history',
    async () => (await orNothing(answered(stage.client, run, held.id))) || undefined,
    { every: 20 },
  ).catch(() => false);
  const going = (await ended(stage, run)) === undefined;
  await strike(stage, victim, doer, () => {
    stage.failpoint.release();
    for (const pid of stopped) send(pid, 'SIGCONT');
  });
  return { landed: landed && going, note: `${held.activity} of ${doer} was answered` };
}

function send(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is the one that was killed, or that of a site which is lost.
  }
}

/** `kill -9`; `between` comes before the victim starts again. Temporal is started again by who keeps it up. */
async function strike(stage: Stage, victim: Victim, doer: Part, between: () => void = () => {}): Promise<void> {
  const { scene } = stage;
  if (victim === 'temporal') {
    const pid = scene.temporal.pid() as number;
    process.kill(pid, 'SIGKILL');
    between();
    await until('new Temporal', () => (scene.temporal.pid() !== pid ? true : undefined));
    return;
  }
  const part = victim === 'control' ? 'control' : doer;
  await scene.worker(part).kill();
  between();
  scene.startWorker(part);
}

const partOf = (stage: Stage, pid: number): Part => {
  const part = (['control', 'dc1', 'dc2'] as const).find((each) => stage.scene.worker(each).pid === pid);
  if (!part) throw new Error(`process ${pid} stopped at the failpoint and is none of the workers`);
  return part;
};

async function ended(stage: Stage, run: string): Promise<'ended' | undefined> {
  const description = await orNothing(stage.client.workflow.getHandle(run).describe());
  return description && description.status.name !== 'RUNNING' ? 'ended' : undefined;
}

/** Tasks of backup and restore that the simulated FME Flow of a site has not finished, as its disk says. */
function unfinished(stage: Stage, site: SiteName): number {
  try {
    const text = readFileSync(join(machineOf(stage.scene, site), 'tasks.json'), 'utf8');
    return (JSON.parse(text) as { finished?: string }[]).filter((task) => task.finished === undefined).length;
  } catch {
    return 0;
  }
}
