/**
 * The last look before a signature: flags per (epoch, view) above a durable final floor, rebuilt
 * from the votes in the log, so that no crash at any point leads to a contradiction. A single
 * highest mark would be wrong: `finalize(v)` is rightly signed after v + 1 was entered.
 */
import { equalBytes } from '../../common/bytes.ts';
import { failure, type Result, success } from '../../common/result.ts';
import { VOTE, type VoteSubject } from '../../ledger/vote.ts';

interface Flags {
  accepted: Uint8Array | undefined;
  nullified: boolean;
  finalized: Uint8Array | undefined;
  abstained: boolean;
}

export type GuardCode =
  | 'GUARD_FLOOR'
  | 'GUARD_ABSTAINED'
  | 'GUARD_ACCEPTED'
  | 'GUARD_NULLIFIED'
  | 'GUARD_FINALIZED';

export class SignGuard {
  #epoch: number;
  #floor: number;
  readonly #flags = new Map<string, Flags & { epoch: number; view: number }>();

  /** @param floor view of the newest durably final block in `epoch`: nothing is signed up to it */
  constructor(epoch: number, floor: number) {
    this.#epoch = epoch;
    this.#floor = floor;
  }

  /** Up to it nothing is signed. */
  get floor(): { readonly epoch: number; readonly view: number } {
    return { epoch: this.#epoch, view: this.#floor };
  }

  /** The views above the floor in which nothing is signed. */
  get abstained(): { readonly epoch: number; readonly view: number }[] {
    return [...this.#flags.values()].filter(({ abstained }) => abstained);
  }

  /** Whether this may be signed after all that was signed. Signing the same again is allowed. */
  allows({ kind, epoch, view, block }: VoteSubject): Result<null, GuardCode> {
    if (epoch < this.#epoch || (epoch === this.#epoch && view <= this.#floor)) {
      return failure('GUARD_FLOOR', `view ${view} of epoch ${epoch} is below the final floor`);
    }
    const flags = this.#flags.get(`${epoch}/${view}`);
    if (flags === undefined) return success(null);
    if (flags.abstained) {
      return failure('GUARD_ABSTAINED', `what was signed in view ${view} is not known`);
    }
    if (kind === VOTE.ACCEPT && differs(flags.accepted, block)) {
      return failure('GUARD_ACCEPTED', `another block was accepted in view ${view}`);
    }
    if (kind === VOTE.NULLIFY && flags.finalized !== undefined) {
      return failure('GUARD_FINALIZED', `a block was finalized in view ${view}`);
    }
    if (kind === VOTE.FINALIZE && flags.nullified) {
      return failure('GUARD_NULLIFIED', `view ${view} was nullified`);
    }
    if (kind === VOTE.FINALIZE && differs(flags.finalized, block)) {
      return failure('GUARD_FINALIZED', `another block was finalized in view ${view}`);
    }
    return success(null);
  }

  /** Notes what is about to be signed, or was before. */
  note({ kind, epoch, view, block }: VoteSubject): void {
    const flags = this.#at(epoch, view);
    if (kind === VOTE.NULLIFY) flags.nullified = true;
    else if (kind === VOTE.ACCEPT) flags.accepted = block ?? undefined;
    else flags.finalized = block ?? undefined;
  }

  /** Nothing will be signed in this view. */
  abstain(epoch: number, view: number): void {
    this.#at(epoch, view).abstained = true;
  }

  #at(epoch: number, view: number): Flags {
    const key = `${epoch}/${view}`;
    let flags = this.#flags.get(key);
    if (flags === undefined) {
      const nothing = { accepted: undefined, nullified: false, finalized: undefined };
      flags = { epoch, view, ...nothing, abstained: false };
      this.#flags.set(key, flags);
    }
    return flags;
  }

  /** Raises the floor to what is durably final, and only then forgets the flags below it. */
  raise(epoch: number, view: number): void {
    if (epoch < this.#epoch || (epoch === this.#epoch && view <= this.#floor)) return;
    this.#epoch = epoch;
    this.#floor = view;
    for (const [key, flags] of this.#flags) {
      const below = flags.epoch < epoch || (flags.epoch === epoch && flags.view <= view);
      if (below) this.#flags.delete(key);
    }
  }
}

function differs(noted: Uint8Array | undefined, block: Uint8Array | null): boolean {
  return noted !== undefined && (block === null || !equalBytes(noted, block));
}
