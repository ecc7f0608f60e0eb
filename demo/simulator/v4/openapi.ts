import { versionOf } from '../api/version.ts';
import { json, text } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import type { Site } from '../site.ts';

/** The documents a server serves about its own v4: paths and verbs exactly as this build and these switches have them. */
export function openApiV4(site: Site, others: readonly Route[]): Route[] {
  const document = () => {
    const paths: Record<string, Record<string, unknown>> = {};
    for (const each of others) {
      if (!each.pattern.startsWith('/fmeapiv4/') || (each.when !== undefined && !each.when())) continue;
      const path = each.pattern.replace('/fmeapiv4', '').replaceAll('*}', '}');
      const operations = paths[path] ?? {};
      operations[each.method.toLowerCase()] = {
        parameters: (each.query === 'any' ? [] : each.query).map((name) => ({ name, in: 'query' })),
        responses: { default: { description: 'See the status code.' } },
      };
      paths[path] = operations;
    }
    const info = { title: 'FME Flow REST API', version: versionOf(site.build).buildString };
    return { openapi: '3.0.3', info, servers: [{ url: '/fmeapiv4' }], paths };
  };
  const at = (path: string): Route =>
    route('GET', path, { access: 'none', when: () => site.unknowns().openApi === path }, () => json(200, document()));
  return [
    route('GET', '/fmeapiv4/docs/index.html', { access: 'none' }, () => {
      const where = site.unknowns().openApi;
      const url = where === 'nowhere' ? '' : `<script>const url = "${where}"</script>`;
      return text(200, `<!doctype html><title>FME Flow REST API v4</title>${url}`, 'text/html; charset=utf-8');
    }),
    at('/fmeapiv4/openapi.json'),
    at('/fmeapiv4/docs/openapi.json'),
  ];
}
