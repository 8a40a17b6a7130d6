/**
 * This node as a voter: which of its keys the epoch lists, the log of what that key signed, and the
 * guard that is asked before every signature. Without a trusted log the key signs nothing.
 */
import { equalBytes } from '../common/bytes.ts';
import { invariant } from '../common/errors.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { KeyPair } from '../common/signature.ts';
import type { Vote, VoteSubject } from '../ledger/vote.ts';
import { voteHash } from '../ledger/vote.ts';
import type { Restored } from './core/input.ts';
import { snapshotOf } from './core/snapshot.ts';
import type { CoreState } from './core/state.ts';
import { type GuardCode, SignGuard } from './guard/sign-guard.ts';
import { generationOf, trustLog } from './guard/trust.ts';
import type { Application, Counter, Epoch, Wal } from './ports.ts';
import { encodeRecord, RECORD, type WalRecord } from './records.ts';
import { restoredFrom } from './start.ts';

/** A key to vote with, and the counter that was made with it. */
export interface VotingKey {
  readonly pair: KeyPair;
  readonly counter: Counter;
}

export interface Signer {
  /** Member id. */
  readonly member: string;
  /** The one in use, and those that a coming epoch may list in its place. */
  readonly keys: readonly VotingKey[];
}

/** Why a node does not vote. */
export interface NotVoting {
  readonly code: string;
  readonly message: string;
}

export type SignEd25519 = (message: Uint8Array, keys: KeyPair) => Uint8Array;

export interface VoterOptions {
  readonly chain: Uint8Array;
  /** The chains that it goes on from, where it is a successor. */
  readonly before?: readonly Uint8Array[] | undefined;
  readonly wal: Wal;
  /** What the log held at the start. */
  readonly records: readonly WalRecord[];
  /** Undefined for a node that has no voting key at all. */
  readonly signer: Signer | undefined;
  readonly sign: SignEd25519;
}

const OBSERVER: NotVoting = {
  code: 'OBSERVER',
  message: 'this node is no validator in this epoch',
};

export class Voter {
  readonly guard: SignGuard;
  readonly #options: VoterOptions;
  /** The key that the epoch lists, where it is one of ours. */
  #key: VotingKey | undefined;
  /** The key whose log this is, once it is trusted. */
  #logged: VotingKey | undefined;
  #position: number | undefined;
  #notVoting: NotVoting | null = OBSERVER;
  #generation: number;
  #begun = false;
  readonly #restored: Restored;
  /** Whether the log that was read at the start is this key's record. */
  #recorded = false;

  /** Starts in the epoch that the children of the final head belong to. */
  constructor(options: VoterOptions, { head, epoch }: Pick<Application, 'head' | 'epoch'>) {
    const { records } = options;
    this.#options = options;
    this.#generation = generationOf(records);
    this.#restored = restoredFrom(records, options.chain);
    const { header } = head;
    const final = header.epoch === epoch.number ? header.view : 0;
    this.guard = new SignGuard(epoch.number, final);
    for (const record of records) {
      if (record.kind === RECORD.VOTE) this.guard.note(record.vote);
      if (record.kind === RECORD.ABSTAIN) this.guard.abstain(record.epoch, record.view);
    }
    this.enter(epoch);
  }

  /** The position of this node's member in the epoch's set. */
  get position(): number | undefined {
    return this.#position;
  }

  /** Null: it votes, and its log is kept. */
  get notVoting(): NotVoting | null {
    return this.#notVoting;
  }

  /** Whether asking the others can help: the epoch lists our key, but not what it signed. */
  get inDoubt(): boolean {
    return this.#key !== undefined && this.#notVoting !== null;
  }

  /** What a core goes on from; votes of a log that isn't trusted may never have been given. */
  get restored(): Restored {
    return this.#recorded ? this.#restored : { ...this.#restored, votes: [] };
  }

