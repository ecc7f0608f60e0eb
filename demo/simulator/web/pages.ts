import { z } from 'zod';
import { createToken } from '../api/accounts.ts';
import { versionOf } from '../api/version.ts';
import { byPassword } from '../http/auth.ts';
import { readForm } from '../http/body.ts';
import { HttpError, json, type Reply, text } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import type { Site } from '../site.ts';

const UNITS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 };

const tokenForm = z.strictObject({
  user: z.string().min(1),
  password: z.string(),
  expiration: z.string().regex(/^\d+$/).default('1'),
  timeunit: z.enum(['second', 'minute', 'hour', 'day']).default('hour'),
});

function htmlText(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** The page a browser sees; its host name is a fact that no restore carries over. */
function page(site: Site): Reply {
  const { buildString } = versionOf(site.build);
  const host = htmlText(site.hostName());
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${buildString}</title>
<meta name="fme-host" content="${host}"></head>
<body><h1>${buildString.split(' - ')[0]}</h1><p>Site ${htmlText(site.name)} on ${host}</p>
<form method="post" action="/fmetoken/service/generate"><label>User <input name="user"></label>
<label>Password <input name="password" type="password"></label><button>Log in</button></form></body></html>
`;
  return text(200, html, 'text/html; charset=utf-8');
}

/** What is served outside of the two API versions: version, web page and the token service of the command line kind. */
export function webRoutes(site: Site): Route[] {
  const open = { access: 'none' } as const;
  let tokens = 0;
  const generate = async (raw: Parameters<typeof readForm>[0]): Promise<{ token: string; expiration: string }> => {
    const form = await readForm(raw, tokenForm);
    const caller = byPassword(site, form.user, form.password);
    if (caller === undefined) throw new HttpError(401, 'Authentication failed.');
    tokens += 1;
    const seconds = Number(form.expiration) * (UNITS[form.timeunit] ?? 1);
    return createToken(site, caller, {
      name: `generated-${site.now().getTime()}-${tokens}`,
      user: caller.name,
      description: '',
      enabled: true,
      restricted: false,
      seconds: Math.max(1, seconds),
    });
  };
  return [
    route('GET', '/fmeinfo/version', { ...open, when: () => site.unknowns().versionNeedsLogin === 'no' }, () =>
      json(200, versionOf(site.build)),
    ),
    route('GET', '/fmeinfo/version', { when: () => site.unknowns().versionNeedsLogin === 'yes' }, () =>
      json(200, versionOf(site.build)),
    ),
    route('GET', '/fmeserver', open, () => page(site)),
    route('GET', '/fmeserver/', open, () => page(site)),
    route('GET', '/fmeflow', { ...open, when: () => site.build >= 23300 }, () => page(site)),
    route('GET', '/fmeflow/', { ...open, when: () => site.build >= 23300 }, () => page(site)),
    route('POST', '/fmetoken/service/generate', { ...open, consumes: 'form' }, async ({ raw }) =>
      text(200, (await generate(raw)).token),
    ),
    route('POST', '/fmetoken/generate.json', { ...open, consumes: 'form' }, async ({ raw }) => {
      const { token, expiration } = await generate(raw);
      return json(200, { serviceResponse: { token, expiration } });
    }),
  ];
}
