/** Rows of the lists: blocks, statements, and how to get to the next page of them. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { BlockSummary, MemberView } from '../../../rpc/schema/index.ts';
import type { FeedStatement } from '../live.ts';
import { nameOf } from '../members.ts';
import { hrefTo } from '../route.ts';
import { count, nameText, short } from '../text.ts';
import { Block, Publisher, Time } from './bits.tsx';
import { Status } from './status.tsx';

export function Rows({
  children,
  id,
}: {
  readonly children: ComponentChildren;
  readonly id?: string;
}) {
  return (
    <ol class="rows" id={id}>
      {children}
    </ol>
  );
}

function heldText(transactions: number | null): string {
  if (transactions === null) return 'no longer kept by this node';
  return transactions === 0 ? 'empty' : count(transactions, 'transaction');
}

export function BlockRow({
  block,
  members,
}: {
  readonly block: BlockSummary;
  readonly members: readonly MemberView[];
}) {
  const { height, transactions, proposer, time } = block;
  return (
    <li class="row">
      <span class="row-main">
        <b>
          <Block height={height} />
        </b>
        <span class={transactions ? '' : 'soft'}>{heldText(transactions)}</span>
      </span>
      <span class="row-side soft">
        <bdi>{nameOf(members, proposer)}</bdi> · <Time time={time} />
      </span>
    </li>
  );
}

export function StatementRow({
  statement,
  withPublisher = true,
}: {
  readonly statement: FeedStatement;
  readonly withPublisher?: boolean;
}) {
  const { asset, status, time, invalidity } = statement;
  const label = nameText(statement, short(asset));
  return (
    <li class="row">
      <span class="row-main">
        <Status status={status} />
        <a href={hrefTo('asset', asset)} title={label}>
          <bdi>{label}</bdi>
        </a>
        {invalidity && <b class="bad">does not count: {invalidity}</b>}
      </span>
      <span class="row-side soft">
        {withPublisher && (
          <>
            <Publisher id={statement.publisher} /> ·{' '}
          </>
        )}
        <Time time={time} />
      </span>
    </li>
  );
}

/** Newer and older pages by the cursors that the node gave. */
export function Pager({
  page,
  onCursor,
}: {
  readonly page: { readonly nextCursor: string | null; readonly prevCursor: string | null };
  onCursor(cursor: string): void;
}) {
  const { nextCursor, prevCursor } = page;
  if (nextCursor === null && prevCursor === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <button
        type="button"
        disabled={prevCursor === null}
        onClick={() => prevCursor !== null && onCursor(prevCursor)}
      >
        ← Previous
      </button>
      <button
        type="button"
        disabled={nextCursor === null}
        onClick={() => nextCursor !== null && onCursor(nextCursor)}
      >
        Next →
      </button>
    </nav>
  );
}

/** The cursor of a list; another list starts at its beginning. */
export function useCursor(list: string): [string | undefined, (cursor: string) => void] {
  const [at, setAt] = useState<{ list: string; cursor: string | undefined }>({
    list,
    cursor: undefined,
  });
  return [at.list === list ? at.cursor : undefined, (cursor) => setAt({ list, cursor })];
}
