/** What a query may mean; where it means one thing only, that page itself. */
import { useEffect, useRef } from 'preact/hooks';
import type { ResultOf } from '../../../rpc/schema/index.ts';
import { Card, Loading, Nothing, Problem } from '../parts/bits.tsx';
import { Rows } from '../parts/rows.tsx';
import { hrefTo } from '../route.ts';
import { useAsk } from '../use.ts';

type Hit = ResultOf<'search'>['items'][number];

/** A digest that nobody spoke of has a page, too: its absence can be proven. */
const DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/i;
const QUERY_MAX = 200;

export function SearchPage({ query }: { readonly query: string }) {
  const text = query.trim().slice(0, QUERY_MAX) || '?';
  const { data, error } = useAsk('search', { query: text });
  const only = data && target(data.items, text);
  const address = useRef(location.hash);
  useEffect(() => {
    // Going back leads past this page, not into it again. Who went on meanwhile stays there.
    if (only !== undefined && location.hash === address.current) location.replace(only);
  }, [only]);
  if (error !== undefined) return <Problem error={error} />;
  if (data === undefined || only !== undefined)
    return (
      <Card>
        <Loading lines={3} />
      </Card>
    );
  return (
    <>
      <div class="title">
        <h1>
          Search: <bdi>{text}</bdi>
        </h1>
      </div>
      <Card>
        {data.items.length === 0 && (
          <Nothing>
            Nothing found for “<bdi>{text}</bdi>”. You can look for a block height, the 0x hash of a
            block or transaction, a file’s sha256 digest, part of a file’s name, and the name, id or
            key of a publisher or member.
          </Nothing>
        )}
        <Rows>
          {data.items.map((hit) => (
            <li class="row" key={`${hit.kind} ${hit.id}`}>
              <span class="row-main">
                <b class="tag">{hit.kind}</b>
                <a href={hrefOf(hit)}>
                  <bdi>{hit.label}</bdi>
                </a>
              </span>
              <span class="row-side soft">
                <bdi>{hit.detail}</bdi>
              </span>
            </li>
          ))}
        </Rows>
        {!data.complete && (
          <p class="soft">There is more, or older names than this node looked through.</p>
        )}
      </Card>
    </>
  );
}

function target(hits: readonly Hit[], query: string): string | undefined {
  const [first] = hits;
  // What is meant exactly comes first; parts of names stand behind it.
  const exact = first?.kind === 'block' || first?.kind === 'transaction' || first?.id === query;
  if (first !== undefined && (exact || hits.length === 1)) return hrefOf(first);
  const digest = DIGEST.exec(query)?.[1];
  if (first !== undefined || digest === undefined) return undefined;
  return hrefTo('asset', `sha256:${digest.toLowerCase()}`);
}

function hrefOf({ kind, id }: Hit): string {
  return hrefTo(kind, id);
}
