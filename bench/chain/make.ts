/** A chain for the nodes of a consortium, and how they come to it. */
import { cp, link, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ReceivedTransaction } from '../../src/ledger/transaction.ts';
import type { Consortium } from '../consortium.ts';
import { generateChain } from './generate.ts';
import type { Signer } from './transactions.ts';

/** Ledger time from one block to the next. */
const INTERVAL_MS = 1_000;
/** Of the transactions; from the time of their block. */
const VALIDITY_MS = 300_000;

export interface ChainShape {
  readonly blocks: number;
  /** Makes one of a block's transactions. */
  readonly make: (signer: Signer, validUntil: number) => ReceivedTransaction;
  readonly perBlock: number;
}

/** When a chain must be founded so that its last block is of now. */
export function foundedFor(blocks: number): number {
  return Date.now() - (blocks + 1) * INTERVAL_MS;
}

/** Writes the database of a consortium that was founded for it into `dir`. */
export async function makeChain(
  consortium: Consortium,
  dir: string,
  { blocks, make, perBlock }: ChainShape,
): Promise<void> {
  const { genesis, signer } = consortium;
  await generateChain({
    dir,
    genesis,
    voters: await consortium.voters(),
    blocks,
    intervalMs: INTERVAL_MS,
    transactions: (time) =>
      Array.from({ length: perBlock }, () => make(signer, time + VALIDITY_MS)),
  });
}

/** Tables never change once written, so that all nodes of a machine may share them. */
const TABLE = /\.ldb$/;

/** Gives nodes the database in `dir`, each as its own. */
export async function giveChain(
  consortium: Consortium,
  dir: string,
  names: readonly string[],
): Promise<void> {
  const files = await readdir(dir);
  for (const name of names) {
    const to = consortium.chainDir(name);
    await mkdir(to, { recursive: true });
    for (const file of files) {
      const [source, target] = [path.join(dir, file), path.join(to, file)];
      await (TABLE.test(file) ? link(source, target) : cp(source, target));
    }
  }
}
