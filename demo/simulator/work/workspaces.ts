import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Basics } from '../basics.ts';
import { makeParent } from '../state/resource-files.ts';
import { unseal } from '../state/seal.ts';
import { type Job, type JobOrder, parameter } from './job.ts';

/** What running a workspace came to. */
export interface Outcome {
  ok: boolean;
  message: string;
  featuresOutput: number;
  log: string[];
}

interface Behaviour {
  /** Published parameters it knows; others are refused when the job is submitted. */
  parameters: readonly string[];
  run(site: Basics, job: Job): Outcome;
}

const COMMON = ['NONCE', 'DURATION_MS', 'FME_SECURITY_USER'];
const DATA = 'FME_SHAREDRESOURCE_DATA';

function success(featuresOutput: number, ...log: string[]): Outcome {
  return { ok: true, message: 'Translation Successful', featuresOutput, log };
}

function failure(message: string): Outcome {
  return { ok: false, message, featuresOutput: 0, log: [`ERROR ${message}`] };
}

/** Appends its parameter WRITE (or NONCE) as one line to a file in the shared data, fsynced: a client's acknowledged write. */
const write: Behaviour = {
  parameters: [...COMMON, 'WRITE', 'FILE'],
  run(site, job) {
    const path = site.resources.locate(DATA, parameter(job, 'FILE') ?? 'writes.txt');
    makeParent(path);
    const text = parameter(job, 'WRITE') ?? parameter(job, 'NONCE') ?? `job ${job.id}`;
    const file = openSync(path, 'a');
    try {
      writeSync(file, `${text}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return success(1, `WRITE ${text}`);
  },
};

/** Says in its log on which installation it ran: one line `SMOKE {json}`. */
const smoke: Behaviour = {
  parameters: COMMON,
  run(site, job) {
    const facts = {
      site: site.name,
      host: site.hostName(),
      machineKey: site.identity.machineKey,
      build: site.build,
      engine: job.engine,
      queue: job.queue,
      nonce: parameter(job, 'NONCE'),
    };
    return success(1, `SMOKE ${JSON.stringify(facts)}`);
  },
};

/** Uses a named connection, which fails when it is missing or cannot be decrypted. */
const connection: Behaviour = {
  parameters: [...COMMON, 'CONNECTION'],
  run(site, job) {
    const name = parameter(job, 'CONNECTION') ?? '';
    const item = site.store.get('connections', name);
    if (item === undefined) return failure(`The named connection "${name}" does not exist.`);
    const secrets = unseal(site.settings().encryptionKey, item.sealed);
    if (secrets === undefined) return failure(`The named connection "${name}" could not be decrypted.`);
    return success(1, `Connected to ${item.type} as ${secrets.username}`);
  },
};

const fail: Behaviour = { parameters: COMMON, run: () => failure('The workspace ended with an error.') };

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'write.fmw': write,
  'smoke.fmw': smoke,
  'connection.fmw': connection,
  'fail.fmw': fail,
};

/** The published parameters a workspace does not have, judged by its file name; any other workspace takes all. */
export function unknownParameters(order: JobOrder): string[] {
  const behaviour = BEHAVIOURS[order.workspace];
  if (behaviour === undefined) return [];
  return order.publishedParameters.map((each) => each.name).filter((name) => !behaviour.parameters.includes(name));
}

/** Runs the workspace of a job, at once and to its end. */
export function runWorkspace(site: Basics, job: Job): Outcome {
  if (site.faults.get('jobsFail') === true) return failure('The engine ended with an error.');
  const files = site.store.get('repositories', job.repository)?.files;
  if (files?.[job.workspace] === undefined) {
    return failure(`The workspace "${job.repository}/${job.workspace}" does not exist.`);
  }
  return BEHAVIOURS[job.workspace]?.run(site, job) ?? success(0);
}
