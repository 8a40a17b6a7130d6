/**
 * How a validator without a trusted record of its votes comes to vote again. It asks all others
 * where they stand. Once 2f + 1 of them, asked after its start, have shown the view they are in,
 * at least f + 1 honest ones among them are where the highest answer says or below, so whatever it
 * signed before lies at most one view above: there it abstains, and in the first view of the next
 * epoch, which it may have entered before any of them.
 *
 * Validators that are waiting themselves don't answer, so nobody leans on somebody who knows as
 * little. All of that holds for one epoch; in the next one the questions begin again.
 */
import { equalBytes } from '../../common/bytes.ts';
import { failure, type Result, success } from '../../common/result.ts';
import type { Verify } from '../../common/signature.ts';
import { faultsTolerated, type ValidatorSet } from '../../ledger/validators.ts';
import { type Certificate, verifyCertificate } from '../../ledger/vote.ts';
import type { AnswerMessage } from '../messages.ts';

export interface InquiryOptions {
  readonly chain: Uint8Array;
  readonly epoch: number;
  readonly validators: ValidatorSet;
  /** Random bytes, new for each start. */
  readonly nonce: Uint8Array;
  readonly verify: Verify;
}

export type AnswerCode = 'ANSWER_STALE' | 'ANSWER_UNPROVEN';

export class Inquiry {
  readonly #options: InquiryOptions;
  /** The highest view that each validator showed. */
  readonly #views = new Map<number, number>();

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  get nonce(): Uint8Array {
    return this.#options.nonce;
  }

  /** How many answers are still needed. */
  get missing(): number {
    const needed = 2 * faultsTolerated(this.#options.validators.length) + 1;
    return Math.max(0, needed - this.#views.size);
  }

  /** Up to this view of the epoch one has to abstain; undefined while answers are missing. */
  get abstainUntil(): number | undefined {
    return this.missing > 0 ? undefined : Math.max(...this.#views.values()) + 1;
  }

  /** @param from position of another validator; an answer that proves nothing changes nothing */
  take(from: number, answer: AnswerMessage): Result<null, AnswerCode> {
    const { epoch, nonce } = this.#options;
    if (answer.epoch !== epoch || !equalBytes(answer.nonce, nonce)) {
      return failure('ANSWER_STALE', 'an answer to another question');
    }
    if (!this.#isProven(answer)) {
      return failure('ANSWER_UNPROVEN', `view ${answer.view} is not proven to be reached`);
    }
    this.#views.set(from, Math.max(answer.view, this.#views.get(from) ?? 0));
    return success(null);
  }

  /** Everybody begins in the first view; another is entered by a certificate of the one before. */
  #isProven({ view, entry }: AnswerMessage): boolean {
    if (view <= 1) return view === 1;
    return entry !== null && entry.view >= view - 1 && this.#isGood(entry);
  }

  #isGood(entry: Certificate): boolean {
    const { chain, epoch, validators, verify } = this.#options;
    const fits = entry.epoch === epoch && equalBytes(entry.chain, chain);
    return fits && verifyCertificate(entry, validators, verify).ok;
  }
}
