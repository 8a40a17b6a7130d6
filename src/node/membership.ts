/**
 * What a change of members or epoch means for this node: whom it connects to and hears, whether it
 * has to say `ready`, and which of its keys is the one. Cheap for the blocks that change nothing.
 */
import type { Logger } from 'pino';
import { STANDING } from '../ledger/state-values.ts';
import { senderOf } from '../ledger/transaction.ts';
import type { P2pMember } from '../p2p/roster.ts';
import type { FinalEvent, Ledger } from '../state/ledger.ts';
import * as queries from '../state/queries.ts';
import type { NodeKey } from './node-key.ts';
import { p2pMembers } from './p2p-members.ts';
import type { ReadyWord } from './ready-word.ts';
import type { VotingKeys } from './voting-keys.ts';

export interface MembershipOptions {
  readonly ledger: Ledger;
  /** Member id; undefined for a node that is nobody's. */
  readonly member: string | undefined;
  readonly nodeKey: Pick<NodeKey, 'follow'>;
  readonly keys: VotingKeys;
  /** Of a member's node. */
  readonly readyWord: ReadyWord | undefined;
  readonly setMembers: (members: readonly P2pMember[]) => void;
  readonly log: Logger;
}

export class Membership {
  readonly #options: MembershipOptions;
  #epoch: number;
  /** The epoch has begun, and its first block is to come: the one before is not over for all. */
  #begins = true;
  #warned = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#epoch = options.ledger.epoch.number;
  }

  /** Whether this node's member votes in the running epoch. */
  get votes(): boolean {
    return this.#listedKey() !== undefined;
  }

  /** Looks at state as it is; for the start. */
  refresh(): void {
    const { ledger, keys, readyWord, setMembers, log } = this.#options;
    setMembers(p2pMembers(ledger));
    readyWord?.membersChanged();
    this.#lookAtEntry();
    const listed = this.#listedKey();
    if (listed === undefined) return;
    keys.settle(listed).catch((error: unknown) => {
      log.warn({ err: error }, 'the old validator key could not be put aside');
    });
  }

  /** A block is final. */
  final({ transactions }: FinalEvent): void {
    const { ledger, readyWord } = this.#options;
    const entered = ledger.epoch.number !== this.#epoch;
    // Members and validators change by their own transactions only.
    const spoken = transactions.some(
      ({ transaction }) => senderOf(transaction.sender).kind !== 'publisher',
    );
    if (spoken || entered || this.#begins) this.refresh();
    this.#epoch = ledger.epoch.number;
    this.#begins = entered;
    readyWord?.final();
  }

  /** Members whose voting key waits for their node's word that it is ready. */
  get notReady(): string[] {
    const state = this.#options.ledger.state();
    const waiting = queries.members(state).filter((each) => queries.pendingKey(state, each));
    return waiting.map(({ member }) => member.id);
  }

  #listedKey(): Uint8Array | undefined {
    const { ledger, member } = this.#options;
    return ledger.epoch.validators.find((validator) => validator.member === member)?.key;
  }

  /** Follows its node key; says, once, why the others are about to cut this node off. */
  #lookAtEntry(): void {
    const { ledger, member, nodeKey, log } = this.#options;
    const found = member === undefined ? undefined : queries.member(ledger.state(), member);
    const gone = found?.standing === STANDING.GONE;
    if (!this.#warned && gone) {
      log.warn({ member, code: 'MEMBER_REMOVED' }, 'this member is none any more: stop the node');
    }
    this.#warned = gone;
    if (found !== undefined && !gone) nodeKey.follow(found.member.nodeKey);
  }
}
