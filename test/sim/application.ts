/**
 * A replicated state machine in a few lines: its state is the hash over all transactions so far.
 * Final blocks are on its disk at once, like those of the ledger.
 */
import { equalBytes, toHex } from '../../src/common/bytes.ts';
import { encode } from '../../src/common/codec/index.ts';
import { invariant } from '../../src/common/errors.ts';
import { sha256Of, ZERO_HASH } from '../../src/common/hash.ts';
import type {
  Application,
  BlockJudgement,
  Epoch,
  FinalBlock,
  ProposalContext,
} from '../../src/consensus/ports.ts';
import { type Block, encodeBlock, makeBlock } from '../../src/ledger/block.ts';
import { leafText, merkleRoot } from '../../src/ledger/merkle/rfc6962.ts';
import type { Parameters } from '../../src/ledger/parameters.ts';
import { type ValidatorSet, validatorsHash } from '../../src/ledger/validators.ts';
import { type Certificate, certificateSchema } from '../../src/ledger/vote.ts';

/** What survives a crash. */
export interface ChainDisk {
  readonly blocks: Block[];
  readonly certificates: Map<number, Certificate>;
}

interface Overlay {
  readonly block: Block;
  readonly root: Uint8Array;
  readonly included: ReadonlySet<string>;
  /** It ends its epoch. */
  readonly boundary: boolean;
  /** That of its children, and the height at which it begins. */
  readonly epoch: { readonly number: number; readonly first: number };
}

export interface SimApplicationOptions {
  readonly disk: ChainDisk;
  readonly validators: ValidatorSet;
  readonly parameters: Parameters;
  readonly onFinal: (block: Block) => void;
}

const TRANSACTIONS_PER_BLOCK_MAX = 50;

export class SimApplication implements Application {
  readonly #disk: ChainDisk;
  readonly #validators: ValidatorSet;
  /** Transactions that wait at this node, by hex. */
  readonly pending = new Map<string, Uint8Array>();
  readonly #overlays = new Map<string, Overlay>();
  readonly #parameters: Parameters;
  readonly #onFinal: (block: Block) => void;
  #head: Overlay;

  constructor({ disk, validators, parameters, onFinal }: SimApplicationOptions) {
    this.#disk = disk;
    this.#validators = validators;
    this.#parameters = parameters;
    this.#onFinal = onFinal;
    const [genesis, ...rest] = disk.blocks;
    invariant(genesis !== undefined, 'a chain starts with a genesis');
    const epoch = { number: 1, first: 0 };
    this.#head = { block: genesis, root: ZERO_HASH, included: new Set(), boundary: false, epoch };
    for (const block of rest) this.#head = this.#execute(this.#head, block);
  }

  get head() {
    return this.#head.block;
  }

  get epoch(): Epoch {
    const { number } = this.#head.epoch;
    return { number, validators: this.#validators, parameters: this.#parameters };
  }

  isBoundary(hash: Uint8Array): boolean {
    return this.#at(hash)?.boundary ?? false;
  }

  certificate(height: number): Certificate | undefined {
    return this.#disk.certificates.get(height);
  }

  propose(parentHash: Uint8Array, context: ProposalContext): Block {
    const parent = this.#at(parentHash);
    invariant(parent !== undefined, 'a leader builds on what was checked');
    const empty = context.empty || this.#endsAbove(parent);
    const transactions = empty ? [] : this.#eligible(parent);
    const { header } = parent.block;
    const validators = validatorsHash(header.chain, this.#validators);
    return makeBlock(
      {
        ...header,
        epoch: context.epoch,
        height: header.height + 1,
        view: context.view,
        parent: parentHash,
        time: context.time,
        proposer: context.proposer,
        txRoot: merkleRoot(transactions),
        stateRoot: parent.root,
        validators,
        nextValidators: validators,
      },
      transactions,
    );
  }

  body(leaf: string): Uint8Array | undefined {
    return [...this.pending.values()].find((bytes) => leafText(bytes) === leaf);
  }

  async prepare(): Promise<void> {}

  check(block: Block): BlockJudgement {
    const hex = toHex(block.hash);
    if (this.#overlays.has(hex)) return 'valid';
    const parent = this.#at(block.header.parent);
    if (parent === undefined) return 'unknown-parent';
    if (block.header.epoch !== parent.epoch.number) return 'invalid';
    if (this.#endsAbove(parent) && block.transactions.length > 0) return 'invalid';
    if (block.transactions.some((each) => parent.included.has(toHex(each)))) return 'invalid';
    if (!equalBytes(block.header.stateRoot, parent.root)) return 'diverged';
    this.#overlays.set(hex, this.#execute(parent, block));
    return 'valid';
  }

  hasWork(parentHash: Uint8Array): boolean {
    const parent = this.#at(parentHash);
    if (parent === undefined) return false;
    return this.#endsAbove(parent) || this.#eligible(parent).length > 0;
  }

  async finalize(blocks: readonly FinalBlock[]): Promise<void> {
    for (const { block, certificate } of blocks) {
      const overlay = this.#overlays.get(toHex(block.hash));
      invariant(overlay !== undefined, 'only checked blocks become final');
      invariant(equalBytes(block.header.parent, this.#head.block.hash), 'blocks follow the head');
      this.#disk.blocks.push(block);
      this.#head = overlay;
      for (const transaction of block.transactions) this.pending.delete(toHex(transaction));
      if (certificate !== undefined) this.#disk.certificates.set(block.header.height, certificate);
      this.#onFinal(block);
    }
    for (const [hex, { block }] of this.#overlays) {
      if (block.header.height <= this.head.header.height) this.#overlays.delete(hex);
    }
  }

  #at(hash: Uint8Array): Overlay | undefined {
    return equalBytes(hash, this.#head.block.hash) ? this.#head : this.#overlays.get(toHex(hash));
  }

  /** Whether a child of `parent` is at its epoch's greatest length. */
  #endsAbove({ block, epoch }: Overlay): boolean {
    return block.header.height + 2 - epoch.first >= this.#parameters.epochBlocksMax;
  }

  #execute(parent: Overlay, block: Block): Overlay {
    const boundary = this.#endsAbove(parent);
    const next = { number: parent.epoch.number + 1, first: block.header.height + 1 };
    return {
      block,
      root: sha256Of(parent.root, ...block.transactions),
      included: new Set([...parent.included, ...block.transactions.map(toHex)]),
      boundary,
      epoch: boundary ? next : parent.epoch,
    };
  }

  #eligible(parent: Overlay): Uint8Array[] {
    return [...this.pending]
      .filter(([hex]) => !parent.included.has(hex))
      .slice(0, TRANSACTIONS_PER_BLOCK_MAX)
      .map(([, transaction]) => transaction);
  }
}

/** What block sync serves: some `count` blocks from `from`, the last with its finalization. */
export function rangeOf(disk: ChainDisk, from: number, count: number) {
  const range = [];
  let proven = 0;
  for (let height = from; height < disk.blocks.length; height++) {
    const block = disk.blocks[height] as Block;
    const certificate = disk.certificates.get(height);
    range.push({
      block: encodeBlock(block),
      certificate: certificate === undefined ? null : encode(certificateSchema, certificate),
    });
    if (certificate !== undefined) proven = range.length;
    if (proven >= count) break;
  }
  return range.slice(0, proven);
}
