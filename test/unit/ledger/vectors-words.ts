/** Test vectors of receipts of one publisher's word that prove nothing. */
import { encode } from '../../../src/common/codec/index.ts';
import type { ListPart } from '../../../src/ledger/proven-value.ts';
import { type Receipt, receiptSchema, SUBJECT } from '../../../src/ledger/receipt.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { type InvalidVector, invalid } from './vector.ts';
import { acmeWordKeys, runOf, wordInclusion, wordReceipt, wordReceipts } from './word-world.ts';
import { asset, flip, opening, otherAsset, receipts } from './world.ts';

export function wordFailures(): InvalidVector[] {
  const { earlier, none, silent } = wordReceipts;
  const { word } = receipts;
  const bad = (name: string, receipt: Receipt): InvalidVector =>
    invalid(`a word: ${name}`, 'receipt', encode(receiptSchema, receipt));
  const about = (of: Receipt, publisher: string, acts: ListPart | null, on = asset): Receipt => ({
    ...of,
    subject: { kind: SUBJECT.WORD, asset: on, publisher, acts },
  });
  const acme = (acts: ListPart | null, indexes: readonly number[] = [1]): Receipt =>
    wordReceipt('acme', acts, acmeWordKeys, indexes);
  const run = runOf('acme', 1, 4);
  const [first, ...rest] = run.items as [Uint8Array, ...Uint8Array[]];
  const silentAbout = (id: string): Receipt =>
    wordReceipt(
      id,
      null,
      [stateKey.assetStatement(asset, id), stateKey.assetStatements(asset)],
      [],
    );
  const shown = silentAbout('acme');
  return [
    bad('of another publisher', about(word, 'zeta', null)),
    bad('of another asset', about(word, 'acme', null, otherAsset)),
    bad('a known publisher as silent', about(silent, 'acme', null)),
    bad('a known publisher as silent, under the proof of its word', shown),
    bad('a silent publisher with acts', about(silent, 'nobody', run)),
    bad('that others spoke is left out', wordReceipt('nobody', null, [silentKey()], [])),
    bad('acts though the current statement counts', about(word, 'acme', run)),
    bad('no acts though the current statement is bad', acme(null)),
    bad('acts that begin too late', acme(runOf('acme', 2, 4), [3])),
    bad('acts that begin too early', acme(runOf('acme', 0, 4))),
    bad('acts that end too early', acme(runOf('acme', 1, 3))),
    bad('acts that end too late', acme(runOf('acme', 1, 5))),
    bad('acts at another position', acme({ ...run, from: 0 })),
    bad('an act left out', acme({ ...run, items: [first, ...rest.slice(1)] })),
    bad('an act changed', acme({ ...run, items: [flip(first, first.length - 1), ...rest] })),
    bad('the acts of another publisher', about(none, 'zeta', run)),
    bad('the current statement for the one that counts', acme(run, [3])),
    bad('both statements', acme(run, [1, 3])),
    bad('an entry left out', wordReceipt('acme', run, acmeWordKeys.slice(0, 3), [1])),
    bad('an entry too many', wordReceipt('acme', run, [...acmeWordKeys, 'chain/epoch'], [1])),
    bad('entries out of order', wordReceipt('acme', run, acmeWordKeys.toReversed(), [1])),
    bad('an opening of public words', { ...earlier, openings: [{ statement: 0, opening }] }),
    bad('the transaction of another', { ...earlier, transactions: [wordInclusion(5)] }),
  ];
}

function silentKey(): string {
  return stateKey.assetStatement(asset, 'nobody');
}
