import { PACKAGED_RESOURCES } from '../../../model/config/components.ts';
import type { Path, Problem } from '../problems.ts';
import type { Raw } from '../raw.ts';
import type { Rule } from './rule.ts';

/** Lists whose items have names, which people use to speak of them: each name once in a list. */
const named = (raw: Raw): Path[] => [
  ['redirects'],
  ['checks'],
  ['hooks'],
  ...raw.keys('sites').map((site) => ['sites', site, 'fences']),
];

export const namesAreUnique: Rule = ({ raw }) =>
  named(raw).flatMap((list) => {
    const names = raw.indexes(...list).map((index) => raw.text(...list, index, 'name'));
    return names.flatMap((name, index): Problem[] => {
      if (name === undefined || names.indexOf(name) === index) return [];
      const path = [...list, index, 'name'];
      return [{ path, says: 'must not be the name of another one before it', example: 'name: another-name' }];
    });
  });

export const servicesIsTheFirstFence: Rule = ({ raw }) =>
  raw.keys('sites').flatMap((site): Problem[] => {
    const list = ['sites', site, 'fences'];
    if (!Array.isArray(raw.value(...list))) return [];
    const kinds = raw.indexes(...list).map((index) => raw.text(...list, index, 'kind'));
    const says = 'must begin with services, once: a fenced site is made quiet before anything else';
    if (kinds[0] === 'services' && kinds.indexOf('services', 1) === -1) return [];
    return [{ path: list, says, example: '- kind: services' }];
  });

/** A fence of that name would be taken for the one that is always there. */
export const noOtherFenceIsCalledServices: Rule = ({ raw }) =>
  raw.keys('sites').flatMap((site) =>
    raw
      .indexes('sites', site, 'fences')
      .filter((index) => raw.text('sites', site, 'fences', index, 'name') === 'services')
      .map((index) => ({
        path: ['sites', site, 'fences', index, 'name'],
        says: 'must not be services, which names the first fence',
        example: 'name: power',
      })),
  );

export const checksKnowTheirComponent: Rule = ({ raw, incomplete }) => {
  // Where nothing is protected, or not all of it is known, that is the fault.
  if (raw.keys('components').length === 0 || incomplete('components')) return [];
  const flows = raw.keys('components').filter((name) => raw.text('components', name, 'kind') === 'fme-flow');
  return raw.indexes('checks').flatMap((index): Problem[] => {
    const kind = raw.text('checks', index, 'kind');
    const component = raw.text('checks', index, 'component');
    if ((kind !== 'fme' && kind !== 'fme-job') || component === undefined) return [];
    const path = ['checks', index, 'component'];
    if (!flows.includes(component)) {
      const these = flows.length === 0 ? 'there is none' : flows.join(', ');
      const example = `component: ${flows[0] ?? 'flow'}`;
      return [{ path, says: `must be a component of kind fme-flow: ${these}`, example }];
    }
    if (kind === 'fme-job' && raw.value('components', component, 'smoke') === undefined) {
      const example = 'smoke: { repository: Utilities, workspace: smoke.fmw }';
      return [{ path: ['components', component, 'smoke'], says: `is missing: checks[${index}] runs it`, example }];
    }
    return raw.text('checks', index, 'client') === 'console' ? consolePort(raw, index, component) : [];
  });
};

function consolePort(raw: Raw, check: number, component: string): Problem[] {
  const ports = raw.keys('components', component, 'sites').map((site) => ['components', component, 'sites', site]);
  if (raw.value('checks', check, 'port') !== undefined) return [];
  if (ports.every((path) => raw.value(...path, 'console') !== undefined)) return [];
  const says = 'is missing: the port of Server Console, unless the component gives it for both sites';
  return [{ path: ['checks', check, 'port'], says, example: 'port: 7071' }];
}

export const resourcesNameOtherComponents: Rule = ({ raw, incomplete }) =>
  (incomplete('components') ? [] : raw.keys('components')).flatMap((component) =>
    raw.keys('components', component, 'resources').flatMap((resource): Problem[] => {
      const path = ['components', component, 'resources', resource, 'component'];
      const covers = raw.text(...path);
      const others = raw.keys('components').filter((other) => other !== component);
      if (covers === undefined || others.includes(covers)) return [];
      const these = others.length === 0 ? 'there is none' : others.join(', ');
      return [{ path, says: `must be another component of this file: ${these}`, example: `${resource}: external` }];
    }),
  );

/** A package that lies in what is backed up would be a part of the next one, and come back with each restore. */
export const packagesAreNotInThePackage: Rule = ({ raw }) =>
  raw.keys('components').flatMap((component): Problem[] => {
    const path = ['components', component, 'resource'];
    const resource = raw.text(...path);
    if (raw.text('components', component, 'kind') !== 'fme-flow' || resource === undefined) return [];
    if (!PACKAGED_RESOURCES.includes(resource)) return [];
    const says =
      'must not be a shared resource that is in the package: each package would hold the ones before it, and the files of this resource would not be compared';
    return [{ path, says, example: 'resource: FME_SHAREDRESOURCE_BACKUP' }];
  });

export const holdAndReleaseBelongTogether: Rule = ({ raw }) =>
  raw.keys('components').flatMap((component): Problem[] => {
    const given = ['hold', 'release'].filter((key) => raw.value('components', component, key) !== undefined);
    if (raw.text('components', component, 'kind') !== 'files' || given.length !== 1) return [];
    const missing = given[0] === 'hold' ? 'release' : 'hold';
    return [
      {
        path: ['components', component, missing],
        says: `is missing: it belongs to ${given[0]}`,
        example: `${missing}: { command: [/usr/local/bin/${missing}-writers] }`,
      },
    ];
  });

/** A site worker does nothing without a claim: before it is had and after it is closed only control can run something. */
export const hooksAtSitesRunUnderAClaim: Rule = ({ raw }) =>
  raw.indexes('hooks').flatMap((index): Problem[] => {
    const [step, when, at] = ['step', 'when', 'at'].map((key) => raw.text('hooks', index, key));
    const unclaimed = (step === 'claim' && when === 'before') || (step === 'commit' && when === 'after');
    if (!unclaimed || at === undefined || at === 'control') return [];
    const says = `must be control: a site runs nothing ${when} ${step}, since no claim is held there then`;
    return [{ path: ['hooks', index, 'at'], says, example: 'at: control' }];
  });
