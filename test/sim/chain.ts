/** The one chain: what any honest node made final, and that all others made the same of it. */
import { equalBytes, toHex } from '../../src/common/bytes.ts';
import type { Block } from '../../src/ledger/block.ts';
import type { ValidatorSet } from '../../src/ledger/validators.ts';
import type { Certificate } from '../../src/ledger/vote.ts';
import { type Monitor, Violation } from './monitor.ts';

interface Agreed {
  readonly hash: Uint8Array;
  readonly stateRoot: string;
}

export class AgreedChain {
  readonly #monitor: Monitor;
  readonly #blocks: Agreed[] = [];
  /** Height by transaction id. */
  readonly #transactions = new Map<string, number>();

  constructor(monitor: Monitor, genesis: Uint8Array) {
    this.#monitor = monitor;
    this.#blocks.push({ hash: genesis, stateRoot: '' });
  }

  get height(): number {
    return this.#blocks.length - 1;
  }

  heightOf(transaction: Uint8Array): number | undefined {
    return this.#transactions.get(toHex(transaction));
  }

  /**
   * A node told its readers that a block is final.
   *
   * @param ids of its transactions
   * @param stateRoot of the tree after it, in hex
   */
  final(
    node: number,
    block: Block,
    parts: {
      readonly ids: readonly Uint8Array[];
      readonly stateRoot: string;
      readonly certificate: Certificate | undefined;
      /** Of its children; undefined: its own. */
      readonly epoch: { readonly number: number; readonly validators: ValidatorSet } | undefined;
    },
  ): void {
    const { height, parent } = block.header;
    const { ids, stateRoot, certificate } = parts;
    if (certificate !== undefined) {
      this.#monitor.certificate(certificate);
      if (!equalBytes(certificate.block ?? new Uint8Array(0), block.hash)) {
        throw new Violation(`node ${node}: the finalization of ${height} names another block`);
      }
    }
    this.#monitor.final(block.hash, parts.epoch);
    if (!this.#monitor.safe) return;
    const agreed = this.#blocks[height];
    if (agreed === undefined) {
      this.#append(node, block, ids, stateRoot);
      return;
    }
    if (!equalBytes(agreed.hash, block.hash)) {
      throw new Violation(`node ${node}: another block ${height} is final elsewhere`);
    }
    if (agreed.stateRoot !== stateRoot) {
      throw new Violation(`node ${node}: another state after block ${height}`);
    }
    const before = this.#blocks[height - 1];
    if (before === undefined || !equalBytes(before.hash, parent)) {
      throw new Violation(`node ${node}: block ${height} does not follow`);
    }
  }

  #append(node: number, block: Block, ids: readonly Uint8Array[], stateRoot: string): void {
    const { height, parent, epoch, view, proposer } = block.header;
    if (proposer !== this.#monitor.leader(epoch, view)) {
      throw new Violation(`node ${node}: block ${height} is not of the leader of view ${view}`);
    }
    const before = this.#blocks[height - 1];
    if (before === undefined || !equalBytes(before.hash, parent)) {
      throw new Violation(`node ${node}: block ${height} does not follow`);
    }
    this.#blocks.push({ hash: block.hash, stateRoot });
    for (const id of ids) {
      const key = toHex(id);
      const earlier = this.#transactions.get(key);
      if (earlier !== undefined) {
        throw new Violation(`a transaction is in blocks ${earlier} and ${height}`);
      }
      this.#transactions.set(key, height);
    }
  }
}
