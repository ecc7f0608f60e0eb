import { closeClaim, grantClaim, nextClaimNumber } from '../../model/claims.ts';
import {
  beginBackup,
  beginWriting,
  endTask,
  finishWriting,
  intendTask,
  proveContent,
  stopTasks,
} from '../../model/content.ts';
import {
  acceptReceipt,
  beginFreeze,
  beginThaw,
  finishFreeze,
  finishRelease,
  finishThaw,
  handOver,
  issueReceipt,
} from '../../model/freeze.ts';
import {
  beginDemotion,
  beginPromotion,
  finishDemotion,
  finishPromotion,
  inherit,
  learnOfPeer,
  mayStart,
} from '../../model/roles.ts';
import { reprotectSite } from '../../model/setup.ts';

/** The very functions that the site worker calls. A mutation replaces some of them. */
export const REAL = {
  nextClaimNumber,
  grantClaim,
  closeClaim,
  beginBackup,
  beginWriting,
  intendTask,
  endTask,
  stopTasks,
  finishWriting,
  proveContent,
  beginFreeze,
  finishFreeze,
  issueReceipt,
  acceptReceipt,
  beginThaw,
  finishThaw,
  handOver,
  finishRelease,
  beginDemotion,
  finishDemotion,
  inherit,
  beginPromotion,
  finishPromotion,
  learnOfPeer,
  mayStart,
  reprotectSite,
  /** A run that gives the role back takes a new claim first. */
  newClaimToGiveBack: true,
  /** A run that goes on without its source takes a new claim first. */
  newClaimWithoutSource: true,
};

export type Rules = typeof REAL;
