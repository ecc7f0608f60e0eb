/** The closed set of failure types that activities throw and workflows decide on (`ApplicationFailure.type`). */
import { REFUSALS, type RefusalType } from './refusal.ts';

export const FAILURES = [
  /** A workflow or command got an input it cannot use. Not retryable. */
  'InvalidInput',
  /** The configuration changed since the run was planned. Not retryable. */
  'ConfigChanged',
  /** The application at an address is not the one the record names. Not retryable. */
  'WrongIdentity',
  /** No record, or one that cannot be read: UNKNOWN. Not retryable. */
  'NoRecord',
  /** The application refused for good (rights, licence, version, wrong key). Not retryable. */
  'Refused',
  /** The application, vault or network did not answer. Retryable. */
  'Unavailable',
  /** A check found that something is not as it must be. Retryable: it may become so. */
  'NotYet',
  /** A vault's content is damaged or missing. Not retryable. */
  'Damaged',
  /** The disk is full. Not retryable by itself: a person makes room. */
  'NoSpace',
  /** A freeze that was counted on is broken: back to the freeze. Not retryable. */
  'FreezeBroken',
  /** Only the inventory differs: back to the final sync. Not retryable. */
  'InventoryChanged',
  /** Jobs still run after the drain limit: the run asks. Not retryable. */
  'NotDrained',
] as const;
export type FailureType = (typeof FAILURES)[number] | RefusalType;

const RETRYABLE: ReadonlySet<string> = new Set(['Unavailable', 'NotYet']);

/** Types that Temporal must not retry: a person or another step decides. */
export const NON_RETRYABLE: readonly string[] = [...FAILURES, ...REFUSALS].filter((type) => !RETRYABLE.has(type));
