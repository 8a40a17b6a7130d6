/** The block that a genesis makes: final by definition, what its chain stands on. Pure. */
import { invariant } from '../common/errors.ts';
import {
  type Block,
  blockHash,
  decodeHeader,
  genesisBlock,
  type Header,
  makeBlock,
} from './block.ts';
import { chainOf, type Genesis, genesisValidators, type Predecessor } from './genesis.ts';
import { merkleRoot } from './merkle/rfc6962.ts';
import { stateRootOf } from './merkle/sparse.ts';
import { validatorsHash } from './validators.ts';

/** The epoch that a genesis begins. */
export function firstEpochOf({ predecessor }: Pick<Genesis, 'predecessor'>): number {
  return predecessor?.epoch ?? 1;
}

/** The last header of the chain before, of a genesis that `checkGenesis` passed. */
export function lastHeaderOf({ chain, header }: Predecessor): Header {
  const decoded = decodeHeader(chain, header);
  invariant(decoded.ok, 'a genesis is checked before anything is made of it');
  return decoded.value;
}

/** Where the chain of a genesis begins: 0, or above the last block of the chain before. */
export function firstHeightOf({ predecessor }: Pick<Genesis, 'predecessor'>): number {
  return predecessor === null ? 0 : lastHeaderOf(predecessor).height + 1;
}

/**
 * Block 0; of a successor the child of the last block of the chain before. It holds nothing, its
 * header carries the state that goes on, and its history is that of the chain before.
 */
export function firstBlock(genesis: Genesis): Block {
  const [chain, set] = [chainOf(genesis), genesisValidators(genesis)];
  const { predecessor, time } = genesis;
  if (predecessor === null) return genesisBlock(chain, time, set);
  const { epoch, header, treeRoot, resultRoot, historyRoot } = predecessor;
  const validators = validatorsHash(chain, set);
  return makeBlock(
    {
      version: 1,
      chain,
      epoch,
      height: lastHeaderOf(predecessor).height + 1,
      view: 0,
      parent: blockHash(predecessor.chain, header),
      time,
      proposer: null,
      txRoot: merkleRoot([]),
      stateRoot: stateRootOf(chain, treeRoot),
      resultRoot,
      historyRoot,
      validators,
      nextValidators: validators,
    },
    [],
  );
}
