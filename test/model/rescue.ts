import { acting, evidence, type PeerRecord, type Verdict } from '../../model/record.ts';
import { type Answer, type Command, execute } from './commands.ts';
import { hears, ownActs } from './events.ts';
import { REAL } from './rules.ts';
import { canonical, NAMES, other, type Side, seenAt, type Where } from './world.ts';

/**
 * Whether people still find a way out: with both sites reachable and every former run gone, one fresh operation, which
 * takes over whatever is in its way, leads to exactly one active site that is released and whose peer is quiet.
 */
export interface Rescue {
  readonly sides: readonly [Side, Side];
  /** Nothing but the ordinary promote was needed: no verdict, so nothing is stated as lost. */
  readonly plain: boolean;
}

export function rescue(start: readonly [Side, Side]): Rescue | string {
  const sides: [Side, Side] = [...start];
  let plain = true;
  let highest = Math.max(...start.map(seenAt));
  let operation = '';

  const settle = (): void => {
    for (let i = 0; i < 8; i++) {
      for (const site of [0, 1] as const) {
        for (const next of [ownActs(REAL, sides[site]).at(-1), hears(REAL, sides[site], sides[other(site)]).at(-1)])
          if (next) sides[site] = canonical(next.side);
      }
    }
  };
  const send = (site: Where, command: Partial<Command>): Answer => {
    const last = execute(REAL, sides[site], { site, claim: highest, operation, ...command } as Command).at(-1);
    if (!last) return { refused: 'Off' };
    sides[site] = canonical(last.side);
    return last.answer ?? { refused: 'Died' };
  };
  const claim = (towards: Where, first: Where): [PeerRecord, PeerRecord] | null => {
    highest = REAL.nextClaimNumber([highest], (towards + 1) as 1 | 2);
    operation = `rescue${highest}`;
    for (const site of [first, other(first)]) {
      const command = { do: 'claim', kind: 'failover', towards, takeover: true } as const;
      if (send(site, command).refused) return null;
    }
    return [evidence(sides[0].record), evidence(sides[1].record)];
  };
  const close = (): void => {
    for (const site of [0, 1] as const) send(site, { do: 'close' });
  };

  for (let attempt = 0; attempt < 6; attempt++) {
    settle();
    const acts = ([0, 1] as const).filter((site) => acting(sides[site].record.role));
    if (acts.length === 2) return 'two sites act although both heard the other';
    const [site] = acts;
    if (site !== undefined) {
      const peer = other(site);
      const { role } = sides[site].record;
      if (!claim(site, peer)) return 'no claim was granted';
      if (role === 'demoting') send(site, { do: 'demote-end' });
      if (role === 'promoting') send(site, { do: 'activate' });
      if (role === 'active') send(site, { do: sides[site].facts.freeze ? 'thaw' : 'release' });
      close();
      settle();
      if (done(sides, site)) return { sides, plain };
      continue;
    }
    for (const target of [0, 1] as const) {
      if (sides[target].record.role !== 'outdated') continue;
      claim(target, target);
      send(target, { do: 'reprotect' });
      close();
    }
    const taken = promote(0) || promote(1) || withVerdict(0) || withVerdict(1);
    if (!taken) return 'no site can be promoted';
  }
  return 'it goes round in circles';

  function promote(target: Where): boolean {
    const records = claim(target, other(target));
    if (!records) return false;
    return send(target, { do: 'promote', peer: records[other(target)] }).refused === undefined;
  }

  function withVerdict(target: Where): boolean {
    claim(target, target);
    const { record, app } = sides[target];
    let point = record.content?.point ?? null;
    if (!point || record.content?.state === 'writing') {
      point = app.vault;
      if (!point || send(target, { do: 'restore', point }).refused) return false;
      const { late: _, ...rest } = sides[target].app;
      sides[target] = { ...sides[target], app: { ...rest, late: [], data: Number(/^w(\d+)/.exec(point)?.[1]) } };
      send(target, { do: 'prove', point });
    }
    plain = false;
    const verdict: Verdict = { site: NAMES[other(target)], result: 'asserted', means: 'manual', claim: highest };
    return send(target, { do: 'promote', verdict, point }).refused === undefined;
  }
}

function done(sides: readonly [Side, Side], site: Where): boolean {
  const { record, facts, app } = sides[site];
  const peer = sides[other(site)];
  const serves = record.role === 'active' && app.exec && app.door && !facts.freeze && !facts.pending;
  return serves && !acting(peer.record.role) && !peer.app.exec && !peer.app.door;
}
