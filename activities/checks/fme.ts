import type { CheckConfig } from '../../model/config.ts';
import type { ClientCheck } from './check.ts';
import { connect } from './connect.ts';
import { type FreshAnswer, fresh } from './fresh.ts';
import { type CheckParts, fmeComponent, proveSite, tokenFor } from './parts.ts';
import { bad, good, seen } from './result.ts';

type FmeConfig = Extract<CheckConfig, { kind: 'fme' }>;

interface Client {
  readonly url: string;
  readonly token: string;
  /** Server Console's port, where one is configured. */
  readonly port: number | undefined;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Redirections of a web page on the way to its login. */
const HOPS = 5;

/** Each kind of client does what it does first in its life; resolves with what was seen, rejects with what is in its way. */
const clients: Readonly<Record<FmeConfig['client'], (client: Client) => Promise<string>>> = {
  async browser(client) {
    const { pathname } = new URL(client.url);
    // People type the host; where a server does not send them on, its web UI has a path of its own.
    const paths = pathname === '/' ? ['', '/fmeserver/', '/fmeflow/'] : [''];
    for (const path of paths) {
      const answer = await page(`${client.url}${path}`, client);
      if (answer.status === 404 && path !== paths.at(-1)) continue;
      if (answer.status !== 200) throw new Error(`the web UI answered ${answer.status}`);
      if (!/<html/i.test(answer.body)) throw new Error('what answered is no web page');
      break;
    }
    return 'the web UI is there';
  },

  /** A program: the machine key, which was read before this, is a call of the REST API with a token. */
  rest: async () => 'the REST API answers',

  /** The command line asks for the version first, at each login, and then uses its token. */
  async 'command-line'({ url, token, timeout, signal }) {
    const headers = { authorization: `fmetoken token=${token}`, accept: 'application/json' };
    const ask = (base: string) => fresh(`${base}/fmeinfo/version`, { headers, timeout, signal });
    const under = await ask(url);
    const { origin } = new URL(url);
    // The address may be that of a page, like the machine key's.
    const { status, body } = under.status === 404 && origin !== url ? await ask(origin) : under;
    if (status !== 200) throw new Error(`the version, which the command line asks for, was answered with ${status}`);
    const build = /"buildNumber"\s*:\s*(\d+)/.exec(body)?.[1];
    if (build === undefined) throw new Error('the answer to the command line holds no build number');
    return `the command line can log in (build ${build})`;
  },

  async console({ url, port, timeout, signal }) {
    if (port === undefined) throw new Error("Server Console's port is not configured");
    const { hostname } = new URL(url);
    await connect(hostname, port, timeout, signal);
    return `Server Console gets a connection to port ${port}`;
  },

  /** Webhooks of automations are called without a token: any answer of the API but an error of a proxy will do. */
  async webhook({ url, timeout, signal }) {
    const { status } = await fresh(url, { timeout, signal, method: 'OPTIONS' });
    if (status >= 500) throw new Error(`the host of the webhooks answered ${status}`);
    return 'the host of the webhooks answers';
  },
};

/** A page as a browser gets it, wherever its address redirects to on the same host. */
async function page(url: string, { timeout, signal }: Client): Promise<FreshAnswer> {
  let at = url;
  for (let hop = 0; hop <= HOPS; hop++) {
    const answer = await fresh(at, { timeout, signal, headers: { accept: 'text/html' } });
    if (answer.status < 300 || answer.status >= 400 || answer.location === undefined) return answer;
    const next = new URL(answer.location, at);
    if (next.hostname !== new URL(url).hostname)
      throw new Error(`${url} sends browsers to ${next.hostname}: the host name of its services was not changed`);
    at = next.href;
  }
  throw new Error(`${url} redirects without end`);
}

/**
 * One kind of client of an FME Flow, through the clients' address: it gets what it needs, and from the site that must answer,
 * which is told by the machine key read under the same address, or at its origin where that is a page's. The new site is
 * proved first: a page of the old one is no page.
 */
export function fmeCheck(config: FmeConfig, parts: CheckParts): ClientCheck {
  const component = fmeComponent(parts, config.name, config.component);
  return {
    kind: 'fme',
    name: config.name,
    run: (signal, expected) =>
      seen(signal, async () => {
        const token = await tokenFor(parts, config.token, component, expected.site);
        const { timeout } = config;
        // A webhook's address has a path; the API is at its root.
        const url = config.client === 'webhook' ? new URL(config.url).origin : config.url;
        const who = await proveSite({ url, token, timeout, signal }, config.component, expected);
        if (!who) return bad(`no FME Flow answers under ${url}`);
        if (!who.ok) return who;
        const port = config.port ?? component.sites[expected.site]?.console;
        const did = await clients[config.client]({ url: config.url, token, port, timeout, signal });
        return good(`${did}; ${who.saw}`);
      }),
  };
}
