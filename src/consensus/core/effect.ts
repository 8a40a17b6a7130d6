/** What the core wants done. The engine runs effects in order, what persists before any send. */
import type { Block } from '../../ledger/block.ts';
import type { Evidence } from '../../ledger/evidence.ts';
import type { Certificate, VoteSubject } from '../../ledger/vote.ts';
import type { Message } from '../messages.ts';
import type { BlockJudgement, ProposalContext } from '../ports.ts';
import type { WalRecord } from '../records.ts';

/** Why one gave a view up. */
export type NullifyReason = 'timeout' | 'leader' | 'others' | 'silent-leader' | 'invalid' | 'time';

export type Effect =
  /** `sync`: before this iteration sends anything. Others may wait for the next that is. */
  | { readonly type: 'persist'; readonly record: WalRecord; readonly sync: boolean }
  | { readonly type: 'send'; readonly to: number; readonly message: Message }
  | { readonly type: 'broadcast'; readonly message: Message }
  /** Through the sign guard; answered by `signed`, or not at all if the guard refuses. */
  | { readonly type: 'sign'; readonly subject: VoteSubject }
  /** Answered by `checked`. */
  | { readonly type: 'check'; readonly block: Block }
  /** Answered by `built`, once everything else of the iteration is done. */
  | { readonly type: 'build'; readonly parent: Uint8Array; readonly context: ProposalContext }
  /** Answered by `work`. */
  | { readonly type: 'ask-work'; readonly parent: Uint8Array }
  | {
      readonly type: 'finalize';
      readonly blocks: readonly Block[];
      readonly certificate: Certificate;
    }
  /** Wake the core by `tick` at this elapsed time, in place of an earlier wish. */
  | { readonly type: 'timer'; readonly at: number }
  /** A validator contradicts itself; both signatures were checked. */
  | { readonly type: 'evidence'; readonly evidence: Evidence }
  /** A final block of this height exists whose ancestors are not here: block sync is needed. */
  | { readonly type: 'behind'; readonly height: number }
  /** An accepted block does not follow from our state: stop voting and keep everything. */
  | { readonly type: 'diverged'; readonly block: Block; readonly judgement: BlockJudgement }
  /** It became final here after all, and follows: votes go on. */
  | { readonly type: 'agreed' }
  | { readonly type: 'entered'; readonly view: number }
  | { readonly type: 'nullified'; readonly view: number; readonly reason: NullifyReason };
