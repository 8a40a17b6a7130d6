/** Test vectors of receipts, checkpoints and forks, good and bad. */
import { fromHex, toHex } from '../../../src/common/bytes.ts';
import { decode, encode } from '../../../src/common/codec/index.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { inclusionSchema } from '../../../src/ledger/inclusion.ts';
import {
  checkpointSchema,
  type Fork,
  forkSchema,
  genesisCheckpoint,
} from '../../../src/ledger/light-client.ts';
import type { Opening } from '../../../src/ledger/private-words.ts';
import { type ProvenState, provenStateSchema } from '../../../src/ledger/proven-state.ts';
import { type Receipt, receiptSchema, SUBJECT } from '../../../src/ledger/receipt.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { type InvalidVector, invalid, type VectorFile, vector } from './vector.ts';
import { crossingVectors } from './vectors-epochs.ts';
import { wordFailures } from './vectors-words.ts';
import { wordReceipts } from './word-world.ts';
import {
  blocks,
  certify,
  extend,
  flip,
  genesis,
  inclusionOf,
  items,
  opening,
  otherAsset,
  proveKeys,
  receipts,
  transactions,
  validators,
} from './world.ts';

const three = blocks[3] as Block;
const { asset: good, private: closed, unknown, record, absent } = receipts;
const opened: Receipt = { ...closed, openings: [{ statement: 0, opening }] };

function inclusionVectors(): InvalidVector[] {
  const whole = inclusionOf(0);
  const bad = (name: string, change: Partial<typeof whole>): InvalidVector =>
    invalid(name, 'inclusion', encode(inclusionSchema, { ...whole, ...change }));
  const step = whole.path[0] as Uint8Array;
  return [
    bad('another transaction', { transaction: transactions.both.bytes }),
    bad('another result', { code: 'UNAUTHORISED' }),
    bad('another side', { sides: 1 }),
    bad('a step changed', { path: [flip(step, 3), ...whole.path.slice(1)] }),
    bad('another block', { header: three.headerBytes }),
    bad('garbage for a header', { header: Uint8Array.of(0x90) }),
    bad('a next header that is the final one', inclusionOf(0, 3)),
  ];
}

/** With the state changed, which stands in a receipt as bytes. */
function withState(receipt: Receipt, change: (state: ProvenState) => Partial<ProvenState>) {
  const read = decode(provenStateSchema, receipt.state, receipt.state.length);
  if (!read.ok) throw new Error(read.message);
  const state = encode(provenStateSchema, { ...read.value, ...change(read.value) });
  return { ...receipt, state };
}

/** Validator 1 of the certificate becomes validator 0, who signed already. */
function signerTwice(receipt: Receipt): Receipt {
  const signed = toHex(receipt.state).replace('9201c441', '9200c441');
  return { ...receipt, state: fromHex(signed) as Uint8Array };
}

/** What opens a private statement must be exactly that. */
function openingFailures(): InvalidVector[] {
  const [attribute] = opening.attributes as [(typeof opening.attributes)[0]];
  const words: readonly (readonly [name: string, change: Partial<Opening>])[] = [
    ['another salt', { salt: flip(opening.salt, 31) }],
    ['another name', { name: 'eagle.bin' }],
    ['another version', { version: '0.2' }],
    ['another size', { size: null }],
    ['a letter that moves from the name to the version', { name: 'falcon.bi', version: 'n0.1' }],
    ['an attribute left out', { attributes: [] }],
    ['another attribute', { attributes: [{ ...attribute, value: 'eagle' }] }],
  ];
  const bad = (name: string, receipt: Receipt): InvalidVector =>
    invalid(name, 'receipt', encode(receiptSchema, receipt));
  const placed = (statement: number): Receipt['openings'] => [{ statement, opening }];
  return [
    ...words.map(([name, change]) =>
      bad(`private words: ${name}`, {
        ...opened,
        openings: [{ statement: 0, opening: { ...opening, ...change } }],
      }),
    ),
    bad('an opening of no statement', { ...opened, openings: placed(1) }),
    bad('an opening of public words', { ...good, openings: placed(0) }),
    bad('an opening of a record', { ...record, openings: placed(0) }),
  ];
}

