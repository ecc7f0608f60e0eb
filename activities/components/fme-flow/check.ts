import type { Finding } from '../../../model/finding.ts';
import { requireCanary } from './canary.ts';
import { checkClock, checkInventory } from './check-content.ts';
import { checkHosts, checkToken } from './check-rights.ts';
import type { Parts } from './context.ts';
import { UNKNOWNS, type UnknownName } from './facts.ts';
import { checkHeld } from './held.ts';
import { list } from './hold.ts';
import { isOwnPackage } from './names.ts';
import type { Flow } from './probe.ts';
import { coverageOf, isPackaged } from './resources.ts';
import { hasZone, isToCome, startedAt } from './started.ts';
import { unfinishedImports } from './tasks.ts';

type Part = (parts: Parts, flow: Flow, signal: AbortSignal) => Promise<readonly Finding[]>;

const PARTS: Readonly<Record<string, Part>> = {
  health: checkHealth,
  clock: checkClock,
  inventory: checkInventory,
  licence: checkLicence,
  engines: checkEngines,
  token: checkToken,
  'service hosts': checkHosts,
  resources: checkResources,
  canary: checkCanary,
  held: checkHeld,
  smoke: checkSmoke,
  tasks: checkTasks,
  start: checkStart,
};

/** Everything that a sync and a failover need of this FME Flow, without changing anything. Each fault is one finding. */
export async function check(parts: Parts, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    const flow = await parts.probe.again(signal);
    const apis = parts.found.get('apis') ?? 'none';
    findings.push({ level: 'ok', topic: 'version', says: `${flow.version}, answers ${apis}` });
    for (const [topic, part] of Object.entries(PARTS)) {
      try {
        findings.push(...(await part(parts, flow, signal)));
      } catch (error) {
        if (signal.aborted) throw error;
        findings.push(faultOf(topic, error));
      }
    }
    findings.push(...unknowns(parts));
  } catch (error) {
    if (signal.aborted) throw error;
    findings.push(faultOf('reachability', error));
  }
  return findings.map((finding) => ({ site: parts.context.site, component: parts.context.name, ...finding }));
}

const faultOf = (topic: string, error: unknown): Finding => ({ level: 'error', topic, says: (error as Error).message });

async function checkHealth(_parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const { healthy, says } = await flow.api.system.health(signal);
  return [
    healthy
      ? { level: 'ok', topic: 'health', says }
      : { level: 'error', topic: 'health', says, todo: 'look at the log of its core' },
  ];
}

async function checkLicence(_parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const { valid, expires, engines } = await flow.api.licence.licence(signal);
  const key = await flow.api.licence.machineKey(signal);
  const says = `licence of machine ${key}: ${valid ? 'valid' : 'NOT valid'}, expires ${expires}, ${engines} engines`;
  return [
    valid
      ? { level: 'ok', topic: 'licence', says }
      : { level: 'error', topic: 'licence', says, todo: 'request it under Licensing' },
  ];
}

async function checkEngines(parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const state = await parts.services.engines.status(signal);
  findings.push(
    state.startsWithMachine
      ? {
          level: 'warning',
          topic: 'engines',
          says: 'the engines start with the machine: promise 9 is not given at boot',
          todo: 'set their service to manual; the site worker starts them at the active site',
        }
      : {
          level: 'ok',
          topic: 'engines',
          says: `engines service ${state.running ? 'runs' : 'is stopped'} and does not start with the machine`,
        },
  );
  const engines = await flow.api.engines.engines(signal);
  const queues = ((await flow.api.items.items('queues', signal))?.items ?? []).map((item) => item.name);
  if (!state.running) {
    findings.push(
      engines.length === 0
        ? { level: 'note', topic: 'queues', says: `${queues.length} queues; who serves them shows when engines run` }
        : {
            level: 'error',
            topic: 'engines',
            says: `its service is stopped, but the core has engines: ${list(engines.map((engine) => `${engine.name} on ${engine.host}`))}`,
            todo: 'stop them where they run; remote engines have a service of their own',
          },
    );
    return findings;
  }
  const unserved = queues.filter(
    (queue) => !parts.config.unservedQueues.includes(queue) && !engines.some((engine) => engine.queues.includes(queue)),
  );
  findings.push(
    unserved.length === 0
      ? { level: 'ok', topic: 'queues', says: `${engines.length} engines serve all ${queues.length} queues` }
      : {
          level: 'error',
          topic: 'queues',
          says: `no engine serves ${list(unserved)}`,
          todo: `assign one, or acknowledge it with components.${parts.context.name}.unservedQueues`,
        },
  );
  return findings;
}

