/** Receipts: what they prove, and that nothing else passes for one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encode } from '../../../src/common/codec/index.ts';
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
  SUBJECT,
} from '../../../src/ledger/receipt.ts';
import { type ValidatorLink, validatorLinkSchema } from '../../../src/ledger/validator-links.ts';
import { validatorSetSchema } from '../../../src/ledger/validators.ts';
import { verdictOf } from '../../../src/ledger/verdict.ts';
import { certificateSchema } from '../../../src/ledger/vote.ts';
import { links } from './epochs-world.ts';
import {
  answering,
  asset,
  blocks,
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
    const state = proveKeys(assetAnswerKeys(asset, answering('acme')));
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

  test('grows by a header, a finalization and a set with each change of validators', () => {
    const sizes = [[], links.slice(0, 1), links].map((given) => {
      const bytes = given.map((link) => encode(validatorLinkSchema, link));
      return formatReceipt({ ...receipts.record, links: bytes }).length;
    });
    const [none, one, two] = sizes as [number, number, number];
    // In JSON each is one text of base64url between quotes; a comma stands before the second.
    const textOf = (link: ValidatorLink): number =>
      Math.ceil((encode(validatorLinkSchema, link).length * 4) / 3) + 2;
    assert.equal(one - none, textOf(links[0]));
    assert.equal(two - one, textOf(links[1]) + 1);
    for (const { header, certificate, validators } of links) {
      const parts = encode(certificateSchema, certificate).length + header.length;
      const set = encode(validatorSetSchema, validators).length;
      const link = encode(validatorLinkSchema, { version: 1, header, certificate, validators });
      assert.ok(link.length <= parts + set + 8, 'and by nothing else');
    }
    assert.ok(one - none < 1_500, `${one - none} characters for four validators`);
  });
});

/** An absence may be shown of another asset or key by the same bytes: then that is what it says. */
function isRefused(changed: Receipt, whole: Receipt): boolean {
  const result = checkReceipt({ trust, receipt: changed, verify });
  if (!result.ok) return true;
  const isOther = JSON.stringify(changed.subject) !== JSON.stringify(whole.subject);
  return isOther && whole.transactions.length === 0;
}
