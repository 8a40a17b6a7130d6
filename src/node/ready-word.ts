/**
 * A validator's `ready`, which its node says by itself: the ledger lists a pending key of this
 * member, the key is here, and the node follows the chain closely. Looked at after each final
 * block; said again, while the key still waits, once the last word has expired.
 */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { equalBytes, toHex } from '../common/bytes.ts';
import type { Result } from '../common/result.ts';
import { publicKeyToText } from '../common/signature.ts';
import type { VotingKey } from '../consensus/voter.ts';
import { OPERATION } from '../ledger/operations.ts';
import { SALT_BYTES, signTransaction } from '../ledger/transaction.ts';
import type { Ledger } from '../state/ledger.ts';
import * as queries from '../state/queries.ts';

/** Ledger time that a word is good for: many blocks, and soon said again where it got lost. */
const VALID_MS = 60_000;
/** Ledger time until the next try where the key is missing or the mempool took nothing. */
const PAUSE_MS = 5_000;

export interface ReadyWordOptions {
  readonly member: string;
  readonly ledger: Ledger;
  readonly findKey: (publicKey: Uint8Array) => Promise<VotingKey | undefined>;
  /** Whether this node could take part in consensus at once. */
  readonly isCurrent: () => boolean;
  readonly submit: (bytes: Uint8Array) => Promise<Result<unknown, string>>;
  readonly log: Logger;
}

export class ReadyWord {
  readonly #options: ReadyWordOptions;
  #pending: Uint8Array | undefined;
  /** Ledger time. */
  #quietUntil = 0;
  #busy = false;

  constructor(options: ReadyWordOptions) {
    this.#options = options;
    this.membersChanged();
  }

  membersChanged(): void {
    const { ledger, member } = this.#options;
    const state = ledger.state();
    const found = queries.member(state, member);
    const before = this.#pending;
    this.#pending = found && queries.pendingKey(state, found);
    const same = before && this.#pending && equalBytes(before, this.#pending);
    if (!same) this.#quietUntil = 0;
  }

  /** A block is final. */
  final(): void {
    const { ledger, isCurrent } = this.#options;
    const { time } = ledger.head.header;
    if (this.#pending === undefined || this.#busy || time < this.#quietUntil) return;
    if (!isCurrent()) return;
    this.#busy = true;
    this.#quietUntil = time + PAUSE_MS;
    this.#say(this.#pending, time)
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'ready could not be said'))
      .finally(() => {
        this.#busy = false;
      });
  }

  async #say(pending: Uint8Array, time: number): Promise<void> {
    const { member, ledger, findKey, submit, log } = this.#options;
    const key = await findKey(pending);
    const fields = { member, key: publicKeyToText(pending) };
    if (key === undefined) {
      log.warn(fields, 'the ledger waits for a validator key of this member that is not here');
      return;
    }
    const validUntil = time + Math.min(VALID_MS, ledger.epoch.parameters.maxValidityMs);
    const { id, bytes } = signTransaction(
      {
        version: 1,
        chain: ledger.chain,
        sender: `validator:${member}`,
        salt: new Uint8Array(randomBytes(SALT_BYTES)),
        validUntil,
        operations: [{ op: OPERATION.READY }],
      },
      [key.pair],
    );
    const submitted = await submit(bytes);
    if (!submitted.ok) {
      log.warn({ ...fields, code: submitted.code }, 'ready was refused here; tried again soon');
      return;
    }
    if (this.#pending && equalBytes(this.#pending, pending)) this.#quietUntil = validUntil + 1;
    log.info({ ...fields, transaction: toHex(id) }, 'ready: this key votes from the next epoch on');
  }
}
