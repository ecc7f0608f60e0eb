import type { SiteActivities } from '../../model/site-activities.ts';
import { changeover } from './changeover.ts';
import { claiming } from './claiming.ts';
import { cycle } from './cycle.ts';
import { freezing } from './freezing.ts';
import { looking } from './looking.ts';
import { settling } from './settling.ts';
import type { Site } from './site.ts';

/** Everything that a site worker offers. */
export const createSiteActivities = (site: Site): SiteActivities => ({
  ...looking(site),
  ...claiming(site),
  ...freezing(site),
  ...cycle(site),
  ...changeover(site),
  ...settling(site),
});
