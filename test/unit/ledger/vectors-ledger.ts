/** Test vectors of what is signed and ordered: genesis, transactions, blocks, votes. */
import { concat, fromHex, toHex, utf8 } from '../../../src/common/bytes.ts';
import { encode, list, nullable, tuple, uint } from '../../../src/common/codec/index.ts';
import { batchSchema } from '../../../src/ledger/batch.ts';
import { type Block, encodeBlock, headerSchema, resultSchema } from '../../../src/ledger/block.ts';
import {
  genesisSchema,
  genesisSignatureSchema,
  memberRequestHash,
  memberRequestSchema,
  publisherRequestHash,
  publisherRequestSchema,
  signedGenesisSchema,
} from '../../../src/ledger/genesis.ts';
import { hash, signature as signatureSchema } from '../../../src/ledger/primitives.ts';
import { makeMemberRequest, makePublisherRequest } from '../../../src/ledger/requests.ts';
import { transactionSchema } from '../../../src/ledger/transaction.ts';
import { validatorsHash } from '../../../src/ledger/validators.ts';
import {
  certificateSchema,
  signVote,
  VOTE,
  voteHash,
  voteSchema,
} from '../../../src/ledger/vote.ts';
import { bytesVector, invalid, type VectorFile, vector } from './vector.ts';
import {
  acmeKeys,
  asset,
  blocks,
  certify,
  chain,
  flip,
  GENESIS_TIME,
  genesis,
  keysOf,
  members,
  results,
  signedGenesis,
  transactions,
  validators,
} from './world.ts';

const one = blocks[1] as Block;
const alfa = members[0] as (typeof members)[0];
const alfaPairs = ['member', 'validator', 'node'].map((kind) => keysOf(`alfa ${kind}`));
const memberRequest = makeMemberRequest(GENESIS_TIME, alfa, alfaPairs);
const acme = genesis.publishers[0] as (typeof genesis.publishers)[0];
const publisherRequest = makePublisherRequest(GENESIS_TIME, acme, acmeKeys);

export function genesisVectors(): VectorFile {
  const signature = signedGenesis.signatures[0] as (typeof signedGenesis.signatures)[0];
  const unsigned = { ...signedGenesis, signatures: signedGenesis.signatures.slice(1) };
  const renamed = { ...signedGenesis, genesis: { ...genesis, name: 'other' } };
  const genesisBytes = encode(genesisSchema, genesis);
  return {
    vectors: [
      vector('member request', 'member-request', memberRequestSchema, memberRequest, {
        signed: memberRequestHash(memberRequest.created, alfa),
      }),
      vector('publisher request', 'publisher-request', publisherRequestSchema, publisherRequest, {
        signed: publisherRequestHash(publisherRequest.created, acme),
      }),
      vector('genesis', 'genesis', genesisSchema, genesis, {
        chain,
        validators: validatorsHash(chain, validators),
      }),
      vector('genesis signature', 'genesis-signature', genesisSignatureSchema, signature),
      vector('signed genesis', 'signed-genesis', signedGenesisSchema, signedGenesis),
    ],
    invalid: [
      invalid(
        'a member request with another name',
        'member-request',
        encode(memberRequestSchema, { ...memberRequest, member: { ...alfa, name: 'Other' } }),
      ),
      invalid(
        'a publisher request without one of its signatures',
        'publisher-request',
        encode(publisherRequestSchema, {
          ...publisherRequest,
          signatures: publisherRequest.signatures.slice(1),
        }),
      ),
      invalid('a genesis of another version', 'genesis', genesisBytes.with(1, 2)),
      invalid('a genesis followed by a byte', 'genesis', concat(genesisBytes, Uint8Array.of(0))),
      invalid(
        'a genesis without validators',
        'genesis',
        encode(genesisSchema, { ...genesis, members: [] }),
      ),
      invalid('a signature missing', 'signed-genesis', encode(signedGenesisSchema, unsigned)),
      invalid(
        'signatures on another genesis',
        'signed-genesis',
        encode(signedGenesisSchema, renamed),
      ),
    ],
  };
}

