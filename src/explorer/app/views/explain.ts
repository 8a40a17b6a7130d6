/** A verdict in sentences: what was said by whom, and what it is not. */
import type { PublisherView, ResultOf } from '../../../rpc/schema/index.ts';
import { count } from '../text.ts';

type Verdict = ResultOf<'asset_authenticate'>['verdict'];

export function explain(verdict: Verdict, publishers: readonly PublisherView[]): string[] {
  const { status, reason, statement } = verdict;
  if (statement === null) {
    return [
      'No publisher has said anything about this file on this ledger: neither good nor bad.',
      'Compare the digest with the one that the publisher prints, or ask for it to be notarized.',
    ];
  }
  const publisher = publishers.find(({ id }) => id === statement.publisher);
  const name = publisher?.name ?? statement.publisher;
  const level = count(publisher?.level ?? 0, 'member');
  const where = `at height ${count(statement.height)}; final.`;
  const by = `by ${name} (${statement.publisher}, vouched for by ${level})`;
  const why = reason?.startsWith('KEY')
    ? `The key that signed does not count: ${reason}.`
    : `Reason given: ${statement.reason || 'none'}.`;
  switch (status) {
    case 'TRUSTED':
      return [
        `Recorded ${by} ${where} Not a safety judgement.`,
        'The publisher calls this file its own. Is it the one you expect?',
      ];
    case 'UNTRUSTED':
      return [`Declared untrusted ${by} ${where}`, `${why} Do not use this file.`];
    case 'UNSUPPORTED':
      return [`Declared unsupported ${by} ${where}`, why];
    case 'UNKNOWN':
      return [`There is a statement ${by}, but it decides nothing: ${reason ?? 'no reason'}.`];
  }
}
