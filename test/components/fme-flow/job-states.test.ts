import { expect, test } from 'vitest';
import type { Job } from '../../../activities/components/fme-flow/api.ts';
import type { FlowHttp } from '../../../activities/components/fme-flow/http.ts';
import { jobOf } from '../../../activities/components/fme-flow/job-record.ts';
import { jobsV3 } from '../../../activities/components/fme-flow/v3/jobs.ts';
import { jobsV4 } from '../../../activities/components/fme-flow/v4/jobs.ts';
import { signal } from './rig.ts';

/** Rows of fme-flow-api.md: section 5, "v3 job states" (confirmed: EEA, HAJK) and "v4 job states" (confirmed: CLI, EEA). */
const V3 = '5, v3 job states, C EEA, HAJK';
const V4 = '5, v4 job states, C CLI, EEA';
const V4_ALSO = '11.7, v4 jobs may also say complete';
const STATES: readonly (readonly [row: string, word: string, state: Job['state']])[] = [
  [`${V3}: open`, 'SUBMITTED', 'queued'],
  [`${V3}: open`, 'QUEUED', 'queued'],
  [`${V3}: open`, 'DELAYED', 'queued'],
  [`${V3}: open`, 'PAUSED', 'queued'],
  [`${V3}: open`, 'IN_PROCESS', 'running'],
  [`${V3}: open`, 'PULLED', 'running'],
  [`${V3}: open`, 'RUNNING', 'running'],
  [`${V3}: end`, 'SUCCESS', 'success'],
  [`${V3}: end`, 'FME_FAILURE', 'failed'],
  [`${V3}: end`, 'JOB_FAILURE', 'failed'],
  [`${V3}: end`, 'ABORTED', 'cancelled'],
  [`${V3}: end`, 'DELETED', 'cancelled'],
  [V4, 'queued', 'queued'],
  [V4, 'running', 'running'],
  [V4, 'success', 'success'],
  [V4, 'failure', 'failed'],
  [V4, 'cancelled', 'cancelled'],
  [V4_ALSO, 'complete', 'success'],
  // Named by no source.
  ['11.7, an unknown state counts as running', 'SUSPENDED', 'running'],
  ['11.7, an unknown state counts as running', '', 'running'],
];

test.each(STATES)('%s: "%s" is %s', (_row, word, state) => {
  expect(jobOf({ id: 7, status: word }).state).toBe(state);
});

test('which engine ran a job is read from engineName, and is not known where that is empty or missing', () => {
  const done = { id: 7, status: 'success', engineHost: 'dc1', engine: 'another field' };
  expect(jobOf({ ...done, engineName: 'dc1-engine-1' }).engine).toBe('dc1-engine-1');
  expect(jobOf({ ...done, engineName: '' }).engine).toBeUndefined();
  expect(jobOf(done).engine).toBeUndefined();
});

/** A server that gives these lists and nothing else. */
function lists(of: Readonly<Record<string, readonly unknown[]>>): FlowHttp {
  return {
    url: 'http://127.0.0.1',
    async call(_method, path, { query }) {
      const items = of[`${path}${query?.status === undefined ? '' : `?${query.status}`}`] ?? [];
      const text = JSON.stringify({ offset: 0, limit: -1, totalCount: items.length, items });
      return { status: 200, text, json: <T>() => JSON.parse(text) as T };
    },
    download: () => Promise.reject(new Error('nothing is downloaded')),
  };
}

const jobs = (version: string) =>
  STATES.filter(([row]) => row.startsWith(version)).map(([, status], index) => ({ id: index + 1, status }));

test('v3 finds a job of every open state, though it be only in the list of active jobs', async () => {
  const http = lists({ '/fmerest/v3/transformations/jobs/active': jobs(V3) });
  const open = await jobsV3(http).open(signal);
  expect(open.map(({ says }) => says)).toEqual(
    STATES.filter(([row]) => row === `${V3}: open`).map(([, status]) => status),
  );
});

test('v4 finds what it is asked for in the group of open states', async () => {
  const http = lists({ '/fmeapiv4/jobs?queued,running': jobs(V4).slice(0, 2) });
  expect((await jobsV4(http).open(signal)).map(({ state }) => state)).toEqual(['queued', 'running']);
});
