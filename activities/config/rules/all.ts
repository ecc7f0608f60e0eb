import {
  componentsAreNotTheClientsAddress,
  installationsHaveTheirOwnAddress,
  peersReadTheOtherVault,
  sitesShareNothing,
  treesDoNotHoldOurOwn,
} from './addresses.ts';
import { secretsAreReferences } from './literal-secrets.ts';
import {
  checksKnowTheirComponent,
  holdAndReleaseBelongTogether,
  hooksAtSitesRunUnderAClaim,
  namesAreUnique,
  noOtherFenceIsCalledServices,
  packagesAreNotInThePackage,
  resourcesNameOtherComponents,
  servicesIsTheFirstFence,
} from './means.ts';
import type { Rule } from './rule.ts';
import {
  activeIsASite,
  componentsAreAtBothSites,
  exactlyTwoSites,
  namesDifferInMoreThanCase,
  somethingIsProtected,
} from './sites.ts';
import { freezeOutlastsTheDrain, missedSyncsAreMadeUpFor, unplannedIsAlwaysApproved } from './times.ts';

/** Everything that a configuration must be and that the schema of one key cannot tell. */
export const RULES: readonly Rule[] = [
  exactlyTwoSites,
  namesDifferInMoreThanCase,
  activeIsASite,
  somethingIsProtected,
  componentsAreAtBothSites,
  componentsAreNotTheClientsAddress,
  installationsHaveTheirOwnAddress,
  sitesShareNothing,
  peersReadTheOtherVault,
  treesDoNotHoldOurOwn,
  servicesIsTheFirstFence,
  noOtherFenceIsCalledServices,
  namesAreUnique,
  checksKnowTheirComponent,
  resourcesNameOtherComponents,
  packagesAreNotInThePackage,
  holdAndReleaseBelongTogether,
  hooksAtSitesRunUnderAClaim,
  unplannedIsAlwaysApproved,
  freezeOutlastsTheDrain,
  missedSyncsAreMadeUpFor,
  secretsAreReferences,
];
