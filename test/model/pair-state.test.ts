import { describe, expect, test } from 'vitest';
import { type Circumstances, type SiteSays, stateOfPair } from '../../model/pair-state.ts';
import type { SiteRecord } from '../../model/record.ts';
import { claim, site } from './states.ts';

const MINUTE = 60_000;
const idle = { ...claim, kind: 'sync', closed: true } as const;
const says = (record: SiteRecord | null, more: Partial<SiteSays> = {}): SiteSays => ({
  site: record?.site ?? '?',
  answers: true,
  record,
  held: false,
  ...more,
});
const active = (record: Partial<SiteRecord> = {}, more: Partial<SiteSays> = {}) =>
  says(site('A', 'active', { claim: idle, ...record }).record, more);
const standby = (record: Partial<SiteRecord> = {}, more: Partial<SiteSays> = {}) =>
  says(site('B', 'standby', { claim: idle, content: { point: 'e3.s8', state: 'proven' }, ...record }).record, more);
const silent = says(null, { answers: false });
const unreadable = says(null);

const state = (a: SiteSays, b: SiteSays, more: Partial<Circumstances> = {}) =>
  stateOfPair([a, b], { running: [], pointAge: 5 * MINUTE, rpo: 15 * MINUTE, ...more });
const runs = { running: ['failover/p'] };
const heldBy = (kind: typeof claim.kind) => ({ claim: { ...claim, operation: 'failover/p/run', kind } });

describe('the state of a pair', () => {
  test('PROTECTED: one active, and a standby that holds a proven point that is young enough', () => {
    expect(state(active(), standby())).toBe('PROTECTED');
    expect(state(standby(), active())).toBe('PROTECTED');
  });

  test('PROTECTED: also by the own content of a standby that was just demoted', () => {
    expect(state(active(), standby({ content: { point: 'e3.s8', state: 'own' } }))).toBe('PROTECTED');
  });

  test('AT RISK: the point is too old, the content is on its way, or the standby does not answer', () => {
    expect(state(active(), standby(), { pointAge: 16 * MINUTE })).toBe('AT RISK');
    expect(state(active(), standby({ content: { point: 'e3.s9', state: 'writing' } }))).toBe('AT RISK');
    expect(state(active(), standby({ content: { point: 'e3.s9', state: 'restored' } }))).toBe('AT RISK');
    expect(state(active(), silent)).toBe('AT RISK');
  });

  test('AT RISK: clients are led to another site; what is worse comes first', () => {
    const astray = { astray: true };
    expect(state(active(), standby(), astray)).toBe('AT RISK');
    expect(state(active(heldBy('sync')), standby(heldBy('sync')), { ...astray, ...runs })).toBe('AT RISK');
    expect(state(active(), standby(), { ...astray, pointAge: null })).toBe('UNPROTECTED');
    expect(state(active({}, { held: true }), standby(), astray)).toBe('HELD');
    expect(state(active(heldBy('failover')), standby(heldBy('failover')), { ...astray, ...runs })).toBe('FAILING OVER');
  });

  test('UNPROTECTED: there is no point, or no standby that holds one', () => {
    expect(state(active(), standby(), { pointAge: null })).toBe('UNPROTECTED');
    expect(state(active(), standby({ content: { point: null, state: 'none' } }))).toBe('UNPROTECTED');
    expect(state(active(), says(site('B', 'outdated', { claim: idle }).record))).toBe('UNPROTECTED');
    expect(state(active(), silent, { pointAge: 16 * MINUTE })).toBe('UNPROTECTED');
  });

  test('FAILING OVER: a run that is at work holds a site, whatever else is wrong meanwhile', () => {
    expect(state(active(heldBy('failover')), standby(heldBy('failover')), runs)).toBe('FAILING OVER');
    expect(state(standby(heldBy('give-back')), standby(heldBy('give-back')), runs)).toBe('FAILING OVER');
    expect(state(silent, standby(heldBy('failover')), runs)).toBe('FAILING OVER');
    const dead = active({ claim: { ...claim, operation: 'failover/old/run' } });
    expect(state(dead, standby(heldBy('failover')), runs)).toBe('FAILING OVER');
  });

  test('INTERRUPTED: an open claim whose run is gone, or a role between two', () => {
    expect(state(active(heldBy('failover')), standby())).toBe('INTERRUPTED');
    expect(state(active(), standby(heldBy('reprotect')))).toBe('INTERRUPTED');
    expect(state(says(site('A', 'promoting', { claim: idle }).record), standby())).toBe('INTERRUPTED');
    expect(state(says(site('A', 'demoting', { claim: idle }).record), standby())).toBe('INTERRUPTED');
  });

  test('no interruption: a sync whose run is gone, which the next one takes over', () => {
    expect(state(active(heldBy('sync')), standby(heldBy('sync')))).toBe('PROTECTED');
  });

  test('HELD: what acts by itself at the active site was not released', () => {
    expect(state(active({}, { held: true }), standby())).toBe('HELD');
  });

  test('PAUSED: a person stopped syncs', () => {
    expect(state(active({ paused: { who: 'Ada', why: 'upgrade' } }), standby())).toBe('PAUSED');
  });

  test('NO ACTIVE: both sites answer and neither has the role; worse than the interruption that led there', () => {
    expect(state(standby(), standby())).toBe('NO ACTIVE');
    expect(state(standby(heldBy('failover')), standby(heldBy('failover')))).toBe('NO ACTIVE');
    expect(state(standby(), says(site('B', 'outdated', { claim: idle }).record))).toBe('NO ACTIVE');
  });

  test('CONFLICT: two acting records', () => {
    expect(state(active(), says(site('B', 'promoting', { claim: idle }).record))).toBe('CONFLICT');
    expect(state(active(heldBy('failover')), says(site('B', 'active').record), runs)).toBe('CONFLICT');
  });

  test('UNKNOWN: a site answers and has no readable record, or the one that does not answer may be the active', () => {
    expect(state(active(), unreadable)).toBe('UNKNOWN');
    expect(state(unreadable, unreadable)).toBe('UNKNOWN');
    expect(state(silent, standby())).toBe('UNKNOWN');
    expect(state(silent, silent)).toBe('UNKNOWN');
  });
});
