import { type Answer, type Command, execute } from './commands.ts';
import { hears, landings, leads, ownActs, powerOff, toggle, write } from './events.ts';
import { barred, broken, promoted, settled } from './invariants.ts';
import { advance, choicesOf } from './programs.ts';
import { REAL, type Rules } from './rules.ts';
import { commandOf, firstRun, type Operation, type Run } from './runs.ts';
import { createPool, createRows } from './table.ts';
import { canonical, FIRST_GHOST, firstSide, type Ghost, keyOf, type Side, seenAt, type Where } from './world.ts';

/** What is explored: which runs there are, and how much the clients do meanwhile. */
export interface Scenario {
  readonly title: string;
  readonly operations: readonly Operation[];
  readonly writes: number;
  readonly toggles: number;
  readonly selfThaw: boolean;
  readonly lateTasks: boolean;
  /** Where it begins, when not at an active A and its standby B. */
  readonly startFrom?: readonly [Side, Side];
  /** States that the exploration is known to have, at least: fewer mean that it did not explore. */
  readonly atLeast: number;
}

export interface Found {
  readonly states: number;
  readonly transitions: number;
  /** What broke, and the shortest way there. */
  readonly violation: { readonly what: string; readonly trace: readonly string[] } | null;
  /** Every pair of sites that was reached, and what was promised to clients there. */
  pairs(): Iterable<{ readonly sides: readonly [Side, Side]; readonly ghost: Ghost }>;
}

/** A run and the commands of its past, which may still arrive. */
interface Known {
  readonly run: Run;
  readonly sent: readonly number[];
}

/**
 * Breadth first through every order of everything: the first violation found is one with the shortest trace. `key` tells
 * states of a site apart; the quick one must tell apart what JSON does.
 */