async function checkResources(parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const topic = 'resources';
  const { items: resources } = await flow.api.resources.resources(signal);
  const findings = resources.map((resource): Finding => {
    const coverage = coverageOf(parts, resource);
    const name = `${resource.name} (${resource.type})`;
    if (coverage === 'package') return { level: 'ok', topic, says: `${name} is in the package` };
    if (coverage === 'own')
      return { level: 'ok', topic, says: `${name} is of this installation alone and is not protected` };
    if (coverage === 'external') return { level: 'note', topic, says: `${name} is protected elsewhere, as configured` };
    if (coverage === 'ignored') return { level: 'note', topic, says: `${name} is NOT protected, as configured` };
    if (typeof coverage === 'object')
      return { level: 'ok', topic, says: `${name} is covered by the component ${coverage.component}` };
    return {
      level: 'error',
      topic,
      says: `the files of ${name} are in no package, and nobody says who protects them`,
      todo: `declare it: components.${parts.context.name}.resources.${resource.name}: { component: NAME }, external or ignored`,
    };
  });
  const unknown = Object.keys(parts.config.resources).filter((name) => !resources.some((each) => each.name === name));
  if (unknown.length > 0)
    findings.push({
      level: 'warning',
      topic,
      says: `configured, but not at this server: ${list(unknown)}`,
      todo: 'correct the names',
    });
  const place = resources.find((resource) => resource.name === parts.config.resource);
  if (place !== undefined && isPackaged(place))
    findings.push({
      level: 'error',
      topic,
      says: `this server puts the files of ${place.name} into its packages, and our packages go through it: each would hold the ones before it`,
      todo: `name one that is not migratable, such as FME_SHAREDRESOURCE_BACKUP: components.${parts.context.name}.resource`,
    });
  if (place === undefined)
    findings.push({
      level: 'error',
      topic,
      says: `there is no shared resource ${parts.config.resource}, through which packages go`,
      todo: `name another one: components.${parts.context.name}.resource`,
    });
  const own = (await flow.api.resources.list(parts.config.resource, '', signal))?.filter((file) =>
    isOwnPackage(file.name),
  );
  if (own && own.length > 0)
    findings.push({
      level: 'note',
      topic: 'packages',
      says: `${own.length} of our packages are left over; the next cycle deletes them`,
    });
  return findings;
}

async function checkCanary(parts: Parts, _flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const topic = 'canary';
  const says = await requireCanary(parts, signal);
  if (says !== undefined) return [{ level: says.includes('readable') ? 'ok' : 'warning', topic, says }];
  return [
    {
      level: 'warning',
      topic,
      says: 'no canary connection is named: that both sites have the same encryption key is not checked',
      todo: `make a connection that holds no secret of value, and name it: components.${parts.context.name}.canary`,
    },
  ];
}

async function checkSmoke(parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const topic = 'smoke';
  const { smoke } = parts.config;
  if (smoke === undefined)
    return [
      {
        level: 'warning',
        topic,
        says: 'no smoke workspace: a promotion does not prove that a job runs',
        todo: `components.${parts.context.name}.smoke`,
      },
    ];
  const name = `${smoke.repository}/${smoke.workspace}`;
  const workspaces = await flow.api.items.items('workspaces', signal);
  if (workspaces?.items.some((item) => item.name === name) !== false)
    return [{ level: 'ok', topic, says: `smoke workspace ${name} is there` }];
  return [
    {
      level: 'warning',
      topic,
      says: `the smoke workspace ${name} is not here`,
      todo: 'publish it at the active; a sync brings it to the standby',
    },
  ];
}

async function checkTasks(parts: Parts, _flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const imports = await unfinishedImports(parts, signal);
  if (imports.length === 0) return [{ level: 'ok', topic: 'tasks', says: 'no restore or import is under way' }];
  const names = list(imports.map((task) => `${task.package ?? task.id} since ${task.started}`));
  return [
    { level: 'warning', topic: 'tasks', says: `under way: ${names}`, todo: 'let it end before a sync or failover' },
  ];
}

async function checkStart(parts: Parts, _flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const topic = 'start time';
  const since = await startedAt(parts, signal);
  const findings: Finding[] = [
    since === 'not told'
      ? {
          level: 'warning',
          topic,
          says: 'when it was started is not told: a restart during a freeze is not noticed',
          todo: 'let the status command of core or engines print "since"',
        }
      : { level: 'ok', topic, says: `started ${since} (${parts.found.get('startTime')})` },
  ];
  if (since !== 'not told' && isToCome(since))
    findings.push({
      level: 'warning',
      topic,
      says: `it says to have started at ${since}, which is still to come: until then a restore that died with its core is waited for`,
      todo: 'its machine had another time when it started: let it follow time servers, and start it anew',
    });
  if (since !== 'not told' && !hasZone(since))
    findings.push({
      level: 'warning',
      topic,
      says: `"${since}" does not say in which time zone: another zone at the next look is taken for a restart`,
      todo: 'let the status command print "since" in UTC',
    });
  if (parts.services.core === undefined)
    findings.push({
      level: 'note',
      topic: 'core',
      says: 'its core cannot be stopped from here: a restore that hangs can only be waited for',
      todo: `components.${parts.context.name}.sites.${parts.context.site}.core`,
    });
  if (!parts.context.frontDoor)
    findings.push({
      level: 'warning',
      topic: 'front door',
      says: 'clients are not shut out during a freeze',
      todo: 'configure freeze.frontDoor',
    });
  return findings;
}

function unknowns(parts: Parts): readonly Finding[] {
  return (Object.keys(UNKNOWNS) as UnknownName[]).map((name) => ({
    level: 'note',
    topic: `fact ${name}`,
    says: `${UNKNOWNS[name].question} Found: ${parts.found.get(name) ?? 'not met yet'} (${UNKNOWNS[name].probe})`,
  }));
}
