import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, type Projection } from '../../model/inventory.ts';

describe('comparing what the source held with what the target holds', () => {
  const source = { workspaces: { a: '1', b: '2' }, schedules: { s: '1' } };

  test('each item is equal, an expected difference by a named rule, or a mismatch', () => {
    const target = { workspaces: { a: '1', b: '9' }, schedules: { s: '1' }, users: { admin: '7' } };
    const rules = [{ rule: 'target-keeps-its-users', kind: 'users', difference: 'extra' }] as const;
    const found = compare(source, target, rules);
    expect(found.equal).toBe(2);
    expect(found.expected).toEqual([
      { kind: 'users', name: 'admin', difference: 'extra', rule: 'target-keeps-its-users' },
    ]);
    expect(found.mismatches).toEqual([{ kind: 'workspaces', name: 'b', difference: 'different' }]);
  });

  test('an item that is missing, changed or extra is told apart, and a rule speaks of one of these only', () => {
    const rules = [{ rule: 'extras-stay', kind: '*', difference: 'extra' }] as const;
    const { mismatches, expected } = compare({ k: { gone: '1' } }, { k: { more: '1' } }, rules);
    expect(mismatches).toEqual([{ kind: 'k', name: 'gone', difference: 'missing' }]);
    expect(expected).toHaveLength(1);
  });

  test('a list that is known to be incomplete is a mismatch that no rule expects', () => {
    const rules = [{ rule: 'anything', kind: '*', difference: 'different' }] as const;
    for (const [a, b] of [
      [{ k: null }, { k: {} }],
      [{ k: {} }, { k: null }],
      [{ k: null }, { k: null }],
    ] as const)
      expect(compare(a, b, rules).mismatches).toHaveLength(1);
  });

  test('names that every object has are names like others', () => {
    expect(compare({ k: { toString: '1' } }, { k: {} }, []).mismatches).toHaveLength(1);
    expect(compare({ k: {} }, { k: { constructor: '1' } }, []).mismatches).toHaveLength(1);
  });

  test('two projections agree exactly when they are the same', () => {
    const projection: fc.Arbitrary<Projection> = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('1', '2')),
    );
    const plain = (p: Projection) =>
      Object.entries(p)
        .flatMap(([kind, items]) => Object.entries(items ?? {}).map(([n, d]) => `${kind}/${n}/${d}`))
        .sort();
    fc.assert(
      fc.property(projection, projection, (a, b) => {
        const { equal, mismatches } = compare(a, b, []);
        const same = plain(a).join() === plain(b).join();
        expect(mismatches.length === 0).toBe(same);
        expect(equal).toBe(plain(a).filter((item) => plain(b).includes(item)).length);
      }),
    );
  });
});
