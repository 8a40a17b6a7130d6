/** What stands in the place of an answer until it is there, or if none comes. */
import type { ComponentChildren } from 'preact';
import type { Asked } from '../use.ts';
import { Card, Loading, Nothing, Problem } from './bits.tsx';

/** A page about one answer. @param absent what it says where the answer is that there is none */
export function Answered<T>({
  asked: { data, error },
  lines,
  absent,
  children,
}: {
  readonly asked: Asked<T>;
  readonly lines: number;
  readonly absent?: ComponentChildren;
  children(data: NonNullable<T>): ComponentChildren;
}) {
  if (error !== undefined) return <Problem error={error} />;
  if (data != null) return <>{children(data)}</>;
  return <Card>{data === null ? <Nothing>{absent}</Nothing> : <Loading lines={lines} />}</Card>;
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
