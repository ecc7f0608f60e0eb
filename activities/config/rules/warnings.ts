import { written } from '../../../model/duration.ts';
import { folderKey, hostAndPort } from '../addresses.ts';
import type { Problem } from '../problems.ts';
import type { Rule } from './rule.ts';

/** Not wrong, but most likely not what is wanted. */
export const warnings: readonly Rule[] = [
  ({ raw }) =>
    raw.indexes('redirects').length > 0
      ? []
      : [{ path: ['redirects'], says: 'is empty: nothing moves the clients in a failover', example: '- kind: manual' }],
  ({ raw }) =>
    raw.indexes('checks').length > 0
      ? []
      : [
          {
            path: ['checks'],
            says: 'is empty: nothing proves, as a client, that the new site answers',
            example: '- { kind: http, name: front, url: https://fme.example.com }',
          },
        ],
  ({ raw }) => {
    const tells = raw.indexes('checks').some((index) => {
      const kind = raw.text('checks', index, 'kind');
      if (kind === 'fme') return true;
      if (kind !== 'http') return false;
      const atClients = hostAndPort(raw.text('checks', index, 'url')) === hostAndPort(raw.text('clients', 'url'));
      const flow = raw.keys('components').some((name) => raw.text('components', name, 'kind') === 'fme-flow');
      return raw.text('checks', index, 'contains')?.includes('{site}') === true || (atClients && flow);
    });
    if (tells || raw.indexes('checks').length === 0) return [];
    const says = 'tell that something answers, and none of them which site it is: the old one would pass too';
    return [{ path: ['checks'], says, example: 'kind: http with contains: "served by {site}"' }];
  },
  ({ raw }) => {
    const every = raw.duration(900_000, 'schedule', 'every');
    const rpo = raw.duration(3_600_000, 'targets', 'rpo');
    if (every === undefined || rpo === undefined || every < rpo) return [];
    const example = `every: ${written(Math.max(1_000, Math.floor(rpo / 2_000) * 1_000))}`;
    return [
      { path: ['schedule', 'every'], says: 'is not shorter than targets.rpo, which cannot be kept then', example },
    ];
  },
  ({ raw }) =>
    ['close', 'open'].flatMap((verb): Problem[] => {
      const path = ['freeze', 'frontDoor', verb];
      const call = raw.value(...path);
      if (raw.text(...path, 'url') === undefined || JSON.stringify(call).includes('{site}')) return [];
      const says = 'is the same call for both sites: it is made for a standby too, and must leave the other one alone';
      return [{ path, says, example: 'body: { site: "{site}" }' }];
    }),
  ({ raw }) => {
    const own = raw
      .keys('components')
      .flatMap((component) =>
        raw
          .keys('components', component, 'sites')
          .map((site) => hostAndPort(raw.text('components', component, 'sites', site, 'url'))),
      );
    return raw.indexes('checks').flatMap((index): Problem[] => {
      const address = hostAndPort(raw.text('checks', index, 'url'));
      if (address === undefined || !own.includes(address) || raw.text('checks', index, 'kind') === 'fme-job') return [];
      return [
        {
          path: ['checks', index, 'url'],
          says: "is a site's own address: that proves nothing about the clients",
          example: 'url: https://fme.example.com/health',
        },
      ];
    });
  },
  ({ raw, folder }) =>
    raw.keys('components').flatMap((component): Problem[] => {
      const trees = raw.keys('components', component, 'sites').flatMap((site) => {
        const tree = raw.text('components', component, 'sites', site, 'path');
        return tree === undefined ? [] : [folderKey(folder, tree)];
      });
      if (new Set(trees).size === trees.length) return [];
      const says = 'has the same path at both sites: right on two machines, fatal on one';
      const [, second = 'dc2'] = raw.keys('components', component, 'sites');
      return [{ path: ['components', component, 'sites'], says, example: `${second}: { path: /srv/data-${second} }` }];
    }),
];
