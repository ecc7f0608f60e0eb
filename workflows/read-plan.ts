import type { Plan } from '../model/plan.ts';
import { anyControl, control } from './proxies.ts';

/**
 * The plan of a pair that a person named. The control workers of several pairs may serve one namespace, and any of them may
 * be asked first: one of another pair tells at once that nobody knows this one, or leaves it to the worker that does.
 */
export const readPlan = async (pair: string): Promise<Plan> =>
  (await anyControl('Read the plan').loadPlan({ pair })) ?? readPlanAgain(pair, 'Read the plan from its own worker');

/** Of a pair that is known: what its control worker has now. */
export const readPlanAgain = (pair: string, summary: string, by = control): Promise<Plan> =>
  by(pair, summary).loadPlan({ pair }) as Promise<Plan>;
