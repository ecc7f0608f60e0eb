import { expect, it } from 'vitest';
import { linkTo, timeline } from '../../demo/timeline.ts';

it('each row of the timeline links to its own run, also where two runs share a workflow id', () => {
  const link = (run: string): string => linkTo('http://127.0.0.1:8233', 'default', 'sync/orders', run);
  const row = { what: 'sync', rpo: '', rto: 'proven in 2s' };
  const lines = timeline([
    { ...row, link: link('run-1') },
    { ...row, what: 'sync back', rto: '3s', link: link('run-2') },
  ]);
  expect(lines).toEqual([
    'sync         proven in 2s  http://127.0.0.1:8233/namespaces/default/workflows/sync%2Forders/run-1/history',
    'sync back    3s            http://127.0.0.1:8233/namespaces/default/workflows/sync%2Forders/run-2/history',
  ]);
});
