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
import { EvidenceBook } from './book.ts';
import type { EvidenceRecord } from './record.ts';
import { CheckShares, ToldShares } from './shares.ts';

/** How the file of evidence is called where it can't be read. */
export const EVIDENCE_LOG = {
  name: 'file of evidence',
  meaning: 'Evidence against validators may be unreadable; nothing else depends on it.',
  without: 'the other nodes hold the same evidence and pass it on',
};

export interface AccusationsOptions {
  readonly state: CoreState;
  readonly file: Wal;
  readonly verify: Verify;
  /** Our own voting key; undefined without a vote. */
  readonly key: Uint8Array | undefined;
  readonly metrics: ConsensusMetrics | undefined;
  readonly log: Logger;
}

export class Accusations {
  readonly #options: AccusationsOptions;
  readonly #state: CoreState;
  readonly #book: EvidenceBook;
  readonly #checks = new CheckShares();
  readonly #told = new ToldShares();
  /** Answers to statuses that go out with the next flush. */
  #answers: { readonly to: number; readonly message: EvidenceMessage }[] = [];

  constructor(options: AccusationsOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#book = new EvidenceBook(options.file, options.state.chain);
  }

  /** What is on disk, oldest first. */
  get items(): readonly EvidenceRecord[] {
    return this.#book.items;
  }

  /** Undefined for an epoch whose set isn't known here: its evidence is not taken. */
  validatorsOf(epoch: number): ValidatorSet | undefined {
    return epoch === this.#state.epoch ? this.#state.validators : undefined;
  }

  /** Counts a signature to be checked for this peer; false where it has had its share. */
  mayCheck(from: number): boolean {
    return this.#checks.take(from, this.#state.elapsed);
  }

  /** Takes what the core found; its signatures were checked. */
  found(evidence: Evidence): void {
    const validator = this.validatorsOf(evidence.first.epoch)?.[evidence.first.validator];
    if (validator !== undefined) this.#add(validator, evidence);
  }

  /** Takes what a peer passed on; says why not, if it is worth saying. */
  receive(from: number, evidence: Evidence): 'foreign' | 'signature' | undefined {
    if (!this.#book.wants(evidence)) return undefined;
    const set = this.validatorsOf(evidence.first.epoch);
    if (set === undefined) return 'foreign';
    if (!this.mayCheck(from)) return undefined;
    const verified = verifyEvidence(evidence, this.#state.chain, set, this.#options.verify);
    if (!verified.ok) return 'signature';
    this.#add(verified.value.validator, evidence);
    return undefined;
  }

  /** A peer said where it stands: it gets what it may not have. */
  met(peer: number): void {
    const items = this.#told.next(peer, this.#book.items, this.#state.elapsed);
    if (items.length > 0) this.#answers.push({ to: peer, message: messageOf(items) });
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
    this.#book.add({ version: 1, seenAt: this.#state.wall, member, key, evidence });
  }

  #say({ member, key, evidence }: EvidenceRecord): void {
    const { metrics, log } = this.#options;
    const kind = FAULT_NAMES[evidence.kind];
    const { epoch, view } = evidence.first;
    metrics?.evidence.inc({ kind });
    log.warn({ member, kind, epoch, view }, 'a validator contradicts itself: evidence is kept');
    if (this.#options.key === undefined || !equalBytes(key, this.#options.key)) return;
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
