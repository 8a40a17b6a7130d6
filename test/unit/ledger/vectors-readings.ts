/** Test vectors of what receipts answer: good ones, each with all questions of the verdict rule. */

import { assetVerdict } from '../../../src/client/verified.ts';
import { unanswered } from '../../../src/client/verify-receipt.ts';
import { toHex } from '../../../src/common/bytes.ts';
import { encode } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import { trustOf } from '../../../src/ledger/finality.ts';
import { checkReceipt, type Receipt, receiptSchema } from '../../../src/ledger/receipt.ts';
import { QUESTIONS } from './vectors-answers.ts';
import { wordReceipts } from './word-world.ts';
import { genesis, receipts } from './world.ts';

const RECEIPTS: readonly (readonly [name: string, receipt: Receipt])[] = [
  ['two publishers on an asset', receipts.asset],
  ['an asset nobody knows', receipts.unknown],
  ["one publisher's word", receipts.word],
  ['a word of before a key was stolen', wordReceipts.earlier],
  ['a word by a stolen key only', wordReceipts.none],
  ['one who said nothing', wordReceipts.silent],
];

/** `code` where the receipt doesn't answer the question, else the verdict. */
export function readingVectors() {
  return RECEIPTS.map(([name, receipt]) => {
    const checked = checkReceipt({ trust: trustOf(genesis), receipt, verify });
    if (!checked.ok || checked.value.kind !== 'asset') throw new Error(name);
    const proven = checked.value;
    const readings = [...QUESTIONS, { pinned: ['acme'] }, { asked: 'nobody' }].map((question) => {
      const asked: (typeof QUESTIONS)[number] & { readonly asked?: string } = question;
      const given = { ...question, publisher: asked.asked };
      if (unanswered(proven, given)) return { ...question, code: 'RECEIPT_PUBLISHER' };
      const verdict = assetVerdict(proven.asset, proven.answer, proven.view, given);
      const { status, reason, publisher } = verdict;
      return { ...question, status, reason, publisher: publisher?.id ?? null };
    });
    return { name, receipt: toHex(encode(receiptSchema, receipt)), readings };
  });
}
