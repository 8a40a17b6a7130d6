/** Events of the feed as lines for people. What a node sends is shown as text, whatever it is. */
import type { FeedEvent } from '../client/events.ts';
import { printable } from './output.ts';

/** One line, or undefined for what nobody needs to see. */
export function feedLine({ event, data }: FeedEvent): string | undefined {
  const members = Object(data) as { readonly [name: string]: unknown };
  const word = (name: string): string => printable(String(members[name] ?? ''));
  switch (event) {
    case 'block':
      return `${word('time')}  block ${word('height')}  transactions: ${word('transactions')}`;
    case 'statement': {
      const what = [word('name'), word('version')].filter((text) => text !== '').join(' ');
      const said = `${word('status')}  ${what}  ${word('asset')}`;
      return `${word('time')}  ${said}  by ${word('publisher')}`;
    }
    case 'record':
      return `${word('time')}  record  ${word('namespace')}: ${word('key')}`;
    case 'gap':
      return `… some events are missing here (${word('reason')})`;
    case 'governance':
      return `${word('time')}  ${word('op')}  proposal ${word('proposal')}  ${word('sender')}`;
    case 'publisher':
    case 'member':
      return `${event}  ${word('id')}  ${word('name')}`;
    default:
      return undefined;
  }
}
