import type { RedirectConfig } from '../../model/config.ts';
import type { Finding } from '../../model/finding.ts';
import { leadsTo } from './leads-to.ts';
import type { LeadsTo, Redirect } from './redirect.ts';

/** What every redirect is made from. */
export interface RedirectParts {
  readonly pair: string;
  /** The two sites by name. */
  readonly sites: readonly string[];
}

/** What a redirect's program or webhook is asked. `to` and `site` are the same; `from` is the other site. */
export type RedirectRequest = Readonly<Record<'verb' | 'pair' | 'redirect', string>> &
  Readonly<Partial<Record<'to' | 'from' | 'site', string>>>;

/** How one kind of redirect acts and looks; `read` is absent where it cannot be read back. */
export interface Means {
  move(request: RedirectRequest, signal: AbortSignal): Promise<void>;
  read?(request: RedirectRequest, signal: AbortSignal): Promise<string>;
  check(): Promise<readonly Finding[]>;
}

/** What redirects by a program and by a webhook have in common: they look before they act, and act only if needed. */
export function redirectBy(
  config: Pick<RedirectConfig, 'kind' | 'name'>,
  parts: RedirectParts,
  means: Means,
): Redirect {
  const request = { pair: parts.pair, redirect: config.name };
  const read = async (signal: AbortSignal): Promise<LeadsTo> =>
    means.read ? leadsTo(await means.read({ verb: 'read', ...request }, signal), parts.sites) : 'unknown';
  return {
    kind: config.kind,
    name: config.name,
    readsBack: means.read !== undefined,
    read,
    async move(signal, to) {
      if ((await read(signal)) === to) return 'moved';
      const from = parts.sites.find((site) => site !== to) ?? '';
      await means.move({ verb: 'move', ...request, to, from, site: to }, signal);
      return 'moved';
    },
    async check(signal) {
      const findings = await means.check();
      if (findings.some(({ level }) => level === 'error')) return findings;
      return [...findings, await readBack(signal)];
    },
  };

  async function readBack(signal: AbortSignal): Promise<Finding> {
    const topic = `redirect ${config.name}`;
    if (!means.read)
      return {
        level: 'note',
        topic,
        says: 'It cannot be read back: only the client checks tell whether clients were moved.',
        todo: 'Configure read, if there is a way to ask where clients are led to.',
      };
    try {
      const found = await read(signal);
      return found === 'unknown'
        ? {
            level: 'error',
            topic,
            says: 'What it reads back names no site: no failover could tell whether it moved.',
            todo: `Let read answer {"leadsTo": "${parts.sites[0]}"}, or just ${parts.sites[0]}.`,
          }
        : { level: 'ok', topic, says: `Clients are led to ${found}.` };
    } catch (error) {
      signal.throwIfAborted();
      return { level: 'error', topic, says: (error as Error).message, todo: 'Correct its read.' };
    }
  }
}
