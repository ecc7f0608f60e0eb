import { describe, expect, test } from 'vitest';
import { addComponents, againstAdding } from '../../model/add-components.ts';
import type { SiteRecord } from '../../model/record.ts';
import { said, site } from './states.ts';

const closed = { number: 1, operation: 'setup/first', kind: 'setup', closed: true } as const;
const active = site('A', 'active', { setup: 'first', identity: { app: 'app of A' }, claim: closed }).record;
const standby = site('B', 'standby', { setup: 'first', identity: { app: 'app of B' }, claim: closed }).record;
const ofA = { app: 'app of A', files: 'files of A' };
const ofB = { app: 'app of B', files: 'files of B' };
const atStandby = { identity: ofB, peer: active, peerIdentity: ofA };

describe('a component that is new in the configuration', () => {
  test('is added to the record, which stays as it is otherwise, at the active and at the standby', () => {
    expect(addComponents(standby, atStandby)).toEqual({ ...standby, identity: ofB });
    expect(addComponents(active, { identity: ofA, peer: standby, peerIdentity: ofB })).toEqual({
      ...active,
      identity: ofA,
    });
  });

  test('is added once: repeated it changes nothing, also when only one site has it', () => {
    const done = addComponents(standby, atStandby) as SiteRecord;
    expect(addComponents(done, atStandby)).toBe(done);
    expect(addComponents(active, { identity: ofA, peer: done, peerIdentity: ofB })).toEqual({
      ...active,
      identity: ofA,
    });
  });

  test('leaves the identity of one that the configuration has no more', () => {
    const added = addComponents(standby, { ...atStandby, identity: { files: 'files of B' } });
    expect(added).toMatchObject({ identity: ofB });
  });

  test('is not added where one that is known answers as another installation, at either site', () => {
    expect(said(addComponents(standby, { ...atStandby, identity: { ...ofB, app: 'another' } }))).toBe('Contradiction');
    expect(said(addComponents(standby, { ...atStandby, peerIdentity: { ...ofA, app: 'another' } }))).toBe(
      'Contradiction',
    );
  });

  test('is not added where it is one installation for both sites, missing at the peer, or at the clients’ address', () => {
    for (const wrong of [
      { peerIdentity: { ...ofA, files: 'files of B' } },
      { peerIdentity: { app: 'app of A' } },
      { atClientsAddress: ['files'] },
      { evidenceAgainst: 'it serves here' },
    ]) {
      expect(said(addComponents(standby, { ...atStandby, ...wrong }))).toBe('Contradiction');
    }
  });

  test('is not added while an operation has a claim at either site', () => {
    const claim = { ...closed, closed: false };
    expect(said(addComponents({ ...standby, claim }, atStandby))).toBe('Busy');
    expect(said(addComponents(standby, { ...atStandby, peer: { ...active, claim } }))).toBe('Busy');
  });

  test('is added only between an active site and its standby', () => {
    for (const role of ['demoting', 'promoting', 'outdated', 'standby'] as const)
      expect(said(addComponents(standby, { ...atStandby, peer: { ...active, role } }))).toBe('WrongRole');
    expect(said(addComponents({ ...standby, role: 'active' }, atStandby))).toBe('WrongRole');
  });

  test('is not added beside a site of another setup, or of none', () => {
    expect(said(addComponents(standby, { ...atStandby, peer: { ...active, setup: 'second' } }))).toBe('OtherSetup');
    expect(said(addComponents(standby, { ...atStandby, peer: standby }))).toBe('OtherSetup');
  });

  test('is not quieted at the standby where it runs there alone', () => {
    const at = (name: string, ...executing: string[]) => ({ site: name, executing });
    expect(againstAdding(at('A'), at('B', 'files'), ['files'])).toContain('run at B');
    expect(againstAdding(at('A', 'files'), at('B', 'files'), ['files'])).toBeUndefined();
    expect(againstAdding(at('A'), at('B', 'app'), ['files'])).toBeUndefined();
  });
});
