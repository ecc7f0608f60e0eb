import { acting, evidence } from '../../model/record.ts';
import type { Answer } from './commands.ts';
import { leads } from './events.ts';
import type { Rules } from './rules.ts';
import { type Ghost, holds, numberOf, type Side, type Where } from './world.ts';

const SITES = [0, 1] as const;

/** What must hold in every state; returns what does not. */
export function broken(rules: Rules, sides: readonly [Side, Side], ghost: Ghost): string | null {
  const [a, b] = sides;
  const split = ghost.split[0] ?? ghost.split[1];
  if (acting(a.record.role) && acting(b.record.role)) {
    if (!split) return 'two acting records, and nobody gave a verdict';
    const said = superseded(rules, a, b);
    if (said) return said;
  }
  const asserted = ghost.split.some((each) => each?.by === 'asserted');
  if (a.app.exec && b.app.exec && !asserted) return 'executing parts run at both sites';
  if (a.app.enabled > 0 && b.app.enabled > 0 && a.app.exec && b.app.exec && !asserted)
    return 'schedules act at both sites';
  for (const site of SITES) {
    const said = quiet(sides[site]) ?? (leads(sides, site) ? kept(sides[site], ghost) : null);
    if (said) return said;
  }
  return null;
}

/** A run never gets an answer with which nobody would serve for ever: a number never comes to work towards another site. */
export const barred = ({ refused }: Answer): string | null =>
  refused === 'WrongParity'
    ? 'a run is refused its own step for good, since its claim works towards the other site'
    : null;

function superseded(rules: Rules, a: Side, b: Side): string | null {
  if (a.record.epoch === b.record.epoch) return 'two acting records with one epoch';
  const [low, high] = a.record.epoch < b.record.epoch ? [a, b] : [b, a];
  const heard = rules.learnOfPeer(low, evidence(high.record));
  return heard.record.role === 'outdated' ? null : `${low.record.site} is superseded and does not stop when it hears`;
}

/** A standby does nothing by itself and holds what its record says. */
function quiet({ record, app }: Side): string | null {
  const { role, site, content } = record;
  if (role !== 'standby') return null;
  if (app.door || app.exec || app.enabled > 0) return `${site} is a standby and not quiet`;
  if (content?.state === 'own' && content.point === null) return `${site} gave the role up without a receipt`;
  const stands = content?.state === 'own' || content?.state === 'restored' || content?.state === 'proven';
  if (stands && content.point !== null && app.data !== holds(content.point).data)
    return `${site} does not hold the ${content.state} point that its record names`;
  return null;
}

/** At the site that leads: every acknowledged write, and once released exactly the enabled set that users want. */
function kept({ record, facts, app }: Side, ghost: Ghost): string | null {
  if ((app.data & ghost.acked) !== ghost.acked) return `${record.site} acts without an acknowledged write`;
  if (record.role !== 'active') return null;
  const released = facts.freeze === null && facts.pending === null;
  if (released && app.enabled !== ghost.truth) return `${record.site} acts with another enabled set`;
  if (!released && facts.pending && numberOf(facts.pending) !== ghost.truth)
    return `${record.site} would release another enabled set`;
  return null;
}

/** A site began to promote: on a verdict the loss was stated, and from here on its content is what clients have. */
export function promoted(ghost: Ghost, site: Where, side: Side): Ghost {
  const { permission } = side.record;
  if (permission?.by !== 'verdict') return ghost;
  const split: [Ghost['split'][0], Ghost['split'][1]] = [...ghost.split];
  split[site] = { epoch: side.record.epoch, by: permission.verdict.result };
  const { pending } = side.facts;
  return { ...ghost, acked: side.app.data, truth: pending ? numberOf(pending) : 0, split };
}

/** A verdict's promotion stops being an excuse once the peer was reached under a later claim and does not act. */
export function settled(ghost: Ghost, sides: readonly [Side, Side]): Ghost {
  let { split } = ghost;
  for (const site of SITES) {
    const said = split[site];
    if (!said) continue;
    const own = sides[site].record;
    const peer = sides[site === 0 ? 1 : 0];
    const heard = !acting(peer.record.role) && !peer.app.exec && peer.record.claim.number > said.epoch;
    const moved = !(acting(own.role) && own.epoch === said.epoch) && !sides[site].app.exec;
    if (heard || moved) split = site === 0 ? [null, split[1]] : [split[0], null];
  }
  return split === ghost.split ? ghost : { ...ghost, split };
}
