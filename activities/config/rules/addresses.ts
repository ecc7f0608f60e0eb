import { contains, folderKey, hostAndPort, isDirectory, repositoryKey } from '../addresses.ts';
import { dotted, type Path, type Problem } from '../problems.ts';
import type { Raw } from '../raw.ts';
import type { Rule } from './rule.ts';

const componentUrls = (raw: Raw): Path[] =>
  raw
    .keys('components')
    .filter((component) => raw.text('components', component, 'kind') === 'fme-flow')
    .flatMap((component) =>
      raw.keys('components', component, 'sites').map((site) => ['components', component, 'sites', site, 'url']),
    );

/** Every path whose key was seen at an earlier one, with that earlier one. */
function repeated(paths: readonly Path[], keyOf: (path: Path) => string | undefined): [Path, Path][] {
  const seen = new Map<string, Path>();
  return paths.flatMap((path): [Path, Path][] => {
    const key = keyOf(path);
    const earlier = key === undefined ? undefined : seen.get(key);
    if (key !== undefined && earlier === undefined) seen.set(key, path);
    return earlier === undefined ? [] : [[path, earlier]];
  });
}

export const componentsAreNotTheClientsAddress: Rule = ({ raw }) => {
  const clients = hostAndPort(raw.text('clients', 'url'));
  return componentUrls(raw)
    .filter((path) => clients !== undefined && hostAndPort(raw.text(...path)) === clients)
    .map((path) => ({
      path,
      says: `must not be the address of the clients, which leads to the other site after a failover`,
      example: `url: https://fme.${path[3]}.example.com`,
    }));
};

export const installationsHaveTheirOwnAddress: Rule = ({ raw }) =>
  repeated(componentUrls(raw), (path) => hostAndPort(raw.text(...path))).map(([path, earlier]) => ({
    path,
    says: `must not be the same address as ${dotted(earlier)}`,
    example: `url: https://fme.${path[3]}.example.com`,
  }));

export const sitesShareNothing: Rule = ({ raw, folder }) => {
  const at = (...rest: string[]): Path[] => raw.keys('sites').map((site) => ['sites', site, ...rest]);
  const stateKey = (path: Path) => keyIfText(raw.text(...path), (text) => folderKey(folder, text));
  const states = repeated(at('state'), stateKey);
  const nested = at('state').flatMap((path, index, all): Problem[] => {
    const key = stateKey(path);
    return all.slice(0, index).flatMap((earlier): Problem[] => {
      const other = stateKey(earlier);
      if (key === undefined || other === undefined || key === other) return [];
      if (!contains(key, other) && !contains(other, key)) return [];
      const says = `must neither hold nor lie in the folder of ${dotted(earlier)}, not even on another machine`;
      return [{ path, says, example: stateExample(path) }];
    });
  });
  const vaults = repeated(at('vault', 'repository'), (path) =>
    keyIfText(raw.text(...path), (text) => repositoryKey(folder, text)),
  );
  return [
    ...states.map(([path, earlier]) => ({
      path,
      says: `must not be the same folder as ${dotted(earlier)}, not even on another machine`,
      example: stateExample(path),
    })),
    ...nested,
    ...vaults.map(([path, earlier]) => ({
      path,
      says: `must not be the same repository as ${dotted(earlier)}: each site keeps its own recovery points`,
      example: `repository: /var/lib/understudy/vault-${path[1]}`,
    })),
  ];
};

const stateExample = (path: Path): string => `state: /var/lib/understudy/${path[1]}`;

export const peersReadTheOtherVault: Rule = ({ raw, folder }) =>
  raw.keys('sites').flatMap((site): Problem[] => {
    const peer = raw.text('sites', site, 'vault', 'peer', 'repository');
    return raw.keys('sites').flatMap((other): Problem[] => {
      const own = raw.text('sites', other, 'vault', 'repository');
      if (other === site || peer === undefined || own === undefined) return [];
      if (repositoryKey(folder, peer) !== repositoryKey(folder, own)) return [];
      const says = `must be how ${other} reaches the vault of ${site}; this is the vault of ${other} itself`;
      const example = `repository: sftp:understudy@${site}.example.com:/var/lib/understudy/vault-${site}`;
      return [{ path: ['sites', site, 'vault', 'peer', 'repository'], says, example }];
    });
  });

/** A tree that holds our own records or vault would be replaced together with them by a restore. */
export const treesDoNotHoldOurOwn: Rule = ({ raw, folder }) =>
  raw.keys('components').flatMap((component) => {
    if (raw.text('components', component, 'kind') !== 'files') return [];
    return raw.keys('components', component, 'sites').flatMap((site): Problem[] => {
      const path = ['components', component, 'sites', site, 'path'];
      const tree = raw.text(...path);
      if (tree === undefined) return [];
      const key = folderKey(folder, tree);
      const repository = raw.text('sites', site, 'vault', 'repository');
      const ours = [
        ['state', raw.text('sites', site, 'state')] as const,
        ['vault.repository', repository !== undefined && isDirectory(repository) ? repository : undefined] as const,
      ];
      return ours.flatMap(([what, where]): Problem[] =>
        where !== undefined && contains(key, folderKey(folder, where.replace(/^local:/, '')))
          ? [
              {
                path,
                says: `must not hold sites.${site}.${what}: a restore would replace it`,
                example: 'path: /srv/data',
              },
            ]
          : [],
      );
    });
  });

const keyIfText = (text: string | undefined, keyOf: (text: string) => string): string | undefined =>
  text === undefined || text === '' ? undefined : keyOf(text);
