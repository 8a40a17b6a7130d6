/**
 * The evidence that this node has, in a file of its own. One item for each validator, epoch, view
 * and kind, in the order in which they were first seen; none is ever removed, so positions stay.
 */
import { equalBytes } from '../../common/bytes.ts';
import { ZtcError } from '../../common/errors.ts';
import type { Evidence } from '../../ledger/evidence.ts';
import type { Wal } from '../ports.ts';
import { decodeEvidenceRecord, type EvidenceRecord, encodeEvidenceRecord } from './record.ts';

/** Of one key: a few say all about it, and a validator gone wild must not fill the disk. */
const ITEMS_PER_KEY_MAX = 16;
/** In all: half a megabyte; sixty-four keys that each fill their share. */
const ITEMS_MAX = 1_024;

export class EvidenceBook {
  readonly #file: Wal;
  readonly #items: EvidenceRecord[];
  readonly #known = new Set<string>();
  readonly #byKey = new Map<string, number>();
  #unwritten: EvidenceRecord[] = [];

  /** Evidence on other chains stays in the file and is not shown. Throws EVIDENCE_DAMAGED. */
  constructor(file: Wal, chain: Uint8Array) {
    this.#file = file;
    this.#items = file
      .records()
      .map(readRecord)
      .filter(({ evidence }) => equalBytes(evidence.first.chain, chain));
    for (const item of this.#items) this.#index(item);
  }

  /** What is on disk, oldest first. */
  get items(): readonly EvidenceRecord[] {
    return this.#items;
  }

  /** Whether evidence says anything new; asked before its signatures are checked. */
  wants(evidence: Evidence): boolean {
    return !this.#known.has(identity(evidence)) && this.#known.size < ITEMS_MAX;
  }

  /** Takes what was verified; false where it is known, or there is enough of this key. */
  add(item: EvidenceRecord): boolean {
    const ofKey = this.#byKey.get(keyText(item)) ?? 0;
    if (!this.wants(item.evidence) || ofKey >= ITEMS_PER_KEY_MAX) return false;
    this.#index(item);
    this.#unwritten.push(item);
    return true;
  }

  /** Writes what was added since the last time and returns it, now durable. Throws WAL_IO. */
  async flush(): Promise<readonly EvidenceRecord[]> {
    if (this.#unwritten.length === 0) return [];
    const written = this.#unwritten;
    this.#unwritten = [];
    await this.#file.append(written.map(encodeEvidenceRecord));
    this.#items.push(...written);
    return written;
  }

  #index(item: EvidenceRecord): void {
    this.#known.add(identity(item.evidence));
    const key = keyText(item);
    this.#byKey.set(key, (this.#byKey.get(key) ?? 0) + 1);
  }
}

function identity({ kind, first: { validator, epoch, view } }: Evidence): string {
  return `${epoch}/${view}/${validator}/${kind}`;
}

const keyText = ({ key }: EvidenceRecord): string => key.join();

function readRecord(bytes: Uint8Array): EvidenceRecord {
  const record = decodeEvidenceRecord(bytes);
  if (record.ok) return record.value;
  throw new ZtcError('EVIDENCE_DAMAGED', `a record of evidence is unreadable: ${record.message}`, {
    hint:
      'It was written by another version, or the disk is failing. Start the version that wrote ' +
      'it, or move the file data/evidence away: the other nodes hold the same evidence and pass ' +
      'it on.',
  });
}
