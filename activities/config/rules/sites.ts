import type { Path, Problem } from '../problems.ts';
import type { Raw } from '../raw.ts';
import type { Rule } from './rule.ts';

const COMPONENT_EXAMPLE: Readonly<Record<string, string>> = {
  'fme-flow': '{ url: https://fme.SITE.example.com, token: { env: NAME }, engines: { … } }',
  files: '{ path: /srv/data }',
  command: '{ command: [/usr/local/bin/program, argument] }',
};

const isMap = (raw: Raw, ...path: Path): boolean => {
  const value = raw.value(...path);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
};

export const exactlyTwoSites: Rule = ({ raw }) => {
  const sites = raw.keys('sites');
  if (!isMap(raw, 'sites') || sites.length === 2) return [];
  return [
    { path: ['sites'], says: `must be exactly two sites; ${sites.length} are given`, example: 'dc1: … and dc2: …' },
  ];
};

export const namesDifferInMoreThanCase: Rule = ({ raw }) =>
  ['sites', 'components'].flatMap((section) =>
    raw.keys(section).flatMap((name, at, names): Problem[] => {
      const earlier = names.slice(0, at).find((other) => other.toLowerCase() === name.toLowerCase());
      if (earlier === undefined) return [];
      return [{ path: [section, name], says: `has the same name as ${earlier}, but for upper and lower case` }];
    }),
  );

export const activeIsASite: Rule = ({ raw }) => {
  const sites = raw.keys('sites');
  const active = raw.text('active');
  if (active === undefined || sites.length === 0 || sites.includes(active)) return [];
  return [{ path: ['active'], says: `must be one of the sites: ${sites.join(', ')}`, example: `active: ${sites[0]}` }];
};

export const somethingIsProtected: Rule = ({ raw }) =>
  isMap(raw, 'components') && raw.keys('components').length === 0
    ? [{ path: ['components'], says: 'must name what is protected', example: 'flow: { kind: fme-flow, sites: { … } }' }]
    : [];

export const componentsAreAtBothSites: Rule = ({ raw }) => {
  const sites = raw.keys('sites');
  if (sites.length !== 2) return [];
  return raw.keys('components').flatMap((component): Problem[] => {
    const path = ['components', component, 'sites'];
    if (!isMap(raw, ...path)) return [];
    const given = raw.keys(...path);
    const example = COMPONENT_EXAMPLE[raw.text('components', component, 'kind') ?? ''];
    const missing = sites.filter((site) => !given.includes(site));
    const unknown = given.filter((site) => !sites.includes(site));
    return [
      ...missing.map((site) => ({
        path: [...path, site],
        says: 'is missing: a component exists at both sites',
        ...(example === undefined ? {} : { example: `${site}: ${example.replace('SITE', site)}` }),
      })),
      ...unknown.map((site) => ({ path: [...path, site], says: `must be one of the sites: ${sites.join(', ')}` })),
    ];
  });
};
