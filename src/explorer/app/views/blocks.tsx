/** All blocks, newest first, a page at a time. */
import { useMembers } from '../members.ts';
import { Card, Loading, Problem } from '../parts/bits.tsx';
import { BlockRow, Pager, Rows, useCursor } from '../parts/rows.tsx';
import { useAsk } from '../use.ts';

export function BlocksPage() {
  const members = useMembers();
  const [cursor, setCursor] = useCursor('blocks');
  const params = { limit: 30, ...(cursor !== undefined && { cursor }) };
  const { data, error } = useAsk('chain_listBlocks', params);
  return (
    <>
      <div class="title">
        <h1>Blocks</h1>
      </div>
      <Card>
        {error !== undefined && <Problem error={error} />}
        {data === undefined && error === undefined && <Loading lines={12} />}
        <Rows>
          {data?.items.map((block) => (
            <BlockRow key={block.height} block={block} members={members} />
          ))}
        </Rows>
        {data && <Pager page={data} onCursor={setCursor} />}
      </Card>
    </>
  );
}
