import { createHash } from 'node:crypto';

export interface Version {
  buildNumber: number;
  buildString: string;
  releaseYear: number;
  majorVersion: number;
  minorVersion: number;
  hotfixVersion: number;
}

/** First builds of releases, as far as public fixtures name them: the release a build number belongs to. */
const RELEASES: readonly (readonly [build: number, year: number, major: number])[] = [
  [26100, 2026, 1],
  [26000, 2026, 0],
  [25300, 2025, 1],
  [25000, 2025, 0],
  [24600, 2024, 1],
  [24100, 2024, 0],
  [23600, 2023, 2],
  [23300, 2023, 1],
  [23100, 2023, 0],
  [22300, 2022, 0],
];

/** What a build calls itself; the product's name changed from Server to Flow with 2023.1. */
export function versionOf(build: number): Version {
  const [, releaseYear, majorVersion] = RELEASES.find(([first]) => build >= first) ?? [0, 2021, 0];
  const product = releaseYear > 2023 || (releaseYear === 2023 && majorVersion > 0) ? 'FME Flow' : 'FME Server';
  return {
    buildNumber: build,
    buildString: `${product} ${releaseYear}.${majorVersion} - Build ${build} - linux-x64`,
    releaseYear,
    majorVersion,
    minorVersion: 0,
    hotfixVersion: 0,
  };
}

/** An id that is the same wherever the name is: for items the product numbers by itself. */
export function stableId(...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join('\n')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