function receiptFailures(): InvalidVector[] {
  const bad = (name: string, receipt: Receipt): InvalidVector =>
    invalid(name, 'receipt', encode(receiptSchema, receipt));
  const few = certify(VOTE.FINALIZE, three, [0, 3]);
  const [first, second] = items as [Uint8Array, Uint8Array];
  const [one, two] = good.transactions as [Uint8Array, Uint8Array];
  const whole = inclusionOf(0);
  const { transaction } = whole;
  const forged = { ...whole, transaction: flip(transaction, transaction.length - 1) };
  const statements = (given: readonly Uint8Array[]): Receipt => ({
    ...good,
    subject: { ...good.subject, kind: SUBJECT.ASSET, statements: given } as Receipt['subject'],
  });
  return [
    bad('of another chain', { ...good, chain: flip(good.chain, 0) }),
    bad(
      'two of four signed',
      withState(good, (s) => ({ finality: { ...s.finality, certificate: few } })),
    ),
    bad(
      'votes of another epoch',
      withState(good, (s) => ({
        finality: { ...s.finality, certificate: { ...s.finality.certificate, epoch: 2 } },
      })),
    ),
    bad('a signer twice', signerTwice(good)),
    bad('a statement left out', statements([second])),
    bad('statements out of order', statements([second, first])),
    bad('a statement twice', statements([first, second, second])),
    bad('about an asset that it says nothing of', { ...unknown, subject: good.subject }),
    bad('a known asset as unknown', { ...good, subject: unknown.subject, transactions: [] }),
    bad('a present record as absent', { ...absent, subject: record.subject }),
    bad('a present record as absent, under its own proof', {
      ...withState(record, (s) => ({ entries: s.entries.map((e) => ({ ...e, value: null })) })),
      transactions: [],
    }),
    bad("a publisher's present word as absent, under its own proof", {
      ...withState(receipts.word, (s) => ({
        entries: s.entries.map((e, i) => (i === 0 ? { ...e, value: null } : e)),
      })),
      transactions: [],
    }),
    bad('the proof of another record', {
      ...withState(record, (s) => ({
        entries: s.entries.map((e) => ({ ...e, key: stateKey.record('acme/builds', 'job/1') })),
      })),
      subject: absent.subject,
    }),
    bad(
      'an entry too many',
      withState(unknown, (s) => ({
        entries: [...s.entries, ...proveKeys(['chain/epoch']).entries],
      })),
    ),
    bad('a transaction left out', { ...good, transactions: [one] }),
    bad('transactions out of order', { ...good, transactions: [two, one] }),
    bad('a transaction too many', { ...absent, transactions: record.transactions }),
    bad('the transaction of another answer', { ...record, transactions: [one] }),
    bad('a signature changed', { ...good, transactions: [encode(inclusionSchema, forged), two] }),
    bad('a link that leads nowhere', { ...good, links: [Uint8Array.of(0x90)] }),
    bad('garbage for the state', { ...good, state: Uint8Array.of(0x90) }),
    bad('another digest', {
      ...unknown,
      subject: { kind: SUBJECT.ASSET, asset: flip(otherAsset, 9), statements: [] },
    }),
  ];
}

/** Block 2 is final, and so is another one of its height. */
function forkOf(signers?: readonly number[]): Fork {
  const two = blocks[2] as Block;
  const other = [...blocks.slice(0, 2)];
  extend(other, { time: two.header.time + 1 });
  const side = (block: Block): Fork['sides'][number] => {
    const certificate = certify(VOTE.FINALIZE, block, signers);
    const finality = { certificate, headers: [] };
    return { links: [], proof: { version: 1, header: block.headerBytes, history: null, finality } };
  };
  const { epoch } = two.header;
  const sides = [side(two), side(other[2] as Block)];
  return { version: 1, chain: good.chain, epoch, validators, sides };
}

export function lightVectors(): VectorFile {
  const [first] = forkOf().sides as [Fork['sides'][number]];
  const bad = (name: string, fork: Fork): InvalidVector =>
    invalid(name, 'fork', encode(forkSchema, fork));
  const { header, finality } = first.proof;
  const { certificate } = finality;
  const start = genesisCheckpoint(genesis);
  return {
    vectors: [
      vector('at the genesis', 'checkpoint', checkpointSchema, start),
      vector('at block 2', 'checkpoint', checkpointSchema, { ...start, header, certificate }),
      vector('two final blocks of height 2', 'fork', forkSchema, forkOf()),
    ],
    invalid: [
      bad('one block twice', { ...forkOf(), sides: [first, first] }),
      bad('one side', { ...forkOf(), sides: [first] }),
      bad('two of four', forkOf([0, 1])),
      bad('other validators', { ...forkOf(), validators: validators.slice(1) }),
    ],
  };
}

export function receiptVectors(): VectorFile {
  const crossing = crossingVectors();
  return {
    vectors: [
      vector('the first transaction of block 1', 'inclusion', inclusionSchema, inclusionOf(0)),
      vector('the last transaction of block 1', 'inclusion', inclusionSchema, inclusionOf(3)),
      vector('two publishers on an asset', 'receipt', receiptSchema, good),
      vector('a private statement', 'receipt', receiptSchema, closed),
      vector('a private statement, opened', 'receipt', receiptSchema, opened),
      vector('an asset nobody knows', 'receipt', receiptSchema, unknown),
      vector("one publisher's word", 'receipt', receiptSchema, receipts.word),
      vector('a word of before a key was stolen', 'receipt', receiptSchema, wordReceipts.earlier),
      vector('a word by a stolen key only', 'receipt', receiptSchema, wordReceipts.none),
      vector('one who said nothing', 'receipt', receiptSchema, wordReceipts.silent),
      vector('a record', 'receipt', receiptSchema, record),
      vector('a record that is absent', 'receipt', receiptSchema, absent),
      ...crossing.vectors,
    ],
    invalid: [
      ...inclusionVectors(),
      ...receiptFailures(),
      ...openingFailures(),
      ...wordFailures(),
      ...crossing.invalid,
    ],
  };
}
