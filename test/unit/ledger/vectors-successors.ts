/** Test vectors of geneses that go on from another chain: that of `world.ts`. */
import { encode } from '../../../src/common/codec/index.ts';
import { type Block, genesisBlock } from '../../../src/ledger/block.ts';
import { firstBlock } from '../../../src/ledger/first-block.ts';
import {
  chainOf,
  type Genesis,
  type Predecessor,
  signGenesis,
} from '../../../src/ledger/genesis.ts';
import {
  type Ancestor,
  type FullGenesis,
  fullGenesisSchema,
} from '../../../src/ledger/genesis-signatures.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { invalid, type VectorFile, vector } from './vector.ts';
import {
  blocks,
  certify,
  chain,
  GENESIS_TIME,
  genesis,
  keysOf,
  members,
  signedGenesis,
  validators,
} from './world.ts';

const last = blocks.at(-1) as Block;
const predecessor: Predecessor = {
  chain,
  header: last.headerBytes,
  certificate: certify(VOTE.FINALIZE, last),
  epoch: 2,
  treeRoot: last.header.txRoot,
  resultRoot: merkleRoot([]),
  historyRoot: merkleRoot(blocks.map(({ hash }) => hash)),
};
const ids = members.map(({ id }) => id);
const before: Ancestor = { signed: signedGenesis, links: [] };

function heir(changes: Partial<Predecessor>, signers = ids.slice(0, 4)): FullGenesis {
  const made: Genesis = {
    ...genesis,
    name: 'heir.example',
    time: last.header.time,
    predecessor: { ...predecessor, ...changes },
    publishers: [],
  };
  const signatures = signers.map((id) => signGenesis(made, id, keysOf(`${id} member`)));
  return { genesis: made, signatures, ancestors: [before] };
}

function bytesOf({ genesis, signatures, ancestors = [] }: FullGenesis): Uint8Array {
  return encode(fullGenesisSchema, { genesis, signatures, ancestors });
}

export function successorVectors(): VectorFile {
  const whole = { ...heir({}), ancestors: [before] };
  const structure = 'full-genesis';
  const founded = { ...signedGenesis, ancestors: [] };
  const no = (name: string, full: FullGenesis) => invalid(name, structure, bytesOf(full));
  const first = blocks[1] as Block;
  const { certificate } = predecessor;
  const stranger = { member: 'zulu', signature: signedGenesis.signatures[0]?.signature } as never;
  return {
    vectors: [
      vector('a successor', structure, fullGenesisSchema, whole, {
        chain: chainOf(whole.genesis),
        firstBlock: firstBlock(whole.genesis).hash,
      }),
      vector('a chain that began with nothing', structure, fullGenesisSchema, founded, {
        chain,
        firstBlock: genesisBlock(chain, GENESIS_TIME, validators).hash,
      }),
    ],
    invalid: [
      no('signed by too few of the chain before', heir({}, ids.slice(0, 2))),
      no('signed by a stranger, too', {
        ...whole,
        signatures: [...whole.signatures, stranger],
      }),
      no('signed for another chain', { ...whole, signatures: signedGenesis.signatures }),
      no('without the chain before', { ...whole, ancestors: [] }),
      no('with another chain before', {
        ...whole,
        ancestors: [{ ...before, signed: heir({}) }],
      }),
      no('with a chain before and no word of it', { ...founded, ancestors: [before] }),
      no('after a block that is not final', heir({ header: first.headerBytes })),
      no(
        'by a certificate of too few',
        heir({ certificate: { ...certificate, signatures: certificate.signatures.slice(1) } }),
      ),
      no('in the epoch of the chain before', heir({ epoch: 1 })),
      no('with publishers of its own', {
        ...whole,
        genesis: { ...whole.genesis, publishers: genesis.publishers },
      }),
      no('older than the last block', {
        ...whole,
        genesis: { ...whole.genesis, time: last.header.time - 1 },
      }),
    ],
  };
}
