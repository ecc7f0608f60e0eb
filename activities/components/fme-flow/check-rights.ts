import type { Finding } from '../../../model/finding.ts';
import type { Parts } from './context.ts';
import { number, type Record_, record, text, time } from './fields.ts';
import type { Flow } from './probe.ts';

const DAY = 86_400_000;
const SOON = 30 * DAY;
const VERY_SOON = 7 * DAY;

/** What the token was allowed to read, and whether it expires soon. Only reads are tried: they prove no right to change. */
export async function checkToken(parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  await flow.api.migrations.tasks(signal);
  await flow.api.licence.machineKey(signal);
  const users = await flow.api.items.items('users', signal);
  const read = ['the tasks of Backup & Restore', 'the licence', ...(users === undefined ? [] : ['the users'])];
  const rights: Finding = {
    level: 'ok',
    topic: 'token',
    says: `the token was allowed to read ${read.slice(0, -1).join(', ')} and ${read.at(-1)}; that it may change things too shows at the first sync`,
  };
  return [rights, await expiry(parts, flow, signal)];
}

async function expiry(parts: Parts, flow: Flow, signal: AbortSignal): Promise<Finding> {
  const topic = 'token expiry';
  const name = parts.settings.tokenName;
  const tokens = ((await flow.api.items.items('tokens', signal))?.items ?? []).map((item) => record(item.raw) ?? {});
  const [own] =
    name === undefined ? (tokens.length === 1 ? tokens : []) : tokens.filter((each) => text(each, 'name') === name);
  if (own === undefined)
    return {
      level: 'warning',
      topic,
      says: name === undefined ? 'which of the tokens is ours is not known' : `there is no token named "${name}"`,
      todo: `name it: components.${parts.context.name}.sites.${parts.context.site}.tokenName`,
    };
  return expiryOf(own, Date.now());
}

/** What a token's record in either version tells of its end. A field that is absent or cannot be read tells nothing. */
export function expiryOf(token: Record_, now: number): Finding {
  const topic = 'token expiry';
  const name = text(token, 'name');
  const until = time(token, 'expirationDate', 'expiration');
  // Servers write the year 1 for no date.
  if (text(token, 'expirationDate', 'expiration')?.startsWith('0001-'))
    return { level: 'ok', topic, says: `token ${name} does not expire` };
  if (until === undefined)
    return {
      level: 'warning',
      topic,
      says: `when token ${name} expires is not told in a way that is known here`,
      todo: "look at the token in the server's web page, and note the date",
    };
  const left = Date.parse(until) - now;
  const says = `token ${name} expires ${until.slice(0, 10)}, in ${Math.floor(left / DAY)} days`;
  if (left > SOON) return { level: 'ok', topic, says };
  const seconds = number(token, 'secondsToExpiry');
  const todo = 'make a new one at this server, under another name than that of the other site, and renew the secret';
  return { level: left < VERY_SOON || seconds === 0 ? 'error' : 'warning', topic, says, todo };
}

/** The links that services hand out lead to the clients' address: a restore never changes them. */
export async function checkHosts(parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const topic = 'service hosts';
  const services = (await flow.api.items.items('services', signal))?.items;
  if (services === undefined)
    return [
      {
        level: 'note',
        topic,
        says: 'this server does not list its services: look at their host names in its web page',
      },
    ];
  const wanted = new URL(parts.context.clients).hostname;
  const wrong = services.flatMap(({ name, raw }) => {
    const host = hostOf(text(record(raw), 'url'));
    return host === undefined || host === wanted ? [] : [`${name} (${host})`];
  });
  if (wrong.length === 0) return [{ level: 'ok', topic, says: `all services hand out links to ${wanted}` }];
  return [
    {
      level: 'warning',
      topic,
      says: `services hand out links to other hosts than the clients' ${wanted}: ${wrong.join(', ')}`,
      todo: 'System Configuration, Network & Email, Services, Change All Hosts, at this site',
    },
  ];
}

function hostOf(url: string | undefined): string | undefined {
  try {
    return url === undefined ? undefined : new URL(url).hostname;
  } catch {
    return undefined;
  }
}
