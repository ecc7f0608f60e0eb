export { failover } from '../../../workflows/failover.ts';
