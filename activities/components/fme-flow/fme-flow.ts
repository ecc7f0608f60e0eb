import type { Component, Observation } from '../component.ts';
import { check } from './check.ts';
import { clean } from './clean.ts';
import { type FmeFlowContext, LIMITS, type Parts, siteSettings } from './context.ts';
import { removeExtras } from './deletions.ts';
import { EXPECTED, notPromised } from './expected.ts';
import { createFound } from './facts.ts';
import { proveClosed } from './front-door.ts';
import { holdOrRefuse, readEnabled } from './hold.ts';
import { createHttp } from './http.ts';
import { readInventory } from './inventory.ts';
import { cancel, drain } from './jobs.ts';
import { backup } from './package.ts';
import { createProbe } from './probe.ts';
import { ensureCore, quiet, stopCore, stopEngines } from './quiet.ts';
import { release } from './release.ts';
import { restore } from './restore.ts';
import { resubmit } from './resubmit.ts';
import { createServices } from './services.ts';
import { stage, start } from './start.ts';
import { startedAt } from './started.ts';
import { unfinishedImports } from './tasks.ts';
import { serverTimeZone } from './time-zone.ts';

const IDENTIFY = 60_000;

/** One FME Flow (or FME Server) at one site. Its identity is the machine key of its licence, which no restore carries over. */
export function createFmeFlow(context: FmeFlowContext): Component {
  const parts = createParts(context);
  const { probe, services } = parts;
  const identify = async (signal: AbortSignal): Promise<string> =>
    (await parts.flow(signal)).api.licence.machineKey(signal);

  return {
    kind: 'fme-flow',
    expected: EXPECTED,
    notPromised: notPromised(context),

    identify: () => identify(AbortSignal.timeout(IDENTIFY)),
    async observe(signal) {
      const flow = await probe.again(signal);
      const { api, version } = flow;
      const timeZone = await serverTimeZone(parts, flow, signal);
      const tasks = await unfinishedImports(parts, signal);
      const { running, startsWithMachine } = await services.engines.status(signal);
      return {
        identity: await identify(signal),
        version,
        started: await startedAt(parts, signal),
        ...(timeZone === undefined ? {} : { timeZone }),
        health: await api.system.health(signal),
        executing: { running, startsWithMachine },
        tasks: tasks.map((task) => ({ name: task.package ?? `task ${task.id}`, since: task.started })),
      } satisfies Observation;
    },
    inventory: (signal) => readInventory(parts, signal),

    backup: (work) => backup(parts, work),
    restore: (work, input) => restore(parts, work, input),
    removeExtras: (work, source) => removeExtras(parts, work, source),

    enabled: (signal) => readEnabled(parts, signal),
    hold: async (work) => void (await holdOrRefuse(parts, work.signal)),
    release: (work, set) => release(parts, set, work.signal),

    drain: (signal) => drain(parts, signal),
    cancel: (work, jobs) => cancel(parts, work, jobs),
    resubmit: (work, job) => resubmit(parts, work, job),
    async proveFrozen(work) {
      // Without a front door nobody refuses clients; plan and approvals say so instead.
      if (context.frontDoor) await proveClosed(parts, work.signal);
    },

    quiet: (work) => quiet(parts, work),
    stopExecuting: (work) => stopEngines(parts, work),
    stage: (work) => stage(parts, work),
    start: (work, how) => start(parts, work, how?.backlog ?? 'cancel'),
    ...(services.core
      ? { stopCore: (work) => stopCore(parts, work), startCore: (work) => ensureCore(parts, work.signal) }
      : {}),
    clean: (work) => clean(parts, work),

    check: (signal) => check(parts, signal),
  };
}

/** What the parts of this component share at one site; also for client checks that run a job there. */
export function createParts(context: FmeFlowContext): Parts {
  const settings = siteSettings(context);
  const limits = { ...LIMITS, ...context.limits };
  const found = createFound();
  const http = createHttp({
    url: settings.url,
    token: () => context.resolve(settings.token),
    limit: limits.request,
  });
  const probe = createProbe(http, found);
  return {
    context,
    config: context.config,
    settings,
    limits,
    http,
    probe,
    found,
    services: context.services ?? createServices(context, settings),
    flow: (signal) => probe.flow(signal),
  };
}
