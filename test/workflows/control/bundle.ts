import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** The workflows `failover` as they are, or with two steps of the runbook swapped: a control of the replay. */
export async function bundleWorkflows(variant: 'same' | 'swapped'): Promise<string> {
  const workflowsPath = join(import.meta.dirname, `${variant}.ts`);
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  return code;
}
