import { describe, expect, test } from 'vitest';
import { explore, type Found } from './explore.ts';
import { MUTATIONS } from './mutations.ts';
import { rescue } from './rescue.ts';
import { REAL } from './rules.ts';
import { SCENARIOS, SMALL } from './scenarios.ts';

/** What a violation looks like in a failed test: what broke, and the shortest way there. */
const told = ({ violation }: Found): string =>
  violation ? `${violation.what}\n${violation.trace.map((step, index) => `${index + 1} ${step}`).join('\n')}` : '';

describe('in every order of commands that come late, twice or never, of deaths anywhere and of takeovers', () => {
  let total = 0;

  test.each(SCENARIOS.map((scenario) => [scenario.title, scenario] as const))(
    '%s',
    { timeout: 240_000 },
    (_, scenario) => {
      const found = explore(scenario);
      total += found.states;
      console.log(
        `${found.states} states, ${found.transitions} transitions: ${scenario.title} (${total} states so far)`,
      );
      expect(told(found)).toBe('');
      expect(found.states).toBeGreaterThanOrEqual(scenario.atLeast);

      let ways = 0;
      for (const { sides, ghost } of found.pairs()) {
        ways++;
        const out = rescue(sides);
        if (typeof out === 'string') expect.fail(`no way out: ${out}\n${JSON.stringify(sides)}`);
        const active = out.sides.find((side) => side.record.role === 'active');
        // Where no verdict was given nothing is lost on the way out, and what acts by itself is what users wanted.
        const stated = ghost.split.some((each) => each !== null);
        if (stated || !active) continue;
        if (!out.plain) expect.fail(`the way out needs a verdict\n${JSON.stringify(sides)}`);
        if ((active.app.data & ghost.acked) !== ghost.acked) expect.fail(`a write is lost\n${JSON.stringify(sides)}`);
        if (active.app.enabled !== ghost.truth) expect.fail(`another enabled set\n${JSON.stringify(sides)}`);
      }
      console.log(`${ways} pairs of sites: a fresh run leads each to exactly one active site`);
    },
  );
});

test.each(Object.entries(SMALL))('no two states are taken for one: %s', (_, scenario) => {
  const quick = explore(scenario);
  const strict = explore(scenario, REAL, { key: (side) => JSON.stringify(side) });
  expect([quick.states, quick.transitions]).toEqual([strict.states, strict.transitions]);
});

describe('the same exploration finds what goes wrong', () => {
  test.each(MUTATIONS.map((each) => [each.without, each] as const))(
    'without %s',
    { timeout: 120_000 },
    (without, { scenario, rules }) => {
      const sound = explore(scenario);
      expect(told(sound)).toBe('');

      const { violation, states } = explore(scenario, rules);
      if (!violation) expect.fail(`${states} states without ${without}, and nothing went wrong`);
      console.log(`without ${without}: ${violation.what}, after ${violation.trace.length} steps (${states} states)`);
      expect(violation.trace.length).toBeGreaterThan(0);
    },
  );
});
