import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createCurtain } from '../../demo/curtain.ts';
import { createJudge } from '../../demo/judge.ts';

function rig(holds: boolean) {
  const signals = new EventEmitter();
  const did: string[] = [];
  const judge = createJudge();
  judge.must('the planned failover is committed', holds);
  const curtain = createCurtain({
    signals,
    takeDown: async () => void did.push('taken down'),
    exit: (code) => void did.push(`exit ${code}`),
    say: (line) => void did.push(...line.trim().split('\n')),
  });
  return { signals, did, judge, curtain };
}

describe('a demo whose scene is kept up', () => {
  it.each([
    [true, 0, '✔'],
    [false, 1, '✖'],
  ])('is judged before it waits, and Ctrl-C takes it down and ends as judged (%s)', async (holds, code, mark) => {
    const { signals, did, judge, curtain } = rig(holds);
    const ended = curtain.fall(judge, 'Everything stays up until Ctrl-C.');
    await new Promise(setImmediate);
    const judged = ['Judgement', `${mark} the planned failover is committed`, 'Everything stays up until Ctrl-C.'];
    expect(did.map((line) => line.trim())).toEqual(judged);
    signals.emit('SIGINT');
    expect(await ended).toBe(code);
    expect(did.slice(judged.length)).toEqual(['SIGINT: the scene is taken down', 'taken down']);
  });
});

describe('a demo whose scene is not kept', () => {
  it('is taken down once it is judged', async () => {
    const { did, judge, curtain } = rig(true);
    expect(await curtain.fall(judge, undefined)).toBe(0);
    expect(did.at(-1)).toBe('taken down');
  });

  it('is taken down by Ctrl-C in the middle of the play, which ends with 130', async () => {
    const { signals, did } = rig(true);
    signals.emit('SIGINT');
    await new Promise(setImmediate);
    expect(did).toEqual(['SIGINT: the scene is taken down', 'taken down', 'exit 130']);
  });
});
