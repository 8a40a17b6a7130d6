/** How a chain of the trust file is shown. */
import { hashText, timeText } from '../../client/views.ts';
import type { Json } from '../../common/codec/index.ts';
import { printable } from '../output.ts';
import type { TrustedChain } from './trust-file.ts';

export function trustedJson(entry: TrustedChain): { readonly [name: string]: Json } {
  const { chain, signed, urls, head, publishers } = entry;
  return {
    chain: hashText(chain),
    name: signed.genesis.name,
    members: signed.genesis.members.map(({ id, name }) => ({ id, name })),
    urls,
    head:
      head === null
        ? null
        : { height: head.height, time: timeText(head.time), hash: hashText(head.hash) },
    publishers,
  };
}

export function trustedText(entry: TrustedChain): readonly string[] {
  const { chain, signed, urls, head, publishers } = entry;
  const seen = head === null ? 'none yet' : `${head.height}, ${timeText(head.time)}`;
  return [
    `${printable(signed.genesis.name)}  ${hashText(chain)}`,
    `  members        ${signed.genesis.members.map(({ id }) => id).join(', ')}`,
    `  nodes          ${urls.map(printable).join(', ') || 'none: name one by --rpc'}`,
    `  verified head  ${seen}`,
    `  pinned         ${publishers.join(', ') || 'no publisher'}`,
  ];
}
