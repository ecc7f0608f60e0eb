import { asName } from '../as-name.ts';
import type { Path, Problem } from '../problems.ts';
import type { Raw } from '../raw.ts';
import type { Given, Rule } from './rule.ts';

const COMPONENT_EXAMPLE: Readonly<Record<string, string>> = {
  'fme-flow': '{ url: https://fme.SITE.example.com, token: { env: NAME }, engines: { … } }',
  files: '{ path: /srv/data }',
  command: '{ command: [/usr/local/bin/program, argument] }',
};

const isMap = (raw: Raw, ...path: Path): boolean => {
  const value = raw.value(...path);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
};

export const exactlyTwoSites: Rule = ({ raw, incomplete }) => {
  const sites = raw.keys('sites');
  if (!isMap(raw, 'sites') || sites.length === 2 || incomplete('sites')) return [];
  return [
    { path: ['sites'], says: `must be exactly two sites; ${sites.length} are given`, example: 'dc1: … and dc2: …' },
  ];
};

export const namesDifferInMoreThanCase: Rule = ({ raw }) =>
  ['sites', 'components'].flatMap((section) =>
    raw.keys(section).flatMap((name, at, names): Problem[] => {
      const earlier = names.slice(0, at).find((other) => sameName(other, name));
      if (earlier === undefined) return [];
      const says = `has the same name as ${earlier}, but for upper and lower case`;
      return [{ path: [section, name], says, example: `${asName(name)}-2: …` }];
    }),
  );

/** The sites by name, or none where a fault of their own leaves open which there are. */
const certainSites = ({ raw, incomplete }: Given): readonly string[] => (incomplete('sites') ? [] : raw.keys('sites'));

/** A name in the wrong case is told where the site is given, and not once more wherever that is spoken of. */
const isOneOf = (name: string, sites: readonly string[]): boolean => sites.some((site) => sameName(site, name));
const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

export const activeIsASite: Rule = (given) => {
  const sites = certainSites(given);
  const active = given.raw.text('active');
  if (active === undefined || sites.length === 0 || isOneOf(active, sites)) return [];
  const example = `active: ${asName(sites[0] ?? '')}`;
  return [{ path: ['active'], says: `must be one of the sites: ${sites.join(', ')}`, example }];
};

export const somethingIsProtected: Rule = ({ raw }) =>
  isMap(raw, 'components') && raw.keys('components').length === 0
    ? [{ path: ['components'], says: 'must name what is protected', example: 'flow: { kind: fme-flow, sites: { … } }' }]
    : [];

export const componentsAreAtBothSites: Rule = (input) => {
  const { raw } = input;
  const sites = certainSites(input);
  if (sites.length !== 2) return [];
  return raw.keys('components').flatMap((component): Problem[] => {
    const path = ['components', component, 'sites'];
    if (!isMap(raw, ...path)) return [];
    const given = raw.keys(...path);
    const example = COMPONENT_EXAMPLE[raw.text('components', component, 'kind') ?? ''] ?? '{ … }';
    const missing = sites.filter((site) => !isOneOf(site, given));
    const unknown = given.filter((site) => !isOneOf(site, sites));
    return [
      ...missing.map((site) => ({
        path: [...path, site],
        says: 'is missing: a component exists at both sites',
        example: `${asName(site)}: ${example.replace('SITE', asName(site))}`,
      })),
      ...unknown.map((site) => ({
        path: [...path, site],
        says: `must be one of the sites: ${sites.join(', ')}`,
        example: `${asName(missing[0] ?? sites[0] ?? '')}: …`,
      })),
    ];
  });
};
