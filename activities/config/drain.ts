import type { ComponentConfig } from '../../model/config.ts';
import type { PlannedComponent } from '../../model/plan.ts';

/**
 * How the jobs of a component are drained, for the plan and for the site alike. Files never have any: the mildest, so that
 * they have no say in what the most careful component of a pair asks for.
 */
export const drainOf = (component: ComponentConfig): PlannedComponent['drain'] =>
  // biome-ignore lint/suspicious/noThenProperty: a key of the plan, and never a function.
  component.kind === 'files' ? { limit: 0, then: 'cancel' } : component.drain;
