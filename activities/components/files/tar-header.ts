import { failure } from '../../failure.ts';
import type { Meta } from './item.ts';

export const BLOCK = 512;

/** The fields of one POSIX (pax) tar header that are needed to name and compare a member. Text is latin1: bytes. */
export interface Header {
  readonly type: string;
  readonly path: string;
  readonly target: string;
  /** Bytes of data that follow in the archive. */
  readonly stored: bigint;
  readonly meta: Meta;
  readonly major: number;
  readonly minor: number;
}

const damaged = (what: string) =>
  failure('Damaged', `the archive of the tree is damaged: ${what}. Take a new recovery point.`);

const text = (block: Buffer, from: number, length: number): string => {
  const end = block.indexOf(0, from);
  return block.toString('latin1', from, end < 0 || end > from + length ? from + length : end);
};

const number = (block: Buffer, from: number, length: number): bigint => {
  const first = block[from] ?? 0;
  if (first === 0x80 || first === 0xff) {
    // GNU's base 256, in two's complement.
    const hex = block.toString('hex', from + 1, from + length);
    const value = BigInt(`0x${hex}`);
    return first === 0xff ? value - (1n << BigInt(8 * (length - 1))) : value;
  }
  const digits = text(block, from, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged('a number in a header is not one');
  return digits === '' ? 0n : BigInt(`0o${digits}`);
};

export const isEnd = (block: Buffer): boolean => block.every((byte) => byte === 0);

/** Reads a header block with the pax records that came before it. Its checksum is verified. */
export function readHeader(block: Buffer, pax: ReadonlyMap<string, string>): Header {
  const sum = block.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (BigInt(sum) !== number(block, 148, 8)) throw damaged('the checksum of a header does not match');
  const prefix = text(block, 345, 155);
  const name = prefix === '' ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`;
  const seconds = pax.get('mtime');
  return {
    type: block.toString('latin1', 156, 157).replace('\0', '0'),
    path: pax.get('path') ?? name,
    target: pax.get('linkpath') ?? text(block, 157, 100),
    stored: BigInt(pax.get('size') ?? number(block, 124, 12)),
    meta: {
      mode: Number(number(block, 100, 8) & 0o7777n),
      uid: BigInt(pax.get('uid') ?? number(block, 108, 8)),
      gid: BigInt(pax.get('gid') ?? number(block, 116, 8)),
      mtime: seconds === undefined ? number(block, 136, 12) * 1_000_000_000n : nanoseconds(seconds),
    },
    major: Number(number(block, 329, 8)),
    minor: Number(number(block, 337, 8)),
  };
}

/** `-1.5` → -1500000000. */
export function nanoseconds(seconds: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(seconds) ?? [];
  const value = BigInt(whole) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -value : value;
}

/** The records `LENGTH KEY=VALUE\n` of a pax header, in their order; a key may come more than once (sparse maps). */
export function readPax(data: Buffer): [string, string][] {
  const records: [string, string][] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.toString('latin1', at, space));
    if (space < 0 || !(length > space - at) || at + length > data.length) throw damaged('an extended header is cut');
    const record = data.toString('latin1', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.push([record.slice(0, equals), record.slice(equals + 1)]);
    at += length;
  }
  return records;
}
