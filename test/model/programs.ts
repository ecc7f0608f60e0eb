import type { PeerRecord } from '../../model/record.ts';
import type { Answer } from './commands.ts';
import type { Rules } from './rules.ts';
import type { Operation, Run, Step } from './runs.ts';
import { other, type Where } from './world.ts';

/** What a run does next: by people's decisions, and with each answer. */

/** Where a run may go by itself: choose its number, or what people decide. `power`: the site that a verdict switches off. */
export interface Choice {
  readonly run: Run;
  readonly power?: Where;
}

const BEFORE_DEMOTE: readonly Step[] = ['freeze', 'hold', 'backup', 'restore', 'prove', 'receipt', 'accept'];
const BEFORE_PROMOTE: readonly Step[] = [...BEFORE_DEMOTE, 'demote', 'demote-end', 'promote', 'stuck'];

export function choicesOf(rules: Rules, operation: Operation, run: Run, seen: readonly [number, number]): Choice[] {
  const { to } = operation;
  const from = other(to);
  const number = (numbers: readonly number[], towards: Where): number =>
    rules.nextClaimNumber([run.number, ...numbers], (towards + 1) as 1 | 2);
  const numbers = (towards: Where): number[] => [...new Set([number(seen, towards), number([seen[to]], towards)])];
  switch (run.at) {
    case 'begin': {
      const first = operation.kind === 'reprotect' || operation.kind === 'sync' || operation.kind === 'failover';
      return first ? [{ run: { ...run, at: 'claim-source', number: number(seen, to) } }] : [];
    }
    case 'back':
      return rules.newClaimToGiveBack
        ? [{ run: { ...run, at: 'back-claim-target', number: number(seen, from) } }]
        : [{ run: { ...run, at: 'back-claim-target' } }];
    case 'gone':
      return rules.newClaimWithoutSource || run.number === 0
        ? numbers(to).map((n) => ({ run: { ...run, at: 'gone-claim' as const, number: n } }))
        : [{ run: { ...run, at: 'gone-claim' } }];
    case 'gone-verdict':
      return operation.verdicts.map((verdict) => ({
        run: { ...run, at: 'gone-promote', verdict },
        ...(verdict === 'confirmed' ? { power: from } : {}),
      }));
    default:
  }
  if (operation.kind !== 'failover' || !BEFORE_PROMOTE.includes(run.at)) return [];
  const choices: Choice[] = [];
  if (operation.may.includes('give-back')) {
    choices.push({ run: { ...run, at: BEFORE_DEMOTE.includes(run.at) ? 'abort' : 'back', receipt: null } });
  }
  if (operation.may.includes('without-source'))
    choices.push({ run: { ...run, at: 'gone', receipt: null, peer: null } });
  return choices;
}

/** Where a run goes with an answer. The same run: it waits on. */
export function advance(operation: Operation, run: Run, answer: Answer): Run {
  if (answer.refused) return refused(operation, run, answer.refused);
  const to = (at: Step, change: Partial<Run> = {}): Run => ({ ...run, ...change, at });
  const record = answer.record ?? null;
  switch (run.at) {
    case 'claim-source':
      return record && (operation.kind === 'failover' || record.role === 'active')
        ? to('claim-target', { peer: record })
        : to('close-source');
    case 'claim-target':
      return claimed(operation, run, record);
    case 'freeze':
      return to('hold');
    case 'hold':
      return to('backup');
    case 'backup':
      return to('restore', { point: answer.point ?? null });
    case 'restore':
      return to('prove');
    case 'prove':
      return operation.kind === 'failover' ? to('receipt') : to('close-source');
    case 'receipt':
      return to('accept', { receipt: answer.receipt ?? null });
    case 'accept':
      return to('demote', { receipt: null });
    case 'demote':
      return to('demote-end');
    case 'demote-end':
      return to('promote', { peer: record });
    case 'promote':
    case 'gone-promote':
      return to('activate', { peer: null, point: null });
    case 'activate':
      return to('release', { peer: operation.kind === 'failover' && run.verdict === null ? record : null });
    case 'release':
      return run.peer ? to('hand-over') : to('end');
    case 'hand-over':
      return to('close-source', { peer: null });
    case 'close-source':
      return to('close-target');
    case 'abort':
      return to('close-source', { peer: null, point: null });
    case 'back-claim-target': {
      if (record?.role === 'promoting') return to('activate', { peer: null, point: null });
      if (record?.role === 'active') return to('release', { peer: null, point: null });
      return to('back-claim-source', { peer: record, point: null });
    }
    case 'back-claim-source':
      if (record?.role === 'active') return to('abort');
      if (record?.role === 'promoting') return to('back-activate', { peer: null });
      return record?.role === 'demoting' ? to('back-demote-end') : to('back-promote');
    case 'back-demote-end':
      return to('back-promote');
    case 'back-promote':
      return to('back-activate', { peer: null });
    case 'back-activate':
      return to('back-release');
    case 'gone-claim':
      return goneClaimed(run, record, answer.vault ?? null);
    case 'gone-restore':
      return to('gone-prove');
    case 'gone-prove':
      return to('gone-verdict');
    case 'reprotect':
      return to('backup');
    default:
      return to('end', { peer: null, point: null });
  }
}

function claimed(operation: Operation, run: Run, target: PeerRecord | null): Run {
  const source = run.peer?.role;
  const to = (at: Step, change: Partial<Run> = {}): Run => ({ ...run, peer: null, ...change, at });
  if (operation.kind === 'sync') return to(target?.role === 'standby' ? 'backup' : 'close-source');
  if (operation.kind === 'reprotect') return to(target?.role === 'outdated' ? 'reprotect' : 'close-source');
  if (target?.role === 'promoting') return to('activate');
  if (target?.role === 'active') return to('release');
  if (target?.role !== 'standby') return to('close-source');
  if (source === 'demoting') return to('demote-end');
  if (source === 'standby') return to('promote', { peer: run.peer });
  return source === 'outdated' ? to('close-source') : to('freeze');
}

function goneClaimed(run: Run, target: PeerRecord | null, vault: string | null): Run {
  const to = (at: Step, change: Partial<Run> = {}): Run => ({ ...run, peer: null, ...change, at });
  if (target?.role === 'promoting') return to('activate', { point: null });
  if (target?.role === 'active') return to('release', { point: null });
  if (target?.role !== 'standby') return to('end', { point: null });
  const { content } = target;
  if (content?.point && content.state !== 'writing') return to('gone-verdict', { point: content.point });
  return vault ? to('gone-restore', { point: vault }) : to('end', { point: null });
}

function refused(operation: Operation, run: Run, why: string): Run {
  const { at } = run;
  if (why === 'NotYet' || why === 'TasksRunning') return run;
  if (why === 'NotDone') return { ...run, at: at === 'gone-prove' ? 'gone-restore' : 'restore' };
  if (why === 'StaleClaim' || why === 'NumberTooLow' || why === 'Busy') return ended(run);
  const broken = why === 'FreezeBroken' || why === 'NoReceipt' || why === 'InventoryChanged';
  if (broken && BEFORE_PROMOTE.includes(at) && run.loops < operation.loops)
    return { ...run, at: 'freeze', loops: run.loops + 1, point: null, receipt: null };
  if (operation.kind === 'failover' && BEFORE_PROMOTE.includes(at)) return { ...run, at: 'stuck' };
  return ended(run);
}

const ended = (run: Run): Run => ({ ...run, at: 'end', point: null, receipt: null, peer: null });
