/** Block ranges for peers that catch up, straight from the ledger's stored bytes. */
import type { BlockSource } from '../p2p/sync/range-server.ts';
import type { Ledger } from '../state/ledger.ts';

type RangeBlock = ReturnType<BlockSource['range']>[number];

/**
 * Ranges end at a block with its own finalization, which proves all before it. One that would not
 * fit into `bytesMax` before its first such block goes on to it: less would be of no use.
 */
export function blockSource(ledger: Ledger): BlockSource {
  return { range: (from, bytesMax) => rangeOf(ledger, from, bytesMax) };
}

function rangeOf(ledger: Ledger, from: number, bytesMax: number): readonly RangeBlock[] {
  const blocks: RangeBlock[] = [];
  const head = ledger.head.header.height;
  let provable = 0;
  let bytes = 0;
  for (let height = from; height <= head; height++) {
    const block = ledger.blockBytes(height);
    if (block === undefined) break;
    const certificate = ledger.certificateBytes(height) ?? null;
    bytes += block.length + (certificate?.length ?? 0);
    if (bytes > bytesMax && provable > 0) break;
    blocks.push({ block, certificate });
    if (certificate !== null) provable = blocks.length;
  }
  return blocks.slice(0, provable);
}
