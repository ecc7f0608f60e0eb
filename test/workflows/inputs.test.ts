import { describe, expect, test } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const TYPES = 'failover, inspect, pair, setup and sync';
const FAILOVER = '{"pair": "orders", "to": "dc2", "mode": "planned", "reason": "maintenance of dc1"}';
const OWN = '{"pair": "orders", "to": "b", "mode": "planned", "reason": "maintenance"}';
const RIGHT = { pair: 'orders', to: 'b', mode: 'planned', reason: 'maintenance' };

const WRONG: readonly (readonly [type: string, input: unknown, message: string])[] = [
  ['sync', undefined, 'the input is one JSON object; a right one: {"pair": "orders"}'],
  ['sync', 'orders', 'the input is one JSON object; a right one: {"pair": "orders"}'],
  ['sync', {}, '"pair" is missing or not a text; a right one: {"pair": "orders"}'],
  ['sync', { pair: 'orders', from: 'a' }, 'unknown "from"; a right one: {"pair": "orders"}'],
  [
    'sync',
    { pair: 'other' },
    'this control worker knows the pair "orders", not "other"; a right input has "pair": "orders"',
  ],
  ['pair', null, 'the input is one JSON object; a right one: {"pair": "orders"}'],
  ['pair', [{ pair: 'orders' }], 'the input is one JSON object; a right one: {"pair": "orders"}'],
  ['pair', { pair: 7 }, '"pair" is missing or not a text; a right one: {"pair": "orders"}'],
  ['pair', { pair: 'orders' }, 'the workflow id of this pair is "pair/orders", not "wrong/pair"'],
  ['setup', undefined, 'the input is one JSON object; a right one: {"pair": "orders"}'],
  [
    'setup',
    { pair: 'other' },
    'this control worker knows the pair "orders", not "other"; a right input has "pair": "orders"',
  ],
  ['failover', undefined, `the input is one JSON object; a right one: ${FAILOVER}`],
  ['failover', { ...RIGHT, mode: 'fast' }, `"mode" is "planned" or "unplanned", not "fast"; a right one: ${FAILOVER}`],
  ['failover', { ...RIGHT, reason: '' }, `"reason" is missing or not a text; a right one: ${FAILOVER}`],
  ['failover', { ...RIGHT, force: true }, `unknown "force"; a right one: ${FAILOVER}`],
  [
    'failover',
    { ...RIGHT, mode: 'unplanned', point: 'newest' },
    `"point" is the id of a recovery point such as "e1.s7", not "newest"; a right one: ${FAILOVER}`,
  ],
  ['failover', { ...RIGHT, to: 'c' }, `"to" is one of a, b, not "c"; a right one: ${OWN}`],
  [
    'failover',
    { ...RIGHT, point: 'e1.s1' },
    `"point" is for mode "unplanned": a planned failover takes a new recovery point; a right one: ${OWN}`,
  ],
  [
    'inspect',
    undefined,
    'the input is for example {"pair": "orders", "what": "check"}; "what" is check, sites or points',
  ],
  [
    'inspect',
    { pair: 'orders', what: 'check', deep: true },
    'the input is for example {"pair": "orders", "what": "check"}; "what" is check, sites or points',
  ],
  [
    'inspect',
    { pair: 'orders', what: 'all' },
    'the input is for example {"pair": "orders", "what": "check"}; "what" is check, sites or points',
  ],
];

describe('A wrong input fails at once, with a message that shows a right one', () => {
  test.each(WRONG)('%s %j', async (type, input, message) => {
    const scene = await stage.scene();
    const run = await scene.run(type, `wrong/${type}`, input);
    expect(await run.failure()).toEqual({ type: 'InvalidInput', message });
    expect(scene.called.filter((name) => name !== 'control.loadPlan')).toEqual([]);
  });
});

describe('A workflow type that is none', () => {
  test.each(['Sync', 'default', 'failback'])('fails at once, and names the types: %s', async (type) => {
    const scene = await stage.scene();
    const run = await scene.run(type, `wrong/${type}`, { pair: 'orders' });
    expect(await run.failure()).toEqual({
      type: 'InvalidInput',
      message: `"${type}" is no workflow type here; the types are ${TYPES}, for example sync with the input {"pair": "orders"}`,
    });
    expect(scene.called).toEqual([]);
  });

  test('names all that there are', () => {
    expect(Object.keys(workflows).filter((name) => name !== 'default')).toEqual(TYPES.split(/, | and /));
  });
});
