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
      : [{ path: ['checks'], says: 'is empty: nothing proves, as a client, that the new site answers' }],
  ({ raw }) => {
    const every = raw.duration(900_000, 'schedule', 'every');
    const rpo = raw.duration(3_600_000, 'targets', 'rpo');
    if (every === undefined || rpo === undefined || every < rpo) return [];
    return [{ path: ['schedule', 'every'], says: 'is not shorter than targets.rpo, which cannot be kept then' }];
  },
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
        { path: ['checks', index, 'url'], says: "is a site's own address: that proves nothing about the clients" },
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
      return [{ path: ['components', component, 'sites'], says }];
    }),
];
