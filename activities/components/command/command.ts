import type { CommandComponentConfig } from '../../../model/config.ts';
import type { GivenUpJob } from '../../../model/facts.ts';
import type { Finding } from '../../../model/finding.ts';
import { failure } from '../../failure.ts';
import { checkProgram } from '../../run/find-program.ts';
import type { Component, Work } from '../component.ts';
import type { ComponentParts } from '../parts.ts';
import { Cancelled, EnabledNow, Findings, Identity, Inventory, Jobs, Notes, Observed, readAnswer } from './answers.ts';
import { createProgram, type Verb } from './program.ts';

/**
 * An application that we do not know, behind the owner's program: one process a verb, JSON on its standard input, JSON or a
 * stream on its standard output. docs/command-component.md is the contract, docs/examples/ has a program that keeps it.
 */
export function createCommandComponent(parts: ComponentParts<CommandComponentConfig>): Component {
  const { name, site, config } = parts;
  const program = createProgram(parts);

  /** A verb without an answer. Where the program does not know it, there is nothing to be done. */
  const tell = async (verb: Verb, work: Work, more: object = {}): Promise<void> => {
    await program.askIfKnown(verb, { key: work.key, ...more }, work.signal);
  };
  const must = async (verb: Verb, work: Work, more: object = {}): Promise<string> =>
    program.ask(verb, { key: work.key, ...more }, work.signal);
  const identify = async (signal: AbortSignal): Promise<string> =>
    readAnswer(Identity, 'identify', await program.ask('identify', {}, signal)).identity;
  const inventory = async (signal: AbortSignal) =>
    readAnswer(Inventory, 'inventory', await program.ask('inventory', {}, signal)).inventory;
  const notes = (verb: Verb, said: string | undefined): readonly string[] =>
    said === undefined || said.trim() === '' ? [] : readAnswer(Notes, verb, said).notes;
  const mine = (job: { id: string; title: string; request?: unknown }): GivenUpJob => ({
    component: name,
    id: job.id,
    title: job.title || `job ${job.id}`,
    request: job.request ?? null,
  });

  return {
    kind: 'command',
    expected: config.expected,
    notPromised: config.notPromised,

    async establish() {
      await program.askIfKnown('establish', {}, unhurried());
    },
    identify: () => identify(unhurried()),
    inventory,
    async observe(signal) {
      const seen = readAnswer(Observed, 'observe', await program.ask('observe', {}, signal));
      return {
        identity: await identify(signal),
        version: seen.version,
        started: seen.started,
        health: { healthy: seen.healthy, says: seen.says || (seen.healthy ? 'healthy' : 'not healthy') },
        executing: {
          running: seen.running ?? false,
          startsWithMachine: seen.startsWithMachine,
          ...(seen.running === null ? { none: true } : {}),
        },
        tasks: seen.tasks,
      };
    },

    async backup(work) {
      const stream = await program.read('backup', { key: work.key }, work);
      return {
        stream,
        file: 'backup',
        // The stream has failed if the program did.
        finish: async () => {
          if (!stream.readableEnded || stream.errored)
            throw failure('Unavailable', `the backup of ${name} was not read to its end`, stream.errored);
        },
      };
    },
    async restore(work, input) {
      const more = { key: work.key, file: input.file, bytes: input.bytes };
      await program.write('restore', more, await input.stream(), work);
    },

    async enabled(signal) {
      const said = await program.askIfKnown('enabled', {}, signal);
      return said === undefined ? {} : readAnswer(EnabledNow, 'enabled', said).enabled;
    },
    hold: (work) => tell('hold', work),
    async release(work, set) {
      await tell('release', work, { enabled: set });
      return [];
    },

    async drain(signal) {
      const said = await program.askIfKnown('drain', {}, signal);
      if (said === undefined) return { running: [], queued: [] };
      const jobs = readAnswer(Jobs, 'drain', said);
      return { running: jobs.running.map(mine), queued: jobs.queued.map(mine) };
    },
    async cancel(work, jobs) {
      if (jobs.length === 0) return [];
      const said = await must('cancel', work, { jobs });
      return said.trim() === '' ? [] : readAnswer(Cancelled, 'cancel', said).ended;
    },
    async resubmit(work, job) {
      await must('resubmit', work, { job });
    },
    proveFrozen: (work) => tell('prove-frozen', work),

    async quiet(work) {
      await must('quiet', work);
    },
    stage: async (work) => notes('stage', await program.askIfKnown('stage', { key: work.key }, work.signal)),
    start: async (work) => notes('start', await must('start', work)),
    async stopCore(work) {
      await must('stop-core', work);
    },
    clean: (work) => tell('clean', work),

    async check(signal) {
      const command = config.sites[site];
      const missing = command ? await checkProgram('program', command) : [];
      if (missing.length > 0) return missing;
      try {
        await identify(signal);
        const said = await program.askIfKnown('check', {}, signal);
        return said === undefined ? [] : readAnswer(Findings, 'check', said).findings.map(settled);
      } catch (error) {
        signal.throwIfAborted();
        return [{ level: 'error', topic: 'program', says: (error as Error).message, todo: 'Correct the program.' }];
      }
    },
  };
}

/** The program's own time is the only limit. */
const unhurried = (): AbortSignal => new AbortController().signal;

const settled = ({ todo, ...finding }: { todo?: string | undefined } & Omit<Finding, 'todo'>): Finding =>
  todo === undefined ? finding : { ...finding, todo };
