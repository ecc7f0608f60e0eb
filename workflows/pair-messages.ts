import { ApplicationFailure, condition, defineQuery, log, setHandler } from '@temporalio/workflow';
import { EXAMPLES, inputProblem, type PauseInput } from '../model/inputs.ts';
import type { Person } from '../model/record.ts';
import { MESSAGES, type PairStatus, type RunReport } from '../model/status.ts';
import { pauseSignal, pauseUpdate, reportSignal, resumeSignal, resumeUpdate } from './run.ts';

export const pairStatusQuery = defineQuery<PairStatus | null>(MESSAGES.status);

/** A pause or its end that is not written down at every site yet. */
export interface Pausing {
  readonly person: Person | null;
  /** Sites that do not know yet; absent: none does. */
  sites?: readonly string[];
  tried: boolean;
}

/** What `pair` remembers between two looks. */
export interface PairMemory {
  runs: PairStatus['runs'];
  lastSync: PairStatus['lastSync'];
  pausing: Pausing | null;
  status: PairStatus | null;
  /** Why the last signal was not taken, until a right message comes. */
  refused?: string | undefined;
  /** A site that a run reported as active since the last look began, and that was not seen as such before. */
  promoted?: string | undefined;
  /** Something happened that should be looked at now. */
  due: boolean;
}

/** Registered before the first await, so that no message comes too early. */
export function handlePairMessages(memory: PairMemory): void {
  setHandler(pairStatusQuery, () => memory.status, { description: 'The pair as it was last seen, as JSON.' });
  setHandler(reportSignal, (report) => takeReport(memory, report), { description: 'Sent by runs, not by people.' });

  const begin = (person: Person | null): Pausing => {
    // Whoever waits for an older one waits no longer.
    if (memory.pausing) memory.pausing.tried = true;
    memory.pausing = { person, tried: false };
    memory.refused = undefined;
    memory.due = true;
    return memory.pausing;
  };
  const pause = async (person: Person | null): Promise<string> => {
    const own = begin(person);
    await condition(() => own.tried);
    if (!own.sites) {
      throw ApplicationFailure.nonRetryable(
        'it was not written down: another pause or resume came after it, or this run ended. Look at the pair and say it again',
        'Refused',
      );
    }
    const away = own.sites.length ? `; ${own.sites.join(' and ')} did not answer and will be told later` : '';
    return `${person ? 'no sync is started from now on' : 'syncs are started again'}${away}`;
  };
  const describePause = `No sync is started until resume. Input: ${EXAMPLES.pause}`;
  setHandler(pauseUpdate, (given) => pause({ who: given.who, why: given.why }), {
    validator: refuseBadPause,
    description: describePause,
  });
  setHandler(
    pauseSignal,
    (given) => {
      const why = inputProblem('pause', given);
      if (why) {
        log.warn(`Not paused: ${why}`);
        memory.refused = `pause: ${why}`;
        memory.due = true;
      } else begin({ who: given.who, why: given.why });
    },
    { description: describePause },
  );
  setHandler(resumeUpdate, () => pause(null), { description: 'Syncs are started again. Input: none' });
  setHandler(resumeSignal, () => void begin(null), { description: 'Syncs are started again. Input: none' });
}

function takeReport(memory: PairMemory, report: RunReport | undefined): void {
  if (typeof report?.id !== 'string' || typeof report.step !== 'string') {
    log.warn('A report was not taken: it does not say of which run and step it is');
    return;
  }
  if (report.point) memory.lastSync = { point: report.point.id, at: report.point.at };
  if (report.active && report.active !== memory.status?.active) memory.promoted = report.active;
  memory.runs = memory.runs.filter((run) => run.id !== report.id);
  const { id, kind, step, asks } = report;
  if (!report.ended) memory.runs = [...memory.runs, { id, kind, step, ...(asks ? { asks } : {}) }];
  memory.due = true;
}

function refuseBadPause(given: PauseInput): void {
  const why = inputProblem('pause', given);
  if (why) throw ApplicationFailure.nonRetryable(why, 'InvalidInput');
}
