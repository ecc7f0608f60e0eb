import type { Step } from '../../../workflows/runbook/context.ts';
import { RUNBOOK } from '../../../workflows/runbook/steps.ts';

const steps = RUNBOOK as Step[];
const at = steps.findIndex(({ id }) => id === 'stage');
steps.splice(at, 2, steps[at + 1] as Step, steps[at] as Step);

export { failover } from '../../../workflows/failover.ts';
