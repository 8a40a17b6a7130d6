/** News of a watch as a line for people. */
import { type Io, paint, printable } from '../output.ts';
import type { News } from './watcher.ts';

const HOW: { readonly [match: string]: string } = {
  same: '',
  'look-alike': '  (looks like it)',
  near: '  (nearly the same)',
};

export function newsLine(news: News, io: Io): string {
  const word = (name: string): string => printable(String(news[name] ?? ''));
  const how = HOW[word('match')] ?? '';
  switch (news.event) {
    case 'statement': {
      const name = news.commitment === null ? word('name') : '(private)';
      const what = [name, word('version'), word('asset')].filter((text) => text !== '').join(' ');
      return `${word('time')}  ${word('status')}  ${what}  by ${word('publisher')}${how}`;
    }
    case 'publisher': {
      const what = [word('op'), word('key'), word('name')].filter((text) => text !== '').join(' ');
      const by = news.byVote === true ? 'by vote' : `by ${word('sender')}`;
      return `${word('time')}  ${word('publisher')}  ${what}  ${by}${how}`;
    }
    case 'gap':
      return paint(io, 'care', `blocks ${word('from')} to ${word('to')} were missed`);
    default: {
      const what = `unproven: a node says ${word('claimed')} ${word('id')}`;
      return paint(io, 'bad', `${what}, and no node can prove it (${word('step')})`);
    }
  }
}