export function transactionVectors(): VectorFile {
  const named = Object.entries(transactions);
  const { transaction, bytes } = transactions.statement;
  const statusAt = toHex(bytes).indexOf(toHex(asset)) / 2 + asset.length;
  const { bytes: ready } = transactions.ready;
  const senderAt = toHex(ready).indexOf(toHex(utf8('validator:'))) / 2;
  // One operation of one field.
  const operationAt = toHex(ready).indexOf('919105') / 2 + 2;
  const unsorted = (() => {
    const pair = 2 + 1 + 33 + 2 + 65;
    const { bytes: both } = transactions.both;
    const cut = both.length - 2 * pair;
    const [first, second] = [both.subarray(cut, cut + pair), both.subarray(cut + pair)];
    return concat(both.subarray(0, cut), second, first);
  })();
  return {
    vectors: [
      ...named.map(([name, received]) =>
        bytesVector(name, 'transaction', received.bytes, { id: received.id }),
      ),
      ...strangePoints().vectors,
      vector('batch', 'batch', batchSchema, {
        version: 1,
        chain,
        transactions: named.map(([, received]) => received.bytes),
      }),
    ],
    invalid: [
      invalid('another version', 'transaction', bytes.with(1, 2)),
      invalid('an integer in a longer form', 'transaction', longerVersion(bytes)),
      invalid('cut off', 'transaction', bytes.subarray(0, -1)),
      invalid('a byte after the end', 'transaction', concat(bytes, Uint8Array.of(0xc0))),
      invalid('an unknown kind of sender', 'transaction', ready.with(senderAt, 'w'.charCodeAt(0))),
      invalid('an unknown operation', 'transaction', ready.with(operationAt, 6)),
      invalid('an unknown status', 'transaction', bytes.with(statusAt, 4)),
      invalid('signatures not sorted by key', 'transaction', unsorted),
      invalid('a changed signature', 'transaction', flip(bytes, bytes.length - 2)),
      invalid(
        'another salt under the signature',
        'transaction',
        encode(transactionSchema, { ...transaction, salt: flip(transaction.salt, 0) }),
      ),
      ...strangePoints().invalid,
      invalid('a map', 'transaction', fromHex('80') as Uint8Array),
      invalid('nothing', 'transaction', new Uint8Array(0)),
    ],
  };
}

/** The group order, and encodings of points that are not what a signer makes. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const POINTS = {
  /** y = 1, and the same as y = 1 + p, with either sign of x = 0: each is the neutral element. */
  neutral: `01${'00'.repeat(31)}`,
  uncanonical: `ee${'ff'.repeat(30)}7f`,
  negativeZero: `ee${'ff'.repeat(31)}`,
  /** y = 2: no x fits. */
  none: `02${'00'.repeat(31)}`,
} as const;

/** Transactions by keys and signatures that are not canonical, of small order, or no points. */
function strangePoints(): VectorFile {
  const { transaction } = transactions.statement;
  const [pair] = transaction.signatures as [(typeof transaction.signatures)[0]];
  const signed = (key: Uint8Array, signature: Uint8Array): Uint8Array =>
    encode(transactionSchema, { ...transaction, signatures: [{ key, signature }] });
  const point = (hex: string): Uint8Array => fromHex(`01${hex}`) as Uint8Array;
  const r = (hex: string): Uint8Array => concat(point(hex), new Uint8Array(32));
  const { neutral, uncanonical, negativeZero, none } = POINTS;
  const good = (name: string, bytes: Uint8Array) => bytesVector(name, 'transaction', bytes);
  const bad = (name: string, bytes: Uint8Array) => invalid(name, 'transaction', bytes);
  const higher = pair.signature.with(64, (pair.signature[64] as number) | 0x20);
  return {
    vectors: [
      good('a key and R of small order, S 0', signed(point(neutral), r(neutral))),
      good('a key that is not canonical', signed(point(uncanonical), r(neutral))),
      good('an R that is not canonical', signed(point(neutral), r(negativeZero))),
    ],
    invalid: [
      bad('a key that is no point', signed(point(none), pair.signature)),
      bad('an R that is no point', signed(pair.key, r(none))),
      bad('an S that is not below the group order', signed(pair.key, withOrder(pair.signature))),
      bad('an S far above it', signed(pair.key, higher)),
      bad('a signature of small order by a key that is not', signed(pair.key, r(uncanonical))),
    ],
  };
}

