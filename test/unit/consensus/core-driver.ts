/** Feeds the core by hand and answers its effects like the engine, with signatures of zeros. */
import { toHex } from '../../../src/common/bytes.ts';
import { sha256Of } from '../../../src/common/hash.ts';
import type { Effect } from '../../../src/consensus/core/effect.ts';
import type { Input, Restored } from '../../../src/consensus/core/input.ts';
import { type CoreState, createState } from '../../../src/consensus/core/state.ts';
import { step } from '../../../src/consensus/core/step.ts';
import type { Message } from '../../../src/consensus/messages.ts';
import type { BlockJudgement } from '../../../src/consensus/ports.ts';
import { type Block, encodeBlock, genesisBlock, makeBlock } from '../../../src/ledger/block.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { DEFAULT_PARAMETERS } from '../../../src/ledger/parameters.ts';
import { leaderOf, quorumOf } from '../../../src/ledger/validators.ts';
import { type Certificate, VOTE, type Vote, type VoteKind } from '../../../src/ledger/vote.ts';

export const CHAIN = sha256Of(new Uint8Array([7]));
const START_TIME = 1_750_000_000_000;
const SIGNATURE = new Uint8Array(65).fill(1);
const NOTHING: Restored = { blocks: [], votes: [], certificates: [] };

export class CoreDriver {
  readonly genesis: Block;
  readonly state: CoreState;
  /** Everything the core asked for, in order. */
  readonly effects: Effect[] = [];
  /** What the application says about a block, by hex; valid if nothing. */
  readonly judgements = new Map<string, BlockJudgement>();
  /** Blocks that end the epoch, by hex. */
  readonly boundaries = new Set<string>();
  /** What the mempool says. */
  waiting = false;
  elapsed = 0;
  readonly #members: string[];

  constructor(
    options: {
      self?: number;
      count?: number;
      voting?: boolean;
      restored?: Restored;
      wholeBytesMax?: number;
    } = {},
  ) {
    const { self = 0, count = 4, voting = true, restored = NOTHING, wholeBytesMax } = options;
    this.#members = Array.from({ length: count }, (_, i) => `m-${String(i).padStart(3, '0')}`);
    const validators = this.#members.map((member, i) => ({
      member,
      key: new Uint8Array(33).fill(i + 1).fill(1, 0, 1),
    }));
    this.genesis = genesisBlock(CHAIN, START_TIME, validators);
    this.state = createState(
      {
        chain: CHAIN,
        epoch: 1,
        validators,
        self,
        voting,
        abstainUntil: 0,
        ...(wholeBytesMax === undefined ? {} : { wholeBytesMax }),
        parameters: DEFAULT_PARAMETERS,
        diverged: undefined,
        head: this.genesis,
        certificate: undefined,
      },
      0,
    );
    this.feed({ type: 'start', restored });
  }

  feed(first: Input): void {
    const inputs = [first];
    for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
      const now = { elapsed: this.elapsed, wall: START_TIME + this.elapsed };
      for (const effect of step(this.state, input, now)) {
        this.effects.push(effect);
        const answer = this.#answer(effect);
        if (answer !== undefined) inputs.push(answer);
      }
    }
  }

  #answer(effect: Effect): Input | undefined {
    switch (effect.type) {
      case 'sign': {
        const vote = { ...effect.subject, validator: this.state.self ?? 0, signature: SIGNATURE };
        return { type: 'signed', vote };
      }
      case 'check': {
        const judgement = this.judgements.get(toHex(effect.block.hash)) ?? 'valid';
        const boundary = this.boundaries.has(toHex(effect.block.hash));
        return { type: 'checked', hash: effect.block.hash, judgement, boundary };
      }
      case 'ask-work':
        return { type: 'work', parent: effect.parent, waiting: this.waiting };
      default:
        return undefined;
    }
  }

  /** Lets time pass, ticking as the engine's timer would. */
  pass(ms: number): void {
    const end = this.elapsed + ms;
    while (this.state.wakeAt <= end) {
      this.elapsed = Math.max(this.elapsed, this.state.wakeAt);
      this.feed({ type: 'tick' });
    }
    this.elapsed = end;
  }

  block(parent: Block, view: number, change: Partial<Block['header']> = {}, payload = 0): Block {
    const transactions = [new Uint8Array([payload, view])];
    return makeBlock(
      {
        ...parent.header,
        height: parent.header.height + 1,
        view,
        parent: parent.hash,
        time: START_TIME + this.elapsed,
        proposer: this.#members[leaderOf(view, this.#members.length)] ?? '',
        txRoot: merkleRoot(transactions),
        ...change,
      },
      transactions,
    );
  }

  vote(kind: VoteKind, view: number, block: Block | null, validator: number): Vote {
    const subject = { version: 1, kind, chain: CHAIN, epoch: 1, view } as const;
    return { ...subject, block: block?.hash ?? null, validator, signature: SIGNATURE };
  }

  certificate(kind: VoteKind, view: number, block: Block | null): Certificate {
    const { version, chain, epoch, block: hash } = this.vote(kind, view, block, 0);
    const count = quorumOf(this.#members.length);
    const signatures = Array.from({ length: count }, (_, validator) => ({
      validator,
      signature: SIGNATURE,
    }));
    return { version, kind, chain, epoch, view, block: hash, signatures };
  }

  receiveVote(kind: VoteKind, view: number, block: Block | null, validator: number): void {
    this.feed({ type: 'heard', validator });
    this.feed({ type: 'vote', vote: this.vote(kind, view, block, validator) });
  }

  receiveCertificate(kind: VoteKind, view: number, block: Block | null): void {
    this.feed({ type: 'certificate', certificate: this.certificate(kind, view, block) });
  }

  receiveBlock(block: Block): void {
    this.feed({ type: 'block', block, bytes: encodeBlock(block) });
  }

  /** A proposal as it comes: the leader's accept, then the block. */
  propose(block: Block): void {
    const { view } = block.header;
    this.receiveVote(VOTE.ACCEPT, view, block, leaderOf(view, this.#members.length));
    this.receiveBlock(block);
  }

  /** Acceptance and, with it, the block. */
  accept(block: Block): void {
    this.receiveCertificate(VOTE.ACCEPT, block.header.view, block);
    this.receiveBlock(block);
  }

  /** Own votes of a kind, as `view` numbers. */
  cast(kind: VoteKind): number[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'sign' && effect.subject.kind === kind ? [effect.subject.view] : [],
    );
  }

  of<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter((e): e is Extract<Effect, { type: T }> => e.type === type);
  }

  messages<K extends Message['kind']>(kind: K): Extract<Message, { kind: K }>[] {
    return this.effects.flatMap((effect) =>
      (effect.type === 'send' || effect.type === 'broadcast') && effect.message.kind === kind
        ? [effect.message as Extract<Message, { kind: K }>]
        : [],
    );
  }
}