export function explore(
  scenario: Scenario,
  rules: Rules = REAL,
  { limit = 6_000_000, key = keyOf }: { readonly limit?: number; readonly key?: (side: Side) => string } = {},
): Found {
  const { operations } = scenario;
  const sides = createPool<Side>(key);
  const ghosts = createPool<Ghost>((ghost) => JSON.stringify(ghost));
  const commands = createPool<Command>((command) => JSON.stringify(command));
  const runs = createPool<Known>(({ run, sent }) => JSON.stringify([run, sent]));
  const answers = createPool<Answer>((answer) => JSON.stringify(answer));
  const labels = createPool<string>((label) => label);
  const width = 3 + operations.length;
  const rows = createRows(width);
  const row = new Int32Array(width);
  // A mutated rule may let through what a claim has long refused, so only the real ones allow to forget commands.
  const forget = rules === REAL;

  const memo = <T>(make: (a: number, b: number, c: number) => T) => {
    const kept: Map<number, T>[] = [];
    return (a: number, b: number, c = 0): T => {
      let row = kept[a];
      if (!row) {
        row = new Map();
        kept[a] = row;
      }
      if (c >= 8_192) throw new Error('more kinds of answers, numbers or promises than the explorer counts with');
      const key = b * 8_192 + c;
      let value = row.get(key);
      if (value === undefined) {
        value = make(a, b, c);
        row.set(key, value);
      }
      return value;
    };
  };

  interface Done {
    readonly side: number;
    readonly answer: number;
    readonly took: Side | null;
  }
  /** Every outcome of a command at a side; `took` where the site began to promote. */
  const carryOut = memo<readonly Done[]>((sideId, commandId) => {
    const before = sides.at(sideId);
    const done = new Map<string, Done>();
    for (const { side, answer } of execute(rules, before, commands.at(commandId))) {
      const began = side.record.role === 'promoting' && before.record.role !== 'promoting';
      const made: Done = {
        side: sides.id(canonical(side)),
        answer: answer ? answers.id(answer) : -1,
        took: began ? side : null,
      };
      done.set(`${made.side}/${made.answer}`, made);
    }
    return [...done.values()];
  });
  const commandIds = memo<number>((operation, known) => {
    const command = commandOf(operations[operation] as Operation, runs.at(known).run);
    return command ? commands.id(command) : -1;
  });
  const remember = (known: Known, current: number, run: Run): number => {
    const sent =
      current < 0 || known.sent.includes(current) ? known.sent : [...known.sent, current].sort((a, b) => a - b);
    return runs.id({ run, sent });
  };
  const goOn = memo<number>((operation, known, answer) => {
    const from = runs.at(known);
    const run = advance(operations[operation] as Operation, from.run, answers.at(answer));
    return run === from.run ? known : remember(from, commandIds(operation, known), run);
  });
  const choices = memo((operation, known, seen) => {
    const spec = operations[operation] as Operation;
    const from = runs.at(known);
    return choicesOf(rules, spec, from.run, [seen >> 6, seen & 63]).map(({ run, power }) => ({
      label: labels.id(`${spec.name}: ${run.at}`),
      id: remember(from, commandIds(operation, known), run),
      power,
    }));
  });
  /** Commands below what a site granted since are refused for good. */
  const prune = memo<number>((known, numberA, numberB) => {
    const { run, sent } = runs.at(known);
    const left = sent.filter((id) => {
      const { site, claim } = commands.at(id);
      return claim >= (site === 0 ? numberA : numberB);
    });
    return left.length === sent.length ? known : runs.id({ run, sent: left });
  });
  const own = memo((sideId) => ({
    events: ownActs(rules, sides.at(sideId))
      .filter(({ what }) => scenario.selfThaw || !what.endsWith('thaws itself'))
      .map(({ what, side }) => ({ label: labels.id(what), side: sides.id(canonical(side)) })),
    landings: landings(sides.at(sideId)).map(({ what, side, broken: bad }) => ({
      label: labels.id(what),
      side: sides.id(canonical(side)),
      bad,
    })),
  }));
  const hearing = memo((sideId, peerId) =>
    hears(rules, sides.at(sideId), sides.at(peerId)).map(({ what, side }) => ({
      label: labels.id(what),
      side: sides.id(canonical(side)),
    })),
  );
  const judged = memo<string | false>(
    (a, b, ghost) => broken(rules, [sides.at(a), sides.at(b)], ghosts.at(ghost)) ?? false,
  );

  let violation: { what: string; at: number; label: number } | null = null;
  let transitions = 0;
  let current = -1;

  function reach(a: number, b: number, ghostId: number, operation: number, known: number, label: number): void {
    transitions++;
    const pair = [sides.at(a), sides.at(b)] as const;
    const ghost = ghostId === -1 ? FIRST_GHOST : ghosts.at(ghostId);
    const now = ghosts.id(settled(ghost, pair));
    for (let i = 0; i < operations.length; i++)
      row[3 + i] = current < 0 ? (start[i] as number) : rows.value(current, 3 + i);
    if (operation >= 0) row[3 + operation] = known;
    if (forget) {
      const numbers = [pair[0].record.claim.number, pair[1].record.claim.number] as const;
      for (let i = 0; i < operations.length; i++) row[3 + i] = prune(row[3 + i] as number, numbers[0], numbers[1]);
    }
    row[0] = a;
    row[1] = b;
    row[2] = now;
    const before = rows.count();
    rows.add(row, current, label);
    if (rows.count() === before || violation) return;
    const bad = judged(a, b, now);
    if (bad) violation = { what: bad, at: before, label };
  }

  const start = operations.map((operation) => runs.id({ run: firstRun(operation), sent: [] }));
  const [a, b] = scenario.startFrom ?? [firstSide(0, 'active'), firstSide(1, 'standby')];
  reach(sides.id(a), sides.id(b), -1, -1, -1, labels.id('start'));

  for (current = 0; current < rows.count() && !violation; current++) {
    if (rows.count() > limit) throw new Error(`more than ${limit} states in ${scenario.title}`);
    step();
  }

  function step(): void {
    const here = [rows.value(current, 0), rows.value(current, 1)] as const;
    const ghostId = rows.value(current, 2);
    const ghost = ghosts.at(ghostId);
    const pair = [sides.at(here[0]), sides.at(here[1])] as const;
    const move = (site: Where, side: number, at: number, operation: number, known: number, label: number): void =>
      site === 0
        ? reach(side, here[1], at, operation, known, label)
        : reach(here[0], side, at, operation, known, label);

    for (const site of [0, 1] as const) {
      const { events, landings: ends } = own(here[site], 0);
      for (const { label, side } of events) move(site, side, ghostId, -1, -1, label);
      if (scenario.lateTasks) {
        for (const { label, side, bad } of ends) {
          move(site, side, ghostId, -1, -1, label);
          if (bad && !violation) violation = { what: bad, at: current, label };
        }
      }
      for (const { label, side } of hearing(here[site], here[site === 0 ? 1 : 0]))
        move(site, side, ghostId, -1, -1, label);
      if (!leads(pair, site)) continue;
      const wrote = ghost.writes < scenario.writes ? write(pair[site], ghost.writes) : null;
      if (wrote) {
        const next = { ...ghost, writes: ghost.writes + 1, acked: ghost.acked | (1 << ghost.writes) };
        move(site, sides.id(canonical(wrote.side)), ghosts.id(next), -1, -1, labels.id(wrote.what));
      }
      const toggled = ghost.toggles < scenario.toggles ? toggle(pair[site]) : null;
      if (toggled) {
        const next = { ...ghost, toggles: ghost.toggles + 1, truth: toggled.side.app.enabled };
        move(site, sides.id(canonical(toggled.side)), ghosts.id(next), -1, -1, labels.id(toggled.what));
      }
    }

    for (let i = 0; i < operations.length; i++) {
      const known = rows.value(current, 3 + i);
      const { sent } = runs.at(known);
      const waits = commandIds(i, known);
      if (waits >= 0) deliver(waits, i, known);
      for (const id of sent) if (id !== waits) deliver(id, -1, -1);
      for (const { label, id, power } of choices(i, known, seenAt(pair[0]) * 64 + seenAt(pair[1]))) {
        if (power === undefined) reach(here[0], here[1], ghostId, i, id, label);
        else move(power, sides.id(canonical(powerOff(pair[power]))), ghostId, i, id, label);
      }
    }

    function deliver(commandId: number, operation: number, known: number): void {
      const { site } = commands.at(commandId);
      for (const { side, answer, took } of carryOut(here[site], commandId)) {
        const next = took ? ghosts.id(promoted(ghost, site, took)) : ghostId;
        const label = -1 - commandId * 2;
        if (side !== here[site]) move(site, side, next, -1, -1, label);
        if (answer < 0 || operation < 0) continue;
        const hopeless = barred(answers.at(answer));
        if (hopeless && !violation)
          violation = { what: `${hopeless}: ${describe(label - 1)}`, at: current, label: label - 1 };
        const later = goOn(operation, known, answer);
        if (later !== known) move(site, side, next, operation, later, label - 1);
      }
    }
  }

  function describe(label: number): string {
    if (label >= 0) return labels.at(label);
    const index = Math.floor((-1 - label) / 2);
    const { site, claim, operation, do: what, ...rest } = commands.at(index);
    const answered = (-1 - label) % 2 === 1 ? ', answered' : '';
    return `${operation}'s ${what} (claim ${claim}) at ${site === 0 ? 'A' : 'B'}${answered} ${JSON.stringify(rest)}`;
  }

  function trace(found: { at: number; label: number }): string[] {
    const steps: string[] = [];
    for (let at = found.at; at > 0; at = rows.from(at)) steps.unshift(describe(rows.how(at)));
    return steps;
  }

  return {
    states: rows.count(),
    transitions,
    violation: violation && { what: (violation as { what: string }).what, trace: trace(violation) },
    *pairs() {
      const seen = new Set<string>();
      for (let i = 0; i < rows.count(); i++) {
        const key = `${rows.value(i, 0)}/${rows.value(i, 1)}/${rows.value(i, 2)}`;
        if (seen.has(key)) continue;
        seen.add(key);
        yield { sides: [sides.at(rows.value(i, 0)), sides.at(rows.value(i, 1))], ghost: ghosts.at(rows.value(i, 2)) };
      }
    },
  };
}
