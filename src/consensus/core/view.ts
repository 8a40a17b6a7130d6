/** What is known about one view: votes by their signer, certificates, and what one did oneself. */
import { type Certificate, VOTE, type Vote } from '../../ledger/vote.ts';

export interface View {
  readonly number: number;
  /** The block of the leader's first accept: its proposal. */
  proposed: { readonly hash: Uint8Array; readonly hex: string } | undefined;
  /** By block; a validator may stand under two blocks, which is its fault and our evidence. */
  readonly accepts: Map<string, Map<number, Vote>>;
  readonly finalizes: Map<string, Map<number, Vote>>;
  readonly nullifies: Map<number, Vote>;
  /** The first of each validator. */
  readonly firstAccept: Map<number, Vote>;
  readonly firstFinalize: Map<number, Vote>;
  /** Whose second block was counted, by kind: no third is. */
  readonly contradicted: {
    readonly [VOTE.ACCEPT]: Set<number>;
    readonly [VOTE.FINALIZE]: Set<number>;
  };
  acceptance: Certificate | undefined;
  nullification: Certificate | undefined;
  finalization: Certificate | undefined;
  readonly own: OwnView;
}

/** Set when the decision is made, before the signature exists, so that it is made once. */
export interface OwnView {
  /** Hex of the block. */
  accepted: string | undefined;
  nullified: boolean;
  finalized: string | undefined;
  /** The signed votes, to be sent again byte by byte. */
  readonly votes: Vote[];
}

export function createView(number: number): View {
  return {
    number,
    proposed: undefined,
    accepts: new Map(),
    finalizes: new Map(),
    nullifies: new Map(),
    firstAccept: new Map(),
    firstFinalize: new Map(),
    contradicted: { [VOTE.ACCEPT]: new Set(), [VOTE.FINALIZE]: new Set() },
    acceptance: undefined,
    nullification: undefined,
    finalization: undefined,
    own: { accepted: undefined, nullified: false, finalized: undefined, votes: [] },
  };
}

/** The certificate that says which block this view accepted. */
export function acceptanceOf(view: View | undefined): Certificate | undefined {
  return view?.acceptance ?? view?.finalization;
}

/** What lets everybody leave the view, the most telling first. */
export function exitOf(view: View | undefined): Certificate | undefined {
  return view?.finalization ?? view?.acceptance ?? view?.nullification;
}
