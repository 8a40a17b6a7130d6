/**
 * Evidence on its way through the node: from the core or a peer into the book, and only when it is
 * on disk into the log, the metrics and to the other nodes.
 */
import type { Logger } from 'pino';
import { equalBytes } from '../../common/bytes.ts';
import type { Verify } from '../../common/signature.ts';
import { type Evidence, FAULT_NAMES, verifyEvidence } from '../../ledger/evidence.ts';
import type { Validator, ValidatorSet } from '../../ledger/validators.ts';
import type { CoreState } from '../core/state.ts';
import { EVIDENCE_PER_MESSAGE_MAX, type EvidenceMessage, MESSAGE } from '../messages.ts';
import type { ConsensusMetrics } from '../metrics.ts';
import type { Outbox } from '../outbox.ts';
import type { Wal } from '../ports.ts';
import type { Signer } from '../voter.ts';
import { EvidenceBook } from './book.ts';
import type { EvidenceRecord } from './record.ts';
import { CheckShares, ToldShares } from './shares.ts';

/** How the file of evidence is called where it can't be read. */
export const EVIDENCE_LOG = {
  name: 'file of evidence',
  meaning: 'Evidence against validators may be unreadable; nothing else depends on it.',
  without: 'the other nodes hold the same evidence and pass it on',
};

/** Sets of past epochs that are kept, to judge evidence that comes late: epochs are long. */
const EPOCHS_KEPT_MAX = 64;

export interface AccusationsOptions {
  readonly chain: Uint8Array;
  /** The core of the current epoch. */
  readonly core: () => CoreState;
  readonly file: Wal;
  readonly verify: Verify;
  /** Who votes here; undefined without a vote. */
  readonly signer: Signer | undefined;
  readonly metrics?: ConsensusMetrics;
  readonly log: Logger;
}

export class Accusations {
  readonly #options: AccusationsOptions;
  readonly #sets = new Map<number, ValidatorSet>();
  readonly #book: EvidenceBook;
  readonly #checks = new CheckShares();
  readonly #told = new ToldShares();
  /** Answers to statuses that go out with the next flush. */
  #answers: { readonly to: number; readonly message: EvidenceMessage }[] = [];

  constructor(options: AccusationsOptions) {
    this.#options = options;
    this.#book = new EvidenceBook(options.file, options.chain);
    this.enter(options.core());
  }

  /** What is on disk, oldest first. */
  get items(): readonly EvidenceRecord[] {
    return this.#book.items;
  }

  /** An epoch begins, or the node starts in it. */
  enter({ epoch, validators }: CoreState): void {
    this.#sets.set(epoch, validators);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > EPOCHS_KEPT_MAX && oldest !== undefined) this.#sets.delete(oldest);
  }

  /** Undefined for an epoch that this process has not seen: its evidence is not taken. */
  validatorsOf(epoch: number): ValidatorSet | undefined {
    return this.#sets.get(epoch);
  }

  /** Counts a signature to be checked for this peer; false where it has had its share. */
  mayCheck(from: string): boolean {
    return this.#checks.take(from, this.#options.core().elapsed);
  }

  /** Takes what the core found; its signatures were checked. */
  found(evidence: Evidence): void {
    const validator = this.validatorsOf(evidence.first.epoch)?.[evidence.first.validator];
    if (validator !== undefined) this.#add(validator, evidence);
  }

  /** Takes what a peer passed on; says why not, if it is worth saying. */
  receive(from: string, evidence: Evidence): 'foreign' | 'signature' | undefined {
    if (!this.#book.wants(evidence)) return undefined;
    const set = this.validatorsOf(evidence.first.epoch);
    if (set === undefined) return 'foreign';
    if (!this.mayCheck(from)) return undefined;
    const { chain, verify } = this.#options;
    const verified = verifyEvidence(evidence, chain, set, verify);
    if (!verified.ok) return 'signature';
    this.#add(verified.value.validator, evidence);
    return undefined;
  }

  /** A peer said where it stands: it gets what it may not have. */
  met(member: string, position: number): void {
    const items = this.#told.next(member, this.#book.items, this.#options.core().elapsed);
    if (items.length > 0) this.#answers.push({ to: position, message: messageOf(items) });
  }

  /** Makes durable what is new, and only then tells the others. Throws WAL_IO. */
  async flush(outbox: Outbox): Promise<void> {
    const written = await this.#book.flush();
    for (const item of written) this.#say(item);
    for (let at = 0; at < written.length; at += EVIDENCE_PER_MESSAGE_MAX) {
      outbox.send('all', messageOf(written.slice(at, at + EVIDENCE_PER_MESSAGE_MAX)));
    }
    for (const { to, message } of this.#answers.splice(0)) outbox.send(to, message);
  }

  #add({ member, key }: Validator, evidence: Evidence): void {
    this.#book.add({ version: 1, seenAt: this.#options.core().wall, member, key, evidence });
  }

  #say({ member, key, evidence }: EvidenceRecord): void {
    const { metrics, log } = this.#options;
    const kind = FAULT_NAMES[evidence.kind];
    const { epoch, view } = evidence.first;
    metrics?.evidence.inc({ kind });
    log.warn({ member, kind, epoch, view }, 'a validator contradicts itself: evidence is kept');
    const own = this.#options.signer?.keys ?? [];
    if (!own.some(({ pair }) => equalBytes(pair.publicKey, key))) return;
    log.error(
      { kind, epoch, view },
      'the validator key of this node signed both: does it run twice, or was it copied?',
    );
  }
}

function messageOf(items: readonly EvidenceRecord[]): EvidenceMessage {
  const evidence = items.map((item) => item.evidence);
  return { kind: MESSAGE.EVIDENCE, version: 1, evidence };
}
