import { parseArgs } from 'node:util';
import { createSimulator, DEFAULT_BUILD } from './simulator.ts';

const USAGE = `Usage: main --site NAME --state DIR [--port N] [--build ${DEFAULT_BUILD}] [--name LABEL] [--settings FILE] [--ledger FILE]

Runs one machine with a simulated FME Flow. Prints {"url":…,"pid":…} when it serves.`;

function number(value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d+$/.test(value)) throw new Error(`"${value}" is not a number.\n${USAGE}`);
  return Number(value);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      site: { type: 'string' },
      state: { type: 'string' },
      port: { type: 'string' },
      build: { type: 'string' },
      name: { type: 'string' },
      settings: { type: 'string' },
      ledger: { type: 'string' },
    },
  });
  if (values.site === undefined || values.state === undefined) throw new Error(USAGE);
  if (values.name !== undefined) process.title = values.name;
  const simulator = await createSimulator({
    site: values.site,
    state: values.state,
    port: number(values.port, 0),
    build: number(values.build, DEFAULT_BUILD),
    ...(values.settings === undefined ? {} : { settingsFile: values.settings }),
    ...(values.ledger === undefined ? {} : { ledger: values.ledger }),
  });
  const { url, admin, machineKey, consolePort } = simulator;
  console.log(JSON.stringify({ url, pid: process.pid, admin, machineKey, consolePort }));
  const stop = (): void => {
    simulator.close().then(
      () => process.exit(0),
      (cause: unknown) => {
        console.error(cause);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  await main();
} catch (cause) {
  console.error((cause as Error).message);
  process.exitCode = 2;
}
