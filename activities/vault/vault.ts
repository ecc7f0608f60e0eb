import type { Readable } from 'node:stream';
import type { Finding } from '../../model/finding.ts';
import type { KeepRules, Manifest, SealedPart } from '../../model/points.ts';
import type { Progress } from '../components/component.ts';

/** What a vault may use while it works. */
export interface VaultWork {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

export interface StoredStream {
  readonly snapshot: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Bytes that were really added to the repository. */
  readonly stored: number;
  /** How it lies in the snapshot: as pieces of a package, where it was taken apart; else as one file. */
  readonly layout?: 'pieces';
  /** Of a package: why it, or a part of it that matters, was kept as it came and not taken apart. */
  readonly plain?: string;
}

/** Where one site keeps recovery points. */
export interface Vault {
  /** Makes the repository if there is none, with the chunker parameters of the peer's if that exists. Repeatable. */
  create(work: VaultWork): Promise<void>;

  /** Stores one component's stream as part of a point that has no manifest yet. */
  store(
    work: VaultWork,
    input: {
      readonly point: string;
      readonly component: string;
      readonly file: string;
      readonly stream: Readable;
      readonly bytes?: number;
      /** A zip is taken apart, so that its unchanged entries are neither written, read nor copied again. */
      readonly format?: 'zip' | 'stream';
    },
  ): Promise<StoredStream>;
  /** Written last; makes the point exist. Tells where it lies, if that can be told. */
  seal(work: VaultWork, manifest: Manifest): Promise<readonly SealedPart[]>;
  /** All manifests in this vault. Ones read before come from a cache beside the vault. */
  manifests(work: VaultWork): Promise<readonly Manifest[]>;

  /**
   * Copies a sealed point from the peer's vault, which is only read (no lock is taken there). Repeatable. With what the sealer
   * told (`parts`) it need not be looked for first.
   */
  pull(work: VaultWork, point: string, parts?: readonly SealedPart[]): Promise<Manifest>;
  /** Reads a component's stream back. Rejects through the stream if its digest is not the manifest's. */
  dump(work: VaultWork, manifest: Manifest, component: string): Promise<Readable>;
  /** Reads every artefact again from this vault and compares size and digest: afterwards the point is `intact`. Fails with `Damaged`. */
  verify(work: VaultWork, manifest: Manifest): Promise<void>;

  /** Removes these points, and snapshots without a manifest that are older than a day. */
  forget(work: VaultWork, points: readonly string[]): Promise<{ readonly removed: readonly string[] }>;

  /** Publishes record and journal facts as a tagged snapshot; keeps only the newest. */
  publishMirror(work: VaultWork, mirror: unknown): Promise<void>;
  /** The newest mirror in the PEER's vault, readable when the peer is gone. */
  readPeerMirror(work: VaultWork): Promise<unknown | null>;

  check(work: VaultWork): Promise<readonly Finding[]>;
}

export type { KeepRules };
