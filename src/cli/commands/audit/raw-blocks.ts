/** The blocks of a chain as nodes give them, in canonical bytes. */
import type { AnswerOf } from '../../../client/answers.ts';
import { fromBase64url } from '../../../common/bytes.ts';
import { decodeBlock } from '../../../ledger/block.ts';
import { firstHeightOf } from '../../../ledger/first-block.ts';
import { chainOf } from '../../../ledger/genesis.ts';
import { type FullGenesis, lineageOf } from '../../../ledger/genesis-signatures.ts';
import { decodeCertificate } from '../../../ledger/vote.ts';
import type { ReplayBlock } from '../../../state/replay-ahead.ts';
import { CliError } from '../../errors.ts';
import type { Session } from '../../session.ts';

type RawBlocks = AnswerOf<'chain_getRawBlocks'>;

/** The chain as the node tells it; the next page comes over the network meanwhile. */
export async function* blocksOf(
  session: Session,
  from: number,
  to: number,
): AsyncGenerator<ReplayBlock> {
  let next: number | null = from > to ? null : from;
  let waiting: Promise<RawBlocks> | undefined;
  while (next !== null) {
    const page: RawBlocks = await (waiting ?? fetchPage(session, next, to));
    next = page.blocks.length === 0 ? null : page.next;
    waiting = next === null ? undefined : fetchPage(session, next, to);
    waiting?.catch(() => undefined);
    for (const raw of page.blocks) yield readRaw(session, raw);
  }
}

function fetchPage(session: Session, from: number, to: number): Promise<RawBlocks> {
  return session.client.call('chain_getRawBlocks', { from, to });
}

function readRaw(session: Session, raw: RawBlocks['blocks'][number]): ReplayBlock {
  if (session.client.signal?.aborted) throw new CliError('INTERRUPTED', 'interrupted');
  const bytes = fromBase64url(raw.block);
  if (bytes === undefined) throw divergence(raw.height, 'its bytes are no base64url');
  const block = decodeBlock(chainAt(session.genesis, raw.height), bytes);
  if (!block.ok) throw divergence(raw.height, block.message);
  const certificate = raw.certificate === null ? undefined : fromBase64url(raw.certificate);
  const decoded = certificate && decodeCertificate(certificate);
  if (raw.certificate !== null && !decoded?.ok) {
    throw divergence(raw.height, 'its certificate does not decode');
  }
  return { block: block.value, certificate: decoded?.ok ? decoded.value : undefined };
}

/** The chain that a height is of: a successor's history begins with the chains before. */
function chainAt(genesis: FullGenesis, height: number): Uint8Array {
  const lineage = lineageOf(genesis);
  const of = lineage.findLast((each) => firstHeightOf(each) <= height) ?? genesis.genesis;
  return chainOf(of);
}

/** @returns exit 21, naming the height */
export function divergence(height: number, why: string): CliError {
  return new CliError('REPLAY_DIVERGENCE', `the chain diverges at height ${height}: ${why}`, {
    details: { height },
    hint: 'the node lies, or its state is broken: replay from another member and compare',
  });
}
