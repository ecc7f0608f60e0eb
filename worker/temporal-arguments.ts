import { SEARCH_ATTRIBUTES } from '../model/names.ts';

export interface TemporalPorts {
  readonly port: number;
  readonly uiPort: number;
}

/**
 * Arguments of `temporal` for the embedded server: loopback only, its state in one database file, and the search
 * attributes registered from the start.
 */
export function temporalArguments(database: string, namespace: string, { port, uiPort }: TemporalPorts): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`],
    ...['--db-filename', database, '--log-level', 'warn'],
    ...(namespace === 'default' ? [] : ['--namespace', namespace]),
    // A server with one shard otherwise paces every activity to 100 ms: ten took 1,050 ms, and 150 ms with this.
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}
