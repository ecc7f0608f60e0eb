import type { CheckConfig } from '../../model/config.ts';
import type { ClientCheck } from './check.ts';
import { connect } from './connect.ts';
import { good, seen } from './result.ts';

/** Whether a client gets a connection. A connection does not tell which site it leads to, and the check says so. */
export function tcpCheck(config: Extract<CheckConfig, { kind: 'tcp' }>): ClientCheck {
  const { name, host, port, timeout } = config;
  return {
    kind: 'tcp',
    name,
    run: (signal) =>
      seen(signal, async () => {
        const { address } = await connect(host, port, timeout, signal);
        return good(`connected to ${host}:${port} (${address}); which site that is cannot be told by a connection`);
      }),
  };
}
