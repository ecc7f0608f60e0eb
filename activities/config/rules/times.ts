import { written } from '../../../model/duration.ts';
import type { Problem } from '../problems.ts';
import type { Rule } from './rule.ts';

const MINUTES = 60_000;
/** The freeze is renewed three times within `freeze.max`, each time with an fsync at another machine. */
const LEAST_FREEZE = 3_000;
/** The server raises anything less to this. */
const LEAST_CATCH_UP = 10_000;

/** The answer to the quote of the loss is never configured away. */
export const unplannedIsAlwaysApproved: Rule = ({ raw }) => {
  const unplanned = raw.value('approvals', 'unplanned');
  if (!Array.isArray(unplanned) || unplanned.includes('start')) return [];
  const says = 'must hold start: the loss is approved by a person before anything is done';
  return [{ path: ['approvals', 'unplanned'], says, example: 'unplanned: [start, cutover]' }];
};

export const freezeOutlastsTheDrain: Rule = ({ raw }) => {
  const max = raw.duration(15 * MINUTES, 'freeze', 'max');
  if (max === undefined) return [];
  if (max < LEAST_FREEZE) {
    return [{ path: ['freeze', 'max'], says: 'must be at least 3s: it is renewed within it', example: 'max: 15m' }];
  }
  return raw.keys('components').flatMap((component): Problem[] => {
    if (raw.text('components', component, 'kind') === 'files') return [];
    const path = ['components', component, 'drain', 'limit'];
    const limit = raw.duration(10 * MINUTES, ...path);
    if (limit === undefined || limit < max) return [];
    const says = `must be shorter than freeze.max (${written(max)}): otherwise a freeze may end itself while jobs drain`;
    return [{ path, says, example: `limit: ${written(Math.max(1_000, Math.floor(max / 3_000) * 1_000))}` }];
  });
};

export const missedSyncsAreMadeUpFor: Rule = ({ raw }) => {
  const catchUp = raw.duration(10 * MINUTES, 'schedule', 'catchUp');
  if (catchUp === undefined || catchUp >= LEAST_CATCH_UP) return [];
  return [{ path: ['schedule', 'catchUp'], says: 'must be at least 10s', example: 'catchUp: 10m' }];
};