/** The same signature with the group order added to S: by other rules it is good. */
function withOrder(signature: Uint8Array): Uint8Array {
  const scalar = signature.subarray(33).toReversed();
  const raised = (BigInt(`0x${toHex(scalar)}`) + GROUP_ORDER).toString(16).padStart(64, '0');
  return concat(signature.subarray(0, 33), (fromHex(raised) as Uint8Array).toReversed());
}

/** The first field, version 1, written in two bytes. */
function longerVersion(bytes: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, 1), Uint8Array.of(0xcc, 1), bytes.subarray(2));
}

export function blockVectors(): VectorFile {
  const named = ['genesis block', 'block with transactions', 'closing block', 'heartbeat block'];
  const fewer = encodeBlock({ ...one, transactions: one.transactions.slice(1) });
  const moved = encode(headerSchema, { ...one.header, chain: flip(chain, 0) });
  return {
    vectors: [
      ...blocks.map((block, i) =>
        vector(`header of the ${named[i]}`, 'header', headerSchema, block.header, {
          block: block.hash,
        }),
      ),
      ...blocks.map((block, i) =>
        bytesVector(named[i] as string, 'block', encodeBlock(block), { block: block.hash }),
      ),
      ...results.map((result, i) => vector(`result ${i}`, 'result', resultSchema, result)),
      vector('a rejection', 'result', resultSchema, {
        transaction: transactions.both.id,
        code: 'REVISION_MISMATCH',
      }),
    ],
    invalid: [
      invalid('a transaction left out', 'block', fewer),
      invalid('a header of another chain', 'header', moved),
      invalid('a header of another version', 'header', one.headerBytes.with(1, 2)),
      invalid('a header cut off', 'header', one.headerBytes.subarray(0, 100)),
    ],
  };
}

type Signed = ReturnType<typeof certify>['signatures'][number];

/** A certificate whose signers may be in any order, and twice. */
const listedSchema = tuple({
  version: uint(),
  kind: uint(),
  chain: hash,
  epoch: uint(),
  view: uint(),
  block: nullable(hash),
  signatures: list(tuple({ validator: uint(), signature: signatureSchema }), 9),
});

export function voteVectors(): VectorFile {
  const kinds = Object.entries(VOTE);
  const subject = (kind: (typeof kinds)[0][1]) => {
    const block = kind === VOTE.NULLIFY ? null : one.hash;
    return { version: 1, kind, chain, epoch: 1, view: 1, block } as const;
  };
  const vote = signVote(subject(VOTE.ACCEPT), 2, keysOf('charlie validator'));
  const good = certify(VOTE.FINALIZE, one);
  const wrong = good.signatures.map((each, i) => (i === 1 ? { ...each, validator: 2 } : each));
  const [zero, , three] = good.signatures as [Signed, Signed, Signed];
  const listed = (name: string, signatures: readonly Signed[]) =>
    invalid(name, 'certificate', encode(listedSchema, { ...good, signatures }));
  return {
    vectors: [
      ...kinds.map(([name, kind]) => {
        const made = signVote(subject(kind), 2, keysOf('charlie validator'));
        return vector(name.toLowerCase(), 'vote', voteSchema, made, { signed: voteHash(made) });
      }),
      ...kinds.map(([name, kind]) =>
        vector(
          `certificate: ${name.toLowerCase()}`,
          'certificate',
          certificateSchema,
          certify(kind, one),
          { signed: voteHash(subject(kind)) },
        ),
      ),
    ],
    invalid: [
      invalid('by another validator', 'vote', encode(voteSchema, { ...vote, validator: 1 })),
      invalid('in another view', 'vote', encode(voteSchema, { ...vote, view: 2 })),
      invalid('nullify with a block', 'vote', encode(voteSchema, vote).with(2, VOTE.NULLIFY)),
      invalid(
        'two of four',
        'certificate',
        encode(certificateSchema, certify(VOTE.FINALIZE, one, [0, 3])),
      ),
      invalid(
        'a signature under the wrong validator',
        'certificate',
        encode(certificateSchema, { ...good, signatures: wrong }),
      ),
      listed('a signer twice', [zero, zero, three]),
      listed('one signer as a quorum', [zero, zero, zero]),
      listed('signers out of order', good.signatures.toReversed()),
      invalid(
        'a signer that is none',
        'certificate',
        encode(certificateSchema, {
          ...good,
          signatures: good.signatures.map((each, i) =>
            i === 2 ? { ...each, validator: 9 } : each,
          ),
        }),
      ),
    ],
  };
}
