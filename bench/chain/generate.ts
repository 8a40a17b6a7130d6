/**
 * Long chains without a network: the node's own ledger proposes, executes and writes every block,
 * and the validators' keys sign the finalizations, as they would have one after the other. What
 * comes out is a database that a node can't tell from one that it wrote itself.
 */
import { mkdir } from 'node:fs/promises';
import { invariant } from '../../src/common/errors.ts';
import type { KeyPair } from '../../src/common/signature.ts';
import type { Block } from '../../src/ledger/block.ts';
import type { SignedGenesis } from '../../src/ledger/genesis.ts';
import type { ReceivedTransaction } from '../../src/ledger/transaction.ts';
import { leaderOf, quorumOf } from '../../src/ledger/validators.ts';
import { type Certificate, signVote, VOTE } from '../../src/ledger/vote.ts';
import { openClassicKv } from '../../src/state/kv/classic.ts';
import { type Ledger, openLedger } from '../../src/state/ledger.ts';

export interface ChainPlan {
  /** Folder of the database; made where it is missing. */
  readonly dir: string;
  readonly genesis: SignedGenesis;
  /** Voting keys by member. */
  readonly voters: ReadonlyMap<string, KeyPair>;
  readonly blocks: number;
  /** Ledger time from one block to the next. */
  readonly intervalMs: number;
  /** Of the block with this ledger time. */
  readonly transactions: (time: number) => readonly ReceivedTransaction[];
}

/** Blocks that share a write, and the bytes of their transactions: all are in memory meanwhile. */
const RUN_BLOCKS = 256;
const RUN_BYTES = 4 * 1024 * 1024;

export interface Final {
  readonly block: Block;
  readonly certificate: Certificate;
}

/** Writes the chain, each block with its own finalization. */
export async function generateChain(plan: ChainPlan): Promise<void> {
  await mkdir(plan.dir, { recursive: true });
  let waiting: readonly ReceivedTransaction[] = [];
  const ledger = await openLedger({
    store: await openClassicKv(plan.dir, { durable: false }),
    genesis: plan.genesis,
    source: { candidates: () => waiting },
    verifyTransaction: () => true, // they were signed here
  });
  try {
    let { hash } = ledger.head;
    let [finals, bytes, view]: [Final[], number, number] = [[], 0, 0];
    for (let height = 1; height <= plan.blocks; height++) {
      const time = plan.genesis.genesis.time + height * plan.intervalMs;
      waiting = plan.transactions(time);
      const final = nextFinal(ledger, plan.voters, { parent: hash, view: ++view, time });
      const { block } = final;
      const isLast = ledger.isBoundary(block.hash);
      const { length } = block.transactions;
      invariant(isLast || length === waiting.length, 'a block has room for its plan');
      finals.push(final);
      hash = block.hash;
      bytes += block.transactions.reduce((sum, each) => sum + each.length, 0);
      const goesOn = finals.length < RUN_BLOCKS && bytes < RUN_BYTES && height < plan.blocks;
      if (goesOn && !isLast) continue;
      await ledger.finalize(finals);
      [finals, bytes] = [[], 0];
      if (isLast) view = 0;
    }
  } finally {
    await ledger.close();
  }
}

/** A child of a checked block, of what waits, with its finalization. */
export function nextFinal(
  ledger: Ledger,
  voters: ChainPlan['voters'],
  place: { readonly parent: Uint8Array; readonly view: number; readonly time: number },
): Final {
  const block = proposed(ledger, place.parent, place.view, place.time);
  return { block, certificate: finalization(ledger, block, voters) };
}

/** A chain without failures: every view of an epoch brings a block, the last one an empty one. */
function proposed(ledger: Ledger, parent: Uint8Array, view: number, time: number): Block {
  const { number: epoch, validators } = ledger.epoch;
  const proposer = validators[leaderOf(view, validators.length)]?.member ?? '';
  return ledger.propose(parent, { epoch, view, proposer, time, empty: false });
}

/** The votes of a quorum, taken in turn. */
function finalization(
  { chain, epoch }: Ledger,
  { header, hash }: Block,
  voters: ReadonlyMap<string, KeyPair>,
): Certificate {
  const { number, validators } = epoch;
  const { view } = header;
  const named = { chain, epoch: number, view, block: hash };
  const subject = { version: 1, kind: VOTE.FINALIZE, ...named } as const;
  const signers = Array.from({ length: quorumOf(validators.length) }, (_, i) => {
    return (view + i) % validators.length;
  }).sort((a, b) => a - b);
  const signatures = signers.map((validator) => {
    const keys = voters.get(validators[validator]?.member ?? '');
    invariant(keys !== undefined, 'the keys of all validators are here');
    const { signature } = signVote(subject, validator, keys);
    return { validator, signature };
  });
  return { ...subject, signatures };
}
