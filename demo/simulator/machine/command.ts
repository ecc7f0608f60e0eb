import {
  readMachineFile,
  readStartModes,
  type ServiceName,
  type ServiceStatus,
  type Verb,
  writeStartModes,
} from './service-file.ts';

/** The machine answers, but not as asked: a service did not start, or it hangs. */
export class ServiceFailed extends Error {
  override name = 'ServiceFailed';
}

/** Time the machine has to do what it was told, in milliseconds. */
const PATIENCE = 30_000;

/**
 * Does to a service what its machine's service manager would do. With the machine's process dead everything is stopped:
 * `status`, `stop`, `enable` and `disable` work, `start` fails, since nothing runs on a machine that is off.
 */
export async function commandService(folder: string, verb: Verb, service: ServiceName): Promise<ServiceStatus> {
  const live = await askMachine(folder, verb, service);
  if (live !== undefined) return live;
  const modes = readStartModes(folder, false);
  if (verb === 'start') throw new ServiceFailed(`The machine is off: ${service} cannot be started.`);
  if (verb === 'enable' || verb === 'disable') {
    modes[service] = verb === 'enable';
    writeStartModes(folder, modes);
  }
  return { service, state: 'stopped', running: false, startsWithMachine: modes[service] };
}

/** Asks the running machine; `undefined` when there is none. */
async function askMachine(folder: string, verb: Verb, service: ServiceName): Promise<ServiceStatus | undefined> {
  const machine = readMachineFile(folder);
  if (machine === undefined) return undefined;
  let response: Response;
  try {
    response = await fetch(`${machine.admin}/services/${service}/${verb}`, {
      method: 'POST',
      headers: { 'x-boot-id': machine.bootId },
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (cause) {
    const code = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return undefined;
    throw new ServiceFailed(`The machine does not answer: ${(cause as Error).message}`, { cause });
  }
  // Another process took the port of a machine that is off.
  if (response.status === 410) return undefined;
  const body = (await response.json()) as ServiceStatus & { message?: string };
  if (!response.ok) throw new ServiceFailed(body.message ?? `${service} did not ${verb}.`);
  return body;
}
