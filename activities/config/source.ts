import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Path, Problem } from './problems.ts';

/** A YAML file that was read: its value, and where in the text each part of it stands. */
export interface Source {
  /** Plain data, or undefined where the text is no YAML. Top-level keys that begin with `x-` are left out. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Maps in which a key is given twice: what the second one was to be is not in the value. */
  readonly incomplete: readonly Path[];
  /** The line of a path, or of the nearest part of it that exists. */
  line(path: Path): number;
}

type Told = Pick<Problem, 'says' | 'example'>;

/** What is wrong, by the parser's code. Its own messages are not passed on: they may quote a secret. */
const FAULTS: Readonly<Record<string, Told>> = {
  TAB_AS_INDENT: {
    says: 'a tab is used to indent; use spaces',
    example: 'two spaces, then url: https://fme.example.com',
  },
  BAD_INDENT: {
    says: 'the indentation does not fit to the lines before; begin keys of one map in one column',
    example: 'dc1: and dc2: in one column',
  },
  MISSING_CHAR: { says: 'a character is missing here, e.g. a closing quote or bracket', example: 'name: "dns"' },
  BAD_SCALAR_START: {
    says: 'a text begins with a reserved character (@ or `); put it in quotes',
    example: 'todo: "@text"',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    says: 'a colon stands where none is expected; put a text that holds ": " in quotes',
    example: 'todo: "now: call"',
  },
  MULTILINE_IMPLICIT_KEY: {
    says: 'a key without a colon, or one that goes over several lines',
    example: 'pair: orders',
  },
  MULTIPLE_DOCS: {
    says: 'a second document begins here; one pair a file',
    example: 'pair: orders here, and pair: billing in another file',
  },
  NON_STRING_KEY: { says: 'a key that is no text', example: '"1": text' },
  TAG_RESOLVE_FAILED: { says: 'tags (!…) are not known here; remove it', example: 'pair: orders' },
};
const UNREADABLE: Told = {
  says: 'this is not valid YAML: is a colon missing, or one too many, here or in the line before?',
  example: 'pair: orders',
};
/** Faults that end with their own line. After any other one the parser finds faults in lines that are right. */
const LOCAL = new Set([
  'TAB_AS_INDENT',
  'BAD_SCALAR_START',
  'MULTIPLE_DOCS',
  'NON_STRING_KEY',
  'TAG_RESOLVE_FAILED',
  'DUPLICATE_KEY',
]);
const REST = '; the rest cannot be looked at before that';

/** Reads YAML text. Anchors and merge keys (`<<`) are allowed; after a fault in the syntax there is no value. */
export function readSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
    // Not "silent": a second document would be no error then.
    logLevel: 'error',
  });
  const at = (offset: number | undefined): number => Math.max(1, lines.linePos(offset ?? 0).line);
  const all = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const structural = all.find(({ code }) => !LOCAL.has(code));
  const reliable = (offset: number | undefined): boolean =>
    structural === undefined || at(offset) < at(structural.pos[0]);
  const faults = all.filter((fault) => fault === structural || reliable(fault.pos[0]));
  const repeated = repeatedKeys(document, faults);
  // One fault in the syntax makes others in the same line.
  const problems: Problem[] = faults
    .filter(({ code }) => code !== 'DUPLICATE_KEY')
    .map((fault) => {
      const { says, example } = FAULTS[fault.code] ?? UNREADABLE;
      return { path: [], line: at(fault.pos[0]), says: fault === structural ? says + REST : says, example };
    })
    .filter(({ line }, index, all) => all.findIndex((other) => other.line === line) === index);
  const misread = misreadTexts(document)
    .filter(({ offset }) => reliable(offset))
    .map(({ offset, ...told }) => ({ path: [], ...told, line: at(offset) }));
  problems.push(...misread);
  problems.push(...repeated.map(({ path, offset }) => ({ path, ...secondTime(path), line: at(offset) })));
  const incomplete = repeated.map(({ path }) => path.slice(0, -1));
  const line = (path: Path) => at(offsetOf(document, path));
  const broken = faults.some(({ code }) => code !== 'DUPLICATE_KEY' && code !== 'TAG_RESOLVE_FAILED');
  if (broken || misread.length > 0) return { value: undefined, problems, incomplete, line };

  try {
    return { value: withoutExtensions(document.toJS()), problems, incomplete, line };
  } catch {
    // What is left are aliases that multiply without end, and merges of what is no map.
    return {
      value: undefined,
      problems: [
        ...problems,
        {
          path: [],
          says: 'an alias or merge key (<<) cannot be followed; write the values out',
          example: 'password: { env: NAME }',
        },
      ],
      incomplete,
      line,
    };
  }
}

