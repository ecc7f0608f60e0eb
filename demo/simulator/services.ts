import { parseArgs } from 'node:util';
import { commandService } from './machine/command.ts';
import { SERVICES, type ServiceName, VERBS, type Verb } from './machine/service-file.ts';

const USAGE = `Usage: services <${VERBS.join('|')}> <${SERVICES.join('|')}> --state DIR`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { state: { type: 'string' } }, allowPositionals: true });
  const [verb, service] = positionals;
  if (
    values.state === undefined ||
    positionals.length !== 2 ||
    !VERBS.includes(verb as Verb) ||
    !SERVICES.includes(service as ServiceName)
  ) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  try {
    console.log(JSON.stringify(await commandService(values.state, verb as Verb, service as ServiceName)));
  } catch (cause) {
    console.error((cause as Error).message);
    process.exitCode = 1;
  }
}

await main();
