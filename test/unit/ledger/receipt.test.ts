/** Receipts: what they prove, and that nothing else passes for one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decode, encode } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import { assetAnswerKeys } from '../../../src/ledger/authenticate.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { inclusionSchema, verifyTransaction } from '../../../src/ledger/inclusion.ts';
import { provenStateSchema } from '../../../src/ledger/proven-state.ts';
import {
  type CheckedReceipt,
  checkReceipt,
  formatReceipt,
  type Receipt,
  readReceipt,
  receiptSchema,
  SUBJECT,
} from '../../../src/ledger/receipt.ts';
import { verdictOf } from '../../../src/ledger/verdict.ts';
import {
  asset,
  blocks,
  flip,
  genesis,
  inclusionOf,
  items,
  proveKeys,
  receipts,
  revision,
  statements,
  transactions,
} from './world.ts';

const trust = trustOf(genesis);

function checked(receipt: Receipt): CheckedReceipt {
  const result = checkReceipt({ trust, receipt, verify });
  assert.ok(result.ok, result.ok ? '' : `${result.code}: ${result.message}`);
  return result.value;
}

function codeOf(receipt: Receipt): string {
  const result = checkReceipt({ trust, receipt, verify });
  return result.ok ? 'ok' : result.code;
}

describe('a receipt', () => {
  test('of an asset: all statements, who made them, and the signed transactions', () => {
    const receipt = checked(receipts.asset);
    assert.ok(receipt.kind === 'asset');
    assert.deepEqual(receipt.asset, asset);
    assert.deepEqual(receipt.answer.statements, statements);
    assert.equal(receipt.view.height, 1);
    const question = { ...receipt.answer, pinned: [], anyPublisher: false };
    assert.equal(verdictOf({ ...question, asked: 'acme' }).status, 'TRUSTED');
    assert.deepEqual(
      receipt.transactions.map(({ received }) => received.id),
      [transactions.statement.id, transactions.untrust.id],
    );
  });

  test('of an absence, of a record, and of an absent record', () => {
    const unknown = checked(receipts.unknown);
    assert.ok(unknown.kind === 'asset');
    assert.deepEqual(unknown.answer.statements, []);
    const record = checked(receipts.record);
    assert.ok(record.kind === 'record');
    assert.deepEqual(record.answer, revision);
    const absent = checked(receipts.absent);
    assert.ok(absent.kind === 'record');
    assert.equal(absent.answer, null);
  });

  test('goes through its file', () => {
    for (const receipt of Object.values(receipts)) {
      const read = readReceipt(formatReceipt(receipt));
      assert.ok(read.ok);
      assert.deepEqual(read.value, receipt);
    }
  });

  test('stays below 8 KB at a million keys, in blocks of 256 and a million blocks later', () => {
    const step = (blocks[0] as Block).hash;
    // A path in a tree of 2^20 keys has 21 siblings or so; three of them share the topmost.
    const beside = new Array<Uint8Array>(3 * 21 - 2).fill(step);
    const path = beside.slice(0, 8);
    const state = proveKeys(assetAnswerKeys(asset, ['acme']));
    const finality = { certificate: state.finality.certificate, headers: [] };
    const next = { header: state.header, path: beside.slice(0, 20) };
    const sizes = [null, next].map((later) => {
      const inclusion = { ...inclusionOf(0), path, resultPath: path, next: later };
      return formatReceipt({
        ...receipts.asset,
        subject: { kind: SUBJECT.ASSET, asset, statements: items.slice(0, 1) },
        state: encode(provenStateSchema, { ...state, finality, siblings: beside }),
        transactions: [encode(inclusionSchema, inclusion)],
      }).length;
    });
    for (const size of sizes) assert.ok(size < 8 * 1024, `${sizes}`);
  });

  test('a file that is none says so; one of another version names the remedy', () => {
    const text = formatReceipt(receipts.unknown);
    const codes = ['', '[]', 'null', '{}', '{"schema":1}', text.slice(0, -3)].map((given) => {
      const read = readReceipt(given);
      return read.ok ? 'ok' : read.code;
    });
    assert.deepEqual(codes, new Array(6).fill('RECEIPT_FILE'));
    const newer = readReceipt(text.replace('receipt/v1', 'receipt/v2'));
    assert.equal(!newer.ok && newer.code, 'CODEC_VERSION');
  });

  test('transactions are found under later headers, too', () => {
    const final = (blocks[3] as (typeof blocks)[0]).header;
    const bytes = encode(inclusionSchema, inclusionOf(1, 3));
    const shown = verifyTransaction({ final, bytes, verify });
    assert.deepEqual(shown.ok && shown.value.received.id, transactions.record.id);
    assert.equal(shown.ok && shown.value.header.height, 1);
  });

  test('every byte of it that is changed is noticed', () => {
    for (const [name, receipt] of Object.entries(receipts)) {
      const bytes = encode(receiptSchema, receipt);
      const check = (at: number, bit: number): void => {
        const read = decode(receiptSchema, flip(bytes, at, bit), bytes.length);
        if (read.ok) assert.ok(isRefused(read.value, receipt), `${name}: byte ${at}, bit ${bit}`);
      };
      for (let at = 0; at < bytes.length; at++) check(at, at % 8);
      const position = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) });
      fc.assert(fc.property(position, ({ at, bit }) => check(at, bit)));
    }
  });

  test('every character of its file that is changed is noticed', () => {
    const text = formatReceipt(receipts.record).trimEnd();
    for (let at = 0; at < text.length; at++) {
      for (const other of ['A', '0']) {
        if (text[at] === other) continue;
        const read = readReceipt(text.slice(0, at) + other + text.slice(at + 1));
        if (read.ok) assert.ok(isRefused(read.value, receipts.record), `character ${at}`);
      }
    }
  });

  test('parts of one receipt prove nothing in another', () => {
    const all = Object.values(receipts);
    for (const one of all) {
      for (const other of all.filter((each) => each !== one)) {
        for (const part of ['subject', 'state'] as const) {
          assert.notEqual(codeOf({ ...one, [part]: other[part] }), 'ok');
        }
        if (one.transactions.length + other.transactions.length > 0) {
          assert.notEqual(codeOf({ ...one, transactions: other.transactions }), 'ok');
        }
      }
    }
  });

  test('cut off, or with more behind it, it is none', () => {
    const bytes = encode(receiptSchema, receipts.asset);
    for (let size = 0; size < bytes.length; size += 97) {
      assert.ok(!decode(receiptSchema, bytes.subarray(0, size), bytes.length).ok);
    }
    const transactionsTwice = [...receipts.record.transactions, ...receipts.record.transactions];
    assert.equal(
      codeOf({ ...receipts.record, transactions: transactionsTwice }),
      'RECEIPT_TRANSACTIONS',
    );
  });
});

/** An absence may be shown of another asset or key by the same bytes: then that is what it says. */
function isRefused(changed: Receipt, whole: Receipt): boolean {
  const result = checkReceipt({ trust, receipt: changed, verify });
  if (!result.ok) return true;
  const isOther = JSON.stringify(changed.subject) !== JSON.stringify(whole.subject);
  return isOther && whole.transactions.length === 0;
}
