import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concat, toHex } from '../../../src/common/bytes.ts';
import { encode } from '../../../src/common/codec/index.ts';
import { sign, verify } from '../../../src/common/signature.ts';
import { decodeBlock, encodeBlock, makeBlock } from '../../../src/ledger/block.ts';
import { leafHashes } from '../../../src/ledger/merkle/rfc6962.ts';
import { assetFromText, assetToText } from '../../../src/ledger/primitives.ts';
import {
  decodeTransaction,
  signTransaction,
  type Transaction,
  transactionId,
  transactionSchema,
} from '../../../src/ledger/transaction.ts';
import { acmeKeys, asset, blocks, chain, flip, keysOf, transactions } from './world.ts';

const BYTES_MAX = 1 << 20;
const { transaction, bytes, id } = transactions.both;

function idOf(changed: Transaction): string {
  const read = decodeTransaction(encode(transactionSchema, changed), BYTES_MAX);
  assert.ok(read.ok);
  assert.deepEqual(read.value.id, transactionId(changed));
  return toHex(read.value.id);
}

describe('a transaction', () => {
  test('comes back with its bytes and id, and each signature is good', () => {
    const read = decodeTransaction(bytes, BYTES_MAX);
    assert.ok(read.ok);
    assert.deepEqual(read.value, transactions.both);
    assert.deepEqual(id, transactionId(transaction));
    for (const { key, signature } of transaction.signatures) assert.ok(verify(signature, id, key));
  });

  test('the id covers every field but the signatures', () => {
    const changes: Record<string, Partial<Transaction>> = {
      chain: { chain: flip(chain, 31) },
      sender: { sender: 'member:acme' },
      salt: { salt: flip(transaction.salt, 0) },
      validUntil: { validUntil: transaction.validUntil + 1 },
      'fewer operations': { operations: transaction.operations.slice(1) },
      'operations in another order': { operations: transaction.operations.toReversed() },
    };
    const ids = new Set([toHex(id)]);
    for (const [what, change] of Object.entries(changes)) {
      const changed = idOf({ ...transaction, ...change });
      assert.ok(!ids.has(changed), what);
      ids.add(changed);
    }
    assert.equal(idOf({ ...transaction, signatures: [] }), toHex(id));
    assert.equal(idOf({ ...transaction, signatures: transaction.signatures.slice(1) }), toHex(id));
  });

  test('signatures stand by ascending key, each once', () => {
    const { signatures } = transaction;
    const [first] = signatures as [(typeof signatures)[0]];
    const hostile = (list: typeof signatures): string => {
      const head = encode(transactionSchema, { ...transaction, signatures: [] });
      const entries = list.map(({ key, signature }) =>
        concat(Uint8Array.of(0x92, 0xc4, 33), key, Uint8Array.of(0xc4, 65), signature),
      );
      const count = Uint8Array.of(0x90 + list.length);
      const read = decodeTransaction(concat(head.subarray(0, -1), count, ...entries), BYTES_MAX);
      return read.ok ? 'ok' : read.code;
    };
    assert.equal(hostile(signatures), 'ok');
    assert.equal(hostile(signatures.toReversed()), 'CODEC_SCHEMA');
    assert.equal(hostile([first, first]), 'CODEC_SCHEMA');
  });

  test('signers may be given in any order', () => {
    const unsigned = { ...transaction };
    const again = signTransaction(unsigned, acmeKeys.toReversed());
    assert.equal(toHex(again.bytes), toHex(bytes));
  });

  test('is refused above the limit before anything is read', () => {
    const read = decodeTransaction(bytes, bytes.length - 1);
    assert.equal(!read.ok && read.code, 'CODEC_TOO_LARGE');
  });

  test('a signature for one chain is none for another', () => {
    const moved = transactionId({ ...transaction, chain: flip(chain, 0) });
    const made = sign(id, keysOf('acme 1'));
    assert.ok(!verify(made, moved, keysOf('acme 1').publicKey));
  });
});

describe('a block', () => {
  const block = blocks[1] as (typeof blocks)[1];

  test('comes back with header, hash and transactions', () => {
    const read = decodeBlock(chain, encodeBlock(block));
    assert.ok(read.ok);
    assert.deepEqual(read.value, { ...block, leaves: leafHashes(block.transactions) });
  });

  test('has the transactions of its header, in its order', () => {
    for (const others of [[], block.transactions.slice(1), block.transactions.toReversed()]) {
      const read = decodeBlock(chain, encodeBlock({ ...block, transactions: others }));
      assert.equal(!read.ok && read.code, 'BLOCK_TX_ROOT');
    }
  });

  test('belongs to one chain, by its header and by its hash', () => {
    const read = decodeBlock(flip(chain, 3), encodeBlock(block));
    assert.equal(!read.ok && read.code, 'BLOCK_CHAIN');
    const moved = makeBlock({ ...block.header, chain: flip(chain, 3) }, block.transactions);
    assert.notDeepEqual(moved.hash, block.hash);
  });

  test('every field of the header is in its hash', () => {
    const header = block.header;
    const hashes = Object.entries(header).map(([name, value]) => {
      const changed =
        typeof value === 'number'
          ? value + 1
          : typeof value === 'string'
            ? `${value}x`
            : value && flip(value, 7);
      if (name === 'version') return '';
      return toHex(makeBlock({ ...header, [name]: changed }, []).hash);
    });
    assert.equal(new Set([...hashes, toHex(block.hash)]).size, hashes.length + 1);
  });
});

describe('an asset', () => {
  test('is spelled sha256: and hexadecimal; read in either case, bare too', () => {
    const spelled = assetToText(asset);
    assert.match(spelled, /^sha256:[0-9a-f]{64}$/);
    for (const form of [spelled, spelled.slice(7), `sha256:${spelled.slice(7).toUpperCase()}`]) {
      assert.deepEqual(assetFromText(form), asset);
    }
    for (const bad of [
      '',
      'sha256:',
      `${spelled}0`,
      `sha512:${spelled.slice(7)}`,
      `0x${spelled}`,
    ]) {
      assert.equal(assetFromText(bad), undefined, bad);
    }
  });
});
