import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PAIR, type SiteName } from '../../demo/scene-config.ts';
import type { FailoverResult, RunStatus } from '../../model/status.ts';
import { ensureTemporalCli } from '../../tools/programs.ts';
import type { Stage } from '../kills/stage.ts';
import { until } from '../kills/until.ts';

/** What a person does in the Temporal UI, by the CLI of Temporal: a type, a queue, one JSON object. */
export interface Console {
  start(type: string, id: string, input: object): Promise<void>;
  query<T>(id: string, name: string): Promise<T>;
  signal(id: string, name: string, input: object): Promise<void>;
  update(id: string, name: string, input: object): Promise<void>;
  /** How it ended: its result, or the message it failed with. */
  result(id: string): Promise<{ readonly status: string; readonly result?: unknown; readonly failure?: string }>;
}

export function consoleOf(address: string): Console {
  const temporal = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(await ensureTemporalCli(), [...args, '--address', address]);
    return stdout;
  };
  const input = (value: object): string[] => ['--input', JSON.stringify(value)];
  return {
    async start(type, id, value) {
      const what = ['--type', type, '--task-queue', 'understudy', '--workflow-id', id];
      await temporal('workflow', 'start', ...what, ...input(value));
    },
    async query(id, name) {
      const answer = JSON.parse(await temporal('workflow', 'query', '--workflow-id', id, '--name', name, '-o', 'json'));
      return (answer.queryResult?.[0] ?? answer.query_result?.[0]) as never;
    },
    async signal(id, name, value) {
      await temporal('workflow', 'signal', '--workflow-id', id, '--name', name, ...input(value));
    },
    async update(id, name, value) {
      await temporal('workflow', 'update', 'execute', '--workflow-id', id, '--name', name, ...input(value));
    },
    async result(id) {
      const text = await temporal('workflow', 'result', '--workflow-id', id, '-o', 'json').catch(
        (error: { stdout: string }) => error.stdout,
      );
      const { status, result, closeEvent } = JSON.parse(text);
      const failure: string | undefined = closeEvent?.workflowExecutionFailedEventAttributes?.failure?.message;
      return { status, result, ...(failure === undefined ? {} : { failure }) };
    },
  };
}

/** A planned failover that nobody but the console takes part in: the first answer as a signal, the second as an update. */
export async function failoverByConsole(stage: Stage, to: SiteName): Promise<FailoverResult> {
  const console = consoleOf(stage.scene.temporal.address);
  const id = `failover/${PAIR}/by-hand`;
  await console.start('failover', id, { pair: PAIR, to, mode: 'planned', reason: 'maintenance is over' });
  for (const [step, how] of [
    ['start', console.signal],
    ['cutover', console.update],
  ] as const) {
    const ask = await until(`question of ${step}`, async () => {
      const status = await console.query<RunStatus>(id, 'status').catch(() => undefined);
      return status?.ask?.step === step ? status.ask : undefined;
    });
    await how(id, 'answer', { ask: ask.id, choice: 'approve', who: 'Ada', why: 'as planned' });
  }
  const { result } = await console.result(id);
  return result as FailoverResult;
}
