import type { ApplicationFailure } from '@temporalio/common';
import { failure } from '../failure.ts';
import type { Ending } from '../run/children.ts';
import { localFolder, type Place, shown } from './place.ts';

/** Why restic did not do it. */
export type Reason = 'password' | 'locked' | 'no-space' | 'absent' | 'denied' | 'damaged' | 'other';

/** Said by restic from version 0.17 on; older ones end with 1 for everything. */
const CODES: Readonly<Record<number, Reason>> = { 10: 'absent', 11: 'locked', 12: 'password' };

const NO_FILE =
  "no such file|cannot find the (?:file|path)|does ?n[o']t exist|not exist|NoSuchKey|NoSuchBucket|not found|404";
/** A part of the repository that is not there. */
const MISSING_PART = new RegExp(`<(?:data|index|snapshot|key)/[^>]*>.*(?:${NO_FILE})`, 'i');

/** Told by its words, read off version 0.14. The first that fits counts: a broken connection mentions the config file too. */
const WORDS: readonly (readonly [Reason, RegExp])[] = [
  ['password', /wrong password or no key found/i],
  ['locked', /already locked/i],
  ['no-space', /no space left on device|not enough space|quota exceeded|disk full/i],
  ['denied', /permission denied|access ?denied|forbidden|read-only file system|operation not permitted|unauthorized/i],
  ['absent', new RegExp(`config file.*(?:${NO_FILE})|repository does not exist`, 'i')],
  [
    'damaged',
    /ciphertext verification failed|nonce is invalid|not found in repository|invalid data returned|unexpected hash|hash mismatch/i,
  ],
  ['damaged', /no matching ID found|unable to find snapshot|is damaged|snapshot .* not found/i],
  ['damaged', MISSING_PART],
];

/** Only at a local folder: a broken connection ends early as well. */
const CUT_SHORT = /unexpected EOF|ReadFull.*EOF|invalid argument/i;

export function reasonOf(place: Place, ending: Ending): Reason {
  const byCode = CODES[ending.code ?? -1];
  if (byCode) return byCode;
  const byWords = WORDS.find(([, words]) => words.test(ending.stderr))?.[0];
  if (byWords) return byWords;
  return localFolder(place.repository) !== undefined && CUT_SHORT.test(ending.stderr) ? 'damaged' : 'other';
}

/**
 * Whether restic is about to try again in vain. For up to a quarter of an hour it does so whatever the reason: also for a part
 * that is missing, for rights and a full disk, and for a place that does not answer when it is opened. What moves much data
 * (`patient`) may sit out a broken connection; what only reads a list reports it, and is asked again later.
 */
export function isHopeless(line: string, patient: boolean): boolean {
  if (!/^\w+\(.*\) returned error, retrying/.test(line)) return false;
  if (!patient || /^\w+\(<(?:config|key)\//.test(line)) return true;
  const reason = WORDS.find(([, words]) => words.test(line))?.[0];
  return reason === 'damaged' || reason === 'denied' || reason === 'no-space';
}

const reasons = new WeakMap<object, Reason>();

/** The reason behind a failure that `resticFailure` made. */
export const reasonBehind = (error: unknown): Reason | undefined =>
  typeof error === 'object' && error !== null ? reasons.get(error) : undefined;

/** The typed failure for a restic that did not end with 0. `doing` completes "could not …". */
export function resticFailure(place: Place, doing: string, ending: Ending): ApplicationFailure {
  const reason = reasonOf(place, ending);
  const made = explained(reason, place, doing, ending);
  reasons.set(made, reason);
  return made;
}

function explained(reason: Reason, place: Place, doing: string, ending: Ending): ApplicationFailure {
  const where = shown(place);
  const said = ending.stderr === '' ? 'restic wrote nothing to standard error' : `restic wrote:\n${ending.stderr}`;
  const could = (why: string) => `Could not ${doing}: ${why}. ${said}`;
  switch (reason) {
    case 'absent':
      return failure(
        'Unavailable',
        could(`there is no repository at ${where}. Is its disk mounted? If it was never made, run "understudy setup"`),
      );
    case 'password':
      return failure('Refused', could(`the password does not open ${where}. Correct the secret it is read from`));
    case 'locked':
      return failure('Unavailable', could(`another program holds a lock on ${where}`));
    case 'no-space':
      return failure('NoSpace', could(`the disk of ${where} is full. Make room there, then try again`));
    case 'damaged':
      return failure('Damaged', could(`data in ${where} is damaged or missing. Examine it with "restic check"`));
    case 'denied':
      return failure('Refused', could(`${where} does not allow it. Correct the rights of the worker's user there`));
    case 'other': {
      const how = ending.code === null ? `was ended by ${ending.signal ?? 'a signal'}` : `ended with ${ending.code}`;
      return failure('Unavailable', could(`restic ${how} at ${where}`));
    }
  }
}
