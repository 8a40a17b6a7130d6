/** What stands in the place of an answer until it is there, or if none comes. */
import type { ComponentChildren } from 'preact';
import type { Asked } from '../use.ts';
import { Card, Loading, Problem } from './bits.tsx';

/** A page about one answer. */
export function Answered<T>({
  asked: { data, error },
  lines,
  children,
}: {
  readonly asked: Asked<T>;
  readonly lines: number;
  children(data: T): ComponentChildren;
}) {
  if (error !== undefined) return <Problem error={error} />;
  if (data === undefined) {
    return (
      <Card>
        <Loading lines={lines} />
      </Card>
    );
  }
  return <>{children(data)}</>;
}

/** Within a card, before what the answer holds. */
export function Waiting({
  asked: { data, error },
  lines,
}: {
  readonly asked: Asked<unknown>;
  readonly lines: number;
}) {
  if (error !== undefined) return <Problem error={error} />;
  return data === undefined ? <Loading lines={lines} /> : null;
}
