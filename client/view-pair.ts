import { WorkflowNotFoundError } from '@temporalio/client';
import type { PairStatus } from '../model/status.ts';
import type { PairView, RunView } from './render/pair.ts';
import type { Session } from './session.ts';
import { isPassing } from './translate.ts';

/** What `pair` tells; if it does not run or does not answer, what the sites tell when they are asked just now. */
export async function viewPair({ understudy, config }: Pick<Session, 'understudy' | 'config'>): Promise<PairView> {
  const [{ status, source }, runs] = await Promise.all([
    fromPair(understudy).then(async (status) =>
      status === null
        ? { status: await understudy.inspect('sites'), source: 'sites' as const }
        : { status, source: 'pair' as const },
    ),
    viewRuns(understudy),
  ]);
  return { status, source, runs, targets: config.targets };
}

/** Null when it does not run, does not answer, or has not looked yet. */
async function fromPair(understudy: Session['understudy']): Promise<PairStatus | null> {
  try {
    return await understudy.status();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isPassing(error)) return null;
    throw error;
  }
}

async function viewRuns(understudy: Session['understudy']): Promise<readonly RunView[]> {
  const runs = await understudy.runs();
  return Promise.all(
    runs.map(async ({ id }) => {
      const status = await understudy
        .run(id)
        .status()
        .catch(() => undefined);
      return status === undefined ? { id } : { id, status };
    }),
  );
}
