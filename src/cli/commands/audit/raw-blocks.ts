/** The blocks of a chain as nodes give them, in canonical bytes. */
import type { AnswerOf } from '../../../client/answers.ts';
import { fromBase64url } from '../../../common/bytes.ts';
import { type Block, decodeBlock } from '../../../ledger/block.ts';
import { firstHeightOf } from '../../../ledger/first-block.ts';
import { chainOf } from '../../../ledger/genesis.ts';
import { type FullGenesis, lineageOf } from '../../../ledger/genesis-signatures.ts';
import { type Certificate, decodeCertificate } from '../../../ledger/vote.ts';
import { CliError } from '../../errors.ts';
import type { Session } from '../../session.ts';

type RawBlocks = AnswerOf<'chain_getRawBlocks'>;

/** A block as a node gave it. */
export interface RawBlock {
  /** That it has to be of, by its height. */
  readonly chain: Uint8Array;
  readonly height: number;
  /** Its bytes in base64url. */
  readonly text: string;
  /** Its own finalization, where the node has one. */
  readonly certificate: Certificate | undefined;
}

/** The chain as the node tells it; the next page comes over the network meanwhile. */
export async function* blocksOf(
  session: Session,
  from: number,
  to: number,
): AsyncGenerator<RawBlock> {
  let next: number | null = from > to ? null : from;
  let waiting: Promise<RawBlocks> | undefined;
  while (next !== null) {
    const page: RawBlocks = await (waiting ?? fetchPage(session, next, to));
    next = page.blocks.length === 0 ? null : page.next;
    waiting = next === null ? undefined : fetchPage(session, next, to);
    waiting?.catch(() => undefined);
    for (const raw of page.blocks) {
      if (session.client.signal?.aborted) throw new CliError('INTERRUPTED', 'interrupted');
      yield rawBlock(session, raw);
    }
  }
}

function fetchPage(session: Session, from: number, to: number): Promise<RawBlocks> {
  return session.client.call('chain_getRawBlocks', { from, to });
}

function rawBlock(session: Session, raw: RawBlocks['blocks'][number]): RawBlock {
  const { height, block: text } = raw;
  const certificate = raw.certificate === null ? undefined : fromBase64url(raw.certificate);
  const decoded = certificate && decodeCertificate(certificate);
  if (raw.certificate !== null && !decoded?.ok) {
    throw divergence(height, 'its certificate does not decode');
  }
  const chain = chainAt(session.genesis, height);
  return { chain, height, text, certificate: decoded?.ok ? decoded.value : undefined };
}

/** @throws CliError REPLAY_DIVERGENCE */
export function readBlock({ chain, height, text }: RawBlock): Block {
  const bytes = fromBase64url(text);
  if (bytes === undefined) throw divergence(height, 'its bytes are no base64url');
  const block = decodeBlock(chain, bytes);
  if (!block.ok) throw divergence(height, block.message);
  return block.value;
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
