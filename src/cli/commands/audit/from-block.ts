/** Replaying from a block that is proven to be final; what is before it is believed. */
import { resolvedHeight } from '../../../client/at.ts';
import { askHeader } from '../../../client/headers.ts';
import type { ProofContext } from '../../../client/proof.ts';
import { askEntries, askList } from '../../../client/state.ts';
import { equalBytes } from '../../../common/bytes.ts';
import { invariant } from '../../../common/errors.ts';
import { verify } from '../../../common/signature.ts';
import { type Block, blockHash } from '../../../ledger/block.ts';
import type { Checkpoint } from '../../../ledger/light-client.ts';
import { sidesOf } from '../../../ledger/merkle/prover.ts';
import { append, type Frontier } from '../../../ledger/merkle/rfc6962.ts';
import type { ReplayProgress } from '../../../state/replay.ts';
import type { Witness } from '../../../state/witness/replay-from.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Progress } from '../../progress.ts';
import type { Session } from '../../session.ts';
import { blocksOf, divergence, readBlock } from './raw-blocks.ts';

export interface ReplayedFrom {
  readonly done: ReplayProgress;
  readonly checkpoint: Checkpoint;
  readonly stateRoot: Uint8Array;
  /** Hash of the first block. */
  readonly first: Uint8Array;
}

/** @throws CliError REPLAY_DIVERGENCE, NOTHING_TO_REPLAY; as `askHeader` */
export async function replayFrom(
  session: Session,
  from: number,
  progress: Progress,
): Promise<ReplayedFrom> {
  const { ReplayFrom } = await import('../../../state/witness/replay-from.ts');
  const { validators } = session.proof;
  const to = session.status.head.height;
  if (from >= to) throw nothingToReplay(from, to);
  const trusted = await askHeader(session.client, from, validators);
  const hash = blockHash(session.chain, trusted.proof.header);
  const history = append(await historyBefore(session, from - 1), trusted.header.parent);
  const recent = await recentBlocks(session, from, trusted.header.parent);
  const [before] = recent as [(typeof recent)[0]];
  const [first] = await listed(session, from, from);
  if (first === undefined || !equalBytes(first.hash, hash)) {
    throw divergence(from, 'the node gives another block than it proved');
  }
  const replay = await ReplayFrom.begin({
    before,
    first,
    history,
    recent: recent.toReversed(),
    witness: witnessOf(session, from - 1, trusted.proof.header),
    verify,
  });
  for await (const raw of blocksOf(session, from, to)) {
    const applied = await replay.apply(readBlock(raw), raw.certificate);
    if (!applied.ok) throw divergence(applied.height, applied.message);
    progress.at(applied.value.height, `${applied.value.transactions} transactions`);
  }
  const done = replay.finish();
  if (!done.ok) throw divergence(done.height, done.message);
  if (done.value.height < to) throw divergence(done.value.height + 1, 'the node has no such block');
  const { checkpoint, stateRoot } = replay;
  invariant(checkpoint !== undefined, 'the newest block is covered by its finalization');
  return { done: done.value, checkpoint, stateRoot, first: hash };
}

function nothingToReplay(from: number, to: number): CliError {
  const message = `there is nothing above block ${from} to replay: the newest one is ${to}`;
  return new CliError('NOTHING_TO_REPLAY', message, { exit: EXIT.USAGE });
}

/** What is proven about the state before the first block is held against its header. */
function witnessOf(session: Session, height: number, header: Uint8Array): Witness {
  const { client, proof } = session;
  const fresh = { newest: undefined, maxAgeMs: Number.POSITIVE_INFINITY, minHeight: 0 };
  const context: ProofContext = { ...proof, ...fresh, at: resolvedHeight(height) };
  const own = (given: Uint8Array): void => {
    // Both are final: another one would be a fork.
    if (!equalBytes(given, header)) throw divergence(height + 1, 'two headers of it are proven');
  };
  return {
    entries: async (keys) => {
      const { proven } = await askEntries(client, keys, context);
      own(proven.header);
      return proven;
    },
    end: async (key) => {
      const { proven, count, items, path } = await askList(client, { key, limit: 1 }, context);
      own(proven.header);
      const [item] = items;
      invariant(item !== undefined, 'a list that is there has items');
      return { count, item, path };
    },
  };
}

/** Over the hashes of the blocks before `height`: what stands left of its leaf in the history. */
async function historyBefore(session: Session, height: number): Promise<Frontier> {
  const { proof, head } = await askHeader(session.client, height, session.proof.validators);
  if (proof.history === null) throw nothingToReplay(height + 1, head.height);
  const sides = sidesOf(head.height - proof.finality.headers.length, height);
  const left = proof.history.path.filter((_, i) => Math.floor(sides / 2 ** i) % 2 === 1);
  return { count: height, nodes: left.toReversed() };
}

/** Of one question; blocks are small where there are many. */
const RECENT_AT_ONCE = 64;

/**
 * The blocks before a height, newest first, as far back as their transactions may still be sent
 * again; each is known by its child, the first one by `hash`.
 */
async function recentBlocks(session: Session, height: number, hash: Uint8Array): Promise<Block[]> {
  const { maxValidityMs } = session.status.limits;
  const recent: Block[] = [];
  let known = hash;
  for (let end = height; end > 0; ) {
    const start = Math.max(0, end - RECENT_AT_ONCE);
    const part = await listed(session, start, end - 1);
    for (const each of part.reverse()) {
      if (!equalBytes(each.hash, known)) {
        throw divergence(each.header.height, 'it is not the parent of the next one');
      }
      recent.push(each);
      known = each.header.parent;
      const age = (recent[0] as Block).header.time - each.header.time;
      if (age > maxValidityMs) return recent;
    }
    end = start;
  }
  return recent;
}

async function listed(session: Session, from: number, to: number): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const raw of blocksOf(session, from, to)) blocks.push(readBlock(raw));
  if (blocks.length !== to - from + 1) throw divergence(from, 'the node has no such block');
  return blocks;
}
