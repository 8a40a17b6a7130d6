/** What a reader of a successor has to look at: what it goes on from, and who signed. */
import { hashText, timeText } from '../../client/views.ts';
import type { Json } from '../../common/codec/index.ts';
import { blockHash } from '../../ledger/block.ts';
import { firstHeightOf, lastHeaderOf } from '../../ledger/first-block.ts';
import {
  type FullGenesis,
  predecessorOf,
  signedBy,
  signersOf,
} from '../../ledger/genesis-signatures.ts';

export interface Succession {
  readonly json: { readonly [name: string]: Json };
  readonly text: readonly string[];
}

/** Undefined for a chain that began with nothing. */
export function describeSuccession(full: FullGenesis): Succession | undefined {
  const { predecessor } = full.genesis;
  if (predecessor === null) return undefined;
  const { chain, header } = predecessor;
  const { height, time } = lastHeaderOf(predecessor);
  const [{ signed, unsigned }, { needed }] = [signedBy(full), signersOf(full)];
  const last = { height, time: timeText(time), hash: hashText(blockHash(chain, header)) };
  const first = firstHeightOf(full.genesis);
  const shares = `${signed.length} of ${signed.length + unsigned.length}; ${needed} needed`;
  return {
    json: {
      chain: hashText(chain),
      last,
      first,
      needed,
      signed: [...signed],
      unsigned: [...unsigned],
    },
    text: [
      `succeeds     ${hashText(chain)}`,
      `after        block ${height}, ${last.time}, ${last.hash}`,
      `signed by    ${signed.join(', ') || 'nobody'} (${shares})`,
      `not by       ${unsigned.join(', ') || 'nobody'}`,
    ],
  };
}

/** The steps from chain to chain whose first blocks lie in a range, oldest first. */
export function successionsIn(full: FullGenesis, from: number, to: number): readonly Succession[] {
  const before = predecessorOf(full);
  if (before === undefined) return [];
  const at = firstHeightOf(full.genesis);
  const own = describeSuccession(full);
  const isIn = own !== undefined && from <= at && at <= to;
  return [...successionsIn(before, from, to), ...(isIn ? [own] : [])];
}
