import type { ExpectedRule } from '../../../model/inventory.ts';
import type { FmeFlowContext } from './context.ts';

/**
 * Differences that a restore cannot avoid. Our own packages need no rule: the resource they lie in is of each site alone
 * and is not compared.
 */
export const EXPECTED: readonly ExpectedRule[] = [
  { rule: 'existing-users-are-not-updated', kind: 'users', difference: 'different' },
  { rule: 'existing-roles-are-not-updated', kind: 'roles', difference: 'different' },
  { rule: 'existing-tokens-are-not-updated', kind: 'tokens', difference: 'different' },
  { rule: 'existing-services-are-not-updated', kind: 'services', difference: 'different' },
  { rule: 'sizes-are-not-told', kind: 'file sizes', difference: 'missing' },
  // Nothing is deleted on the target: what the active deleted, and what is the standby's own, stays.
  { rule: 'a-restore-merges', kind: '*', difference: 'extra' },
];

/** What is not promised for this component as it is configured, for plan, approvals and report. */
export function notPromised(context: FmeFlowContext): readonly string[] {
  const { config } = context;
  const external = Object.entries(config.resources).filter(([, how]) => how === 'external' || how === 'ignored');
  return [
    ...(context.frontDoor
      ? []
      : [
          'clients are not shut out (freeze.frontDoor is not configured): what they write after the freeze began is not protected',
        ]),
    ...config.notHeld.map((kind) => `${kind} cannot be held by this server's API and act wherever engines run`),
    'passwords, roles and tokens that exist at both sites keep what the standby has',
    ...(config.deletions === 'report' ? ['what was deleted at the active stays at the standby, and is listed'] : []),
    ...external.map(
      ([name, how]) => `the files of ${name} are ${how === 'external' ? 'protected elsewhere' : 'not protected'}`,
    ),
    'job history and logs stay at their site',
  ];
}
