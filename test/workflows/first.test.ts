import { DefaultLogger, Runtime } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { createInstantPair } from '../../bench/instant-pair.ts';
import { timeSkippingEnvironment } from '../setup/time-skipping.ts';

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } });

test('a planned failover moves the role', async () => {
  const env = await timeSkippingEnvironment();
  const pair = await createInstantPair({
    name: 'orders',
    client: env.client,
    connection: env.nativeConnection,
    workflows: { workflowBundle: { codePath: inject('workflowBundle') } },
  });
  const workers = await pair.start();
  try {
    const run = <T>(type: string, id: string, input: object) =>
      env.client.workflow.start<(i: object) => Promise<T>>(type, {
        workflowId: id,
        taskQueue: 'understudy',
        args: [input],
      });
    console.log(await (await run('setup', 'setup', { pair: 'orders' })).result());
    pair.apps.a.items.set('one', '1');
    const sync = await run('sync', 'sync/orders', { pair: 'orders' });
    console.log(await sync.result());
    console.log('sync events', (await sync.fetchHistory()).events?.length);
    const failover = await run<any>('failover', 'failover/orders', {
      pair: 'orders',
      to: 'b',
      mode: 'planned',
      reason: 'test',
    });
    for (;;) {
      const s = await failover.query<any>('status');
      if (s.ask) {
        console.log(s.ask.title, s.ask.choices);
        if (!s.ask.choices.includes('approve')) console.log(s.ask);
        await failover.executeUpdate('answer', {
          args: [
            {
              ask: s.ask.id,
              choice: s.ask.choices.includes('approve') ? 'approve' : 'give-back',
              who: 'Ada',
              why: 'test',
            },
          ],
        });
      }
      if ((await failover.describe()).status.name !== 'RUNNING') break;
      await new Promise((r) => setTimeout(r, 200));
    }
    const result = await failover.result();
    console.log(JSON.stringify(result, null, 1));
    console.log('failover events', (await failover.fetchHistory()).events?.length);
    expect(result.outcome).toBe('committed');
    expect([...pair.apps.b.enabled]).toEqual(['hourly', 'nightly']);
    expect(pair.door.leadsTo).toBe('b');
  } finally {
    await workers.stop();
    await pair.remove();
    await env.teardown();
  }
}, 60_000);