  /** Looks for its place in an epoch that begins, or that the node starts in. */
  enter({ number, validators }: Epoch): void {
    const { signer } = this.#options;
    const position = validators.findIndex(({ member }) => member === signer?.member);
    const listed = validators[position]?.key;
    this.#position = listed === undefined ? undefined : position;
    this.#key = listed && signer?.keys.find(({ pair }) => equalBytes(pair.publicKey, listed));
    this.#notVoting = this.#judge(listed);
    if (this.#notVoting !== null) return;
    if (this.#logged !== this.#key) this.#adopt();
    this.guard.raise(number, 0);
  }

  #judge(listed: Uint8Array | undefined): NotVoting | null {
    const { chain, before, records, signer } = this.#options;
    if (signer === undefined || listed === undefined) return OBSERVER;
    const key = this.#key;
    if (key === undefined) {
      const { member } = signer;
      const message = `the validator key here is not the one that the ledger lists for ${member}`;
      return { code: 'VALIDATOR_KEY', message };
    }
    if (this.#logged === key) return null;
    const { pair, counter } = key;
    const trusted = trustLog({
      records,
      chain,
      before,
      key: pair.publicKey,
      counted: counter.value,
    });
    return trusted.ok ? null : { code: trusted.code, message: trusted.message };
  }

  /** The log read at the start is this key's, or the key is new and has none yet. */
  #adopt(): void {
    const [first] = this.#options.records;
    const pair = this.#key?.pair;
    // A log of the chain before is replaced at the start: nothing was signed on this one.
    const own =
      first?.kind === RECORD.FLOOR &&
      equalBytes(first.chain, this.#options.chain) &&
      pair &&
      equalBytes(first.key, pair.publicKey);
    if (own) this.guard.raise(first.epoch, first.view);
    this.#begun = own === true;
    this.#recorded = this.#begun;
    this.#logged = this.#key;
  }

  /** Goes on with the log, or begins it; before that nothing is signed. */
  async start(state: CoreState): Promise<void> {
    if (this.#notVoting !== null) return;
    if (this.#begun) await this.#count();
    else await this.replaceLog(state);
  }

  /** A clean end: a log that lacks it is an older copy. */
  async stop(): Promise<void> {
    if (this.#notVoting === null && this.#begun) await this.#count();
  }

  /** The log first: a crash in between leaves it ahead of the counter, which is trusted as well. */
  async #count(): Promise<void> {
    this.#generation += 1;
    const { wal } = this.#options;
    await wal.append([encodeRecord(this.#generationRecord())]);
    await this.#key?.counter.set(this.#generation);
  }

  #generationRecord(): WalRecord {
    return { kind: RECORD.GENERATION, version: 1, generation: this.#generation };
  }

  /** Puts what is still needed in the place of the log; also begins that of a new key. */
  async replaceLog(state: CoreState): Promise<void> {
    const key = this.#key;
    invariant(key !== undefined && this.#notVoting === null, 'only a trusted log is replaced');
    const { chain, wal } = this.#options;
    const { floor, abstained } = this.guard;
    this.#generation = Math.max(this.#generation, key.counter.value ?? 0) + 1;
    const records: WalRecord[] = [
      { kind: RECORD.FLOOR, version: 1, chain, key: key.pair.publicKey, ...floor },
      this.#generationRecord(),
      ...abstained.map(
        ({ epoch, view }) => ({ kind: RECORD.ABSTAIN, version: 1, epoch, view }) as const,
      ),
      ...snapshotOf(state),
      ...this.#ahead(state),
    ];
    await wal.reset(records.map(encodeRecord));
    await key.counter.set(this.#generation);
    this.#begun = true;
  }

  /**
   * Where the chain was lost and the log was not, the core comes to what the log held at the start
   * later, maybe in a later epoch: until then it goes from log to log.
   */
  #ahead(state: CoreState): WalRecord[] {
    const { floor } = this.guard;
    const known = [...state.views.values()].flatMap(({ own }) => own.votes);
    const isAhead = (vote: Vote): boolean => {
      const open =
        vote.epoch > floor.epoch || (vote.epoch === floor.epoch && vote.view > floor.view);
      return open && !known.some(({ signature }) => equalBytes(signature, vote.signature));
    };
    const { records } = this.#options;
    if (!records.some((record) => record.kind === RECORD.VOTE && isAhead(record.vote))) return [];
    return records.filter((record) =>
      record.kind === RECORD.VOTE
        ? isAhead(record.vote)
        : record.kind === RECORD.BLOCK || record.kind === RECORD.CERTIFICATE,
    );
  }

  /**
   * The others have shown that whatever the key signed lies at `view` of `epoch` or below, or in
   * the first view of the next epoch: from above that on it votes, in a log of its own.
   */
  trust(epoch: number, view: number): void {
    this.guard.raise(epoch, view);
    this.guard.abstain(epoch + 1, 1);
    this.#logged = this.#key;
    this.#begun = false;
    this.#recorded = false;
    this.#notVoting = null;
  }

  /** Up to this view of an epoch nothing is signed; Infinity: nothing at all in it. */
  abstainUntil(epoch: number): number {
    const { floor, abstained } = this.guard;
    if (floor.epoch > epoch) return Number.POSITIVE_INFINITY; // the chain here is behind the log
    const views = [floor, ...abstained].filter((each) => each.epoch === epoch);
    return Math.max(0, ...views.map(({ view }) => view));
  }

  /** Signs what contradicts nothing that was signed before. */
  sign(subject: VoteSubject): Result<Vote, GuardCode | 'NOT_VOTING'> {
    const key = this.#key;
    if (this.#notVoting !== null || key === undefined || this.#position === undefined) {
      return failure('NOT_VOTING', 'this node does not vote');
    }
    const allowed = this.guard.allows(subject);
    if (!allowed.ok) return allowed;
    this.guard.note(subject);
    const signature = this.#options.sign(voteHash(subject), key.pair);
    return success({ ...subject, validator: this.#position, signature });
  }
}