/** Keys that stand in one map twice, at the second place. */
function repeatedKeys(
  document: Document,
  faults: readonly { readonly code: string; readonly pos: readonly number[] }[],
): { readonly path: Path; readonly offset: number | undefined }[] {
  const offsets = new Set(faults.filter(({ code }) => code === 'DUPLICATE_KEY').map(({ pos }) => pos[0]));
  const found: { path: Path; offset: number | undefined }[] = [];
  visit(document, {
    Pair(_key, pair, ancestors) {
      const offset = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      // A key without a value is told as that.
      if (!offsets.has(offset) || pair.value === null) return;
      found.push({ path: pathOf([...ancestors, pair]), offset });
    },
  });
  return found;
}

function pathOf(nodes: readonly unknown[]): Path {
  return nodes.flatMap((node, at): Path => {
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : '')];
    return isSeq(node) ? [node.items.indexOf(nodes[at + 1])] : [];
  });
}

/** Of a map whose keys are the user's own names, the second one was most likely to be another. */
function secondTime(path: Path): Told {
  const says = 'stands here a second time: keep one of them';
  const own = path.length === 2 ? OWN_NAMES[String(path[0])] : undefined;
  if (own !== undefined) return { says: `${says}, or give each its own name`, example: own };
  return { says, example: `${path.at(-1)}: …, once` };
}
const OWN_NAMES: Readonly<Record<string, string>> = { sites: 'dc1: … and dc2: …', components: 'flow: … and data: …' };

/** Texts that YAML takes for something else. Whatever they are, they must not be told as names of keys. */
function misreadTexts(document: Document): (Told & { readonly offset: number | undefined })[] {
  const found: (Told & { readonly offset: number | undefined })[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return;
      const says = 'an alias (*…) has no anchor (&…) before it; put a text that begins with * in quotes';
      found.push({ says, example: 'todo: "*text"', offset: alias.range?.[0] });
    },
    Pair(_key, pair) {
      if (pair.value !== null || !isNode(pair.key)) return;
      const says = 'a key without a colon and a value; put a text that holds a comma in quotes';
      found.push({ says, example: 'todo: "one, two"', offset: pair.key.range?.[0] });
    },
  });
  return found;
}

function withoutExtensions(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
}

function offsetOf(document: Document, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    const [at, next] = child(document, node, key);
    if (next === undefined) break;
    offset = at ?? offset;
    node = next;
  }
  return offset;
}

/** Where a key of a map, or an item of a list, begins, and its value. */
function child(document: Document, node: unknown, key: string | number): [number | undefined, unknown] {
  if (isSeq(node)) {
    const item = node.items[Number(key)];
    return [isNode(item) ? item.range?.[0] : undefined, item];
  }
  const pair = isMap(node) ? pairOf(document, node, String(key)) : undefined;
  return pair === undefined ? [undefined, undefined] : [(pair.key as Node).range?.[0], pair.value ?? null];
}

function pairOf(document: Document, map: YAMLMap, key: string): Pair | undefined {
  const pairs = map.items.filter((item) => isPair(item) && isScalar(item.key));
  const own = pairs.find((pair) => String((pair.key as { value?: unknown }).value) === key);
  if (own !== undefined) return own;
  for (const merge of pairs.filter((pair) => (pair.key as { source?: string }).source === '<<')) {
    const sources = isSeq(merge.value) ? merge.value.items : [merge.value];
    for (const source of sources) {
      const target = isAlias(source) ? source.resolve(document) : source;
      const found = isMap(target) ? pairOf(document, target, key) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
