/** What can happen to the core. Votes and certificates come with their signatures checked. */
import type { Block, Header } from '../../ledger/block.ts';
import type { Certificate, Vote } from '../../ledger/vote.ts';
import type { BlockJudgement } from '../ports.ts';

/** The two clocks: `elapsed` never goes back and drives timers, `wall` is compared with blocks. */
export interface Now {
  /** ms */
  readonly elapsed: number;
  /** ms since 1970 UTC */
  readonly wall: number;
}

/** What the WAL held, decoded, in its order; own votes already passed the guard's reading. */
export interface Restored {
  readonly blocks: readonly { readonly block: Block; readonly bytes: Uint8Array }[];
  readonly votes: readonly Vote[];
  readonly certificates: readonly Certificate[];
}

export type Input =
  | { readonly type: 'start'; readonly restored: Restored }
  /** The one timer, set by the `timer` effect, fired; the core knows what was due. */
  | { readonly type: 'tick' }
  /** Something authentic came from this validator. */
  | { readonly type: 'heard'; readonly validator: number }
  | { readonly type: 'vote'; readonly vote: Vote }
  /** One that is of no use any more, but contradicts what its signer signed before. */
  | { readonly type: 'contradiction'; readonly vote: Vote }
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** A block that `wantsBlock` asked for; its transactions are those of its header. */
  | { readonly type: 'block'; readonly block: Block; readonly bytes: Uint8Array }
  /** The newest finalization a peer has, with its block's header. */
  | { readonly type: 'finality'; readonly certificate: Certificate; readonly header: Header }
  | {
      readonly type: 'status';
      readonly from: number;
      readonly view: number;
      readonly height: number;
    }
  | {
      readonly type: 'request';
      readonly from: number;
      readonly blocks: readonly Uint8Array[];
      readonly views: readonly number[];
    }
  /** Some transactions of a block, by a bit for each. */
  | {
      readonly type: 'bodies-request';
      readonly from: number;
      readonly hash: Uint8Array;
      readonly missing: Uint8Array;
    }
  /** A wanted block is named by an outline, and its transactions are looked for. */
  | { readonly type: 'outlined'; readonly hash: Uint8Array }
  /** A validator that doesn't know any more what it signed asks where we stand. */
  | { readonly type: 'query'; readonly from: number; readonly nonce: Uint8Array }
  /** A vote for a view beyond the window: somebody is far ahead. */
  | { readonly type: 'far'; readonly from: number }
  /** Somebody speaks of a later epoch: its boundary block is final somewhere, or it lies. */
  | { readonly type: 'ahead'; readonly from: number | undefined }
  /** Answers to the effects of the same names. */
  | { readonly type: 'signed'; readonly vote: Vote }
  | {
      readonly type: 'checked';
      readonly hash: Uint8Array;
      readonly judgement: BlockJudgement;
      /** A valid block that ends the epoch. */
      readonly boundary: boolean;
    }
  | {
      readonly type: 'built';
      readonly view: number;
      readonly block: Block;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'work'; readonly parent: Uint8Array; readonly waiting: boolean }
  /** What one signed before is out of reach of every view above this one. */
  | { readonly type: 'trusted'; readonly abstainUntil: number }
  /** The mempool got something. */
  | { readonly type: 'work-appeared' }
  /** Block sync brought a final block that doesn't follow from our state. */
  | { readonly type: 'refused'; readonly block: Block; readonly judgement: BlockJudgement }
  /** The block that state diverged at became final here. */
  | { readonly type: 'agreed'; readonly voting: boolean }
  /** Block sync made this block of the epoch final; the application has it durably. */
  | { readonly type: 'imported'; readonly block: Block; readonly certificate: Certificate };
