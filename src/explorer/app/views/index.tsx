/** Which page an address is. */
import type { JSX } from 'preact';
import type { Route } from '../route.ts';
import { short } from '../text.ts';
import { AssetPage } from './asset.tsx';
import { BlockPage } from './block.tsx';
import { BlocksPage } from './blocks.tsx';
import { HomePage } from './home.tsx';
import { MembersPage } from './members.tsx';
import { NetworkPage } from './network.tsx';
import { PublisherPage } from './publisher.tsx';
import { PublishersPage } from './publishers.tsx';
import { SearchPage } from './search.tsx';
import { TransactionPage } from './transaction.tsx';
import { TrustPage } from './trust.tsx';

interface Page {
  readonly title: string;
  readonly view: JSX.Element;
}

export function pageOf({ name, parts }: Route): Page {
  const [part = ''] = parts;
  switch (name) {
    case '':
      return { title: 'May I trust this file?', view: <HomePage /> };
    case 'asset':
      return { title: `Asset ${short(part)}`, view: <AssetPage digest={part} /> };
    case 'block':
      return { title: `Block ${short(part)}`, view: <BlockPage at={part} /> };
    case 'blocks':
      return { title: 'Blocks', view: <BlocksPage /> };
    case 'transaction':
      return { title: `Transaction ${short(part)}`, view: <TransactionPage hash={part} /> };
    case 'publisher':
      return { title: `Publisher ${part}`, view: <PublisherPage id={part} /> };
    case 'publishers':
      return { title: 'Publishers', view: <PublishersPage /> };
    case 'members':
    case 'member':
      return { title: 'Members', view: <MembersPage chosen={name === 'member' ? part : ''} /> };
    case 'network':
      return { title: 'Network', view: <NetworkPage /> };
    case 'trust':
      return { title: 'Trust', view: <TrustPage /> };
    case 'search':
      return { title: `Search: ${part}`, view: <SearchPage query={part} /> };
    default:
      // What earlier versions linked to: the query alone.
      return { title: `Search: ${name}`, view: <SearchPage query={[name, ...parts].join('/')} /> };
  }
}
