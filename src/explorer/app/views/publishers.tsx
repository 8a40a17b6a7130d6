/** All publishers, in order of registration. */
import { Card, Loading, Nothing, Problem } from '../parts/bits.tsx';
import { Pager, Rows, useCursor } from '../parts/rows.tsx';
import { hrefTo } from '../route.ts';
import { count } from '../text.ts';
import { useAsk } from '../use.ts';

export function PublishersPage() {
  const [cursor, setCursor] = useCursor('publishers');
  const params = { limit: 30, ...(cursor !== undefined && { cursor }) };
  const { data, error } = useAsk('publisher_list', params);
  return (
    <>
      <div class="title">
        <h1>Publishers</h1>
      </div>
      <Card>
        {error !== undefined && <Problem error={error} />}
        {data === undefined && error === undefined && <Loading lines={6} />}
        {data?.items.length === 0 && <Nothing>Nobody has registered yet.</Nothing>}
        <Rows>
          {data?.items.map(({ id, name, level, keys }) => (
            <li class="row" key={id}>
              <span class="row-main">
                <a href={hrefTo('publisher', id)}>
                  <bdi>{name}</bdi>
                </a>{' '}
                <span class="soft">{id}</span>
              </span>
              <span class="row-side soft">
                <Level level={level} /> · {count(keys.length, 'key')}
              </span>
            </li>
          ))}
        </Rows>
        {data && <Pager page={data} onCursor={setCursor} />}
      </Card>
    </>
  );
}

/** How many members vouch; none is no more than a name. */
export function Level({ level }: { readonly level: number }) {
  return (
    <span class={`level ${level === 0 ? 'none' : ''}`}>
      {level === 0 ? 'nobody vouches' : `vouched for by ${count(level, 'member')}`}
    </span>
  );
}
