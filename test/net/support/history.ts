/**
 * Whether what clients were told of one record can be told of a single machine that does one thing
 * at a time (linearizability, Herlihy and Wing 1990), in the way of Jepsen's checkers.
 *
 * Each write that took effect has a place in the record's final history, its revision, so the order
 * of the writes is known, and no search is needed: a history is linearizable exactly if no answer
 * contradicts that order, the values, or what was over before the operation began.
 */

/** What a client did, and between which moments; times are of one clock. */
export interface Operation {
  readonly client: string;
  readonly kind: 'read' | 'write';
  /** Of a write, unique; of a read, what it saw: null for an absent record. */
  readonly value: string | null;
  /** Of a write, the revision that had to be current, null for any; of a read, the one it saw. */
  readonly revision: number | null;
  readonly invoked: number;
  /** Infinity while nobody knows. */
  readonly completed: number;
  /** `unknown`: it may have happened, or may yet. */
  readonly outcome: 'ok' | 'failed' | 'unknown';
}

/** The record's final history: the value of revision 1, 2, … */
export type FinalValues = readonly string[];

/** All contradictions, in words; none for a history that holds. */
export function contradictions(operations: readonly Operation[], final: FinalValues): string[] {
  const places = new Map<string, number>();
  const found: string[] = [];
  for (const [i, value] of final.entries()) {
    if (places.has(value)) found.push(`${value} is final twice: ${places.get(value)} and ${i + 1}`);
    else places.set(value, i + 1);
  }
  found.push(...unwritten(operations, places));
  for (const each of operations) found.push(...ofItself(each, places, final));
  return [...found, ...ofOrder(operations, places)];
}

function show({ client, kind, value, revision, outcome }: Operation): string {
  return `${client}'s ${kind} of ${value} (revision ${revision}, ${outcome})`;
}

/** Values that nobody wrote. */
function unwritten(operations: readonly Operation[], places: ReadonlyMap<string, number>) {
  const written = new Set(operations.filter(({ kind }) => kind === 'write').map((o) => o.value));
  return [...places.keys()]
    .filter((value) => !written.has(value))
    .map((value) => `${value} is final, and nobody wrote it`);
}

/** What an answer says that the final history does not. */
function ofItself(
  operation: Operation,
  places: ReadonlyMap<string, number>,
  final: FinalValues,
): string[] {
  const { kind, value, revision, outcome } = operation;
  if (kind === 'read') {
    const stood = revision === 0 ? null : final[(revision ?? 0) - 1];
    return stood === value ? [] : [`${show(operation)}: there stands ${stood}`];
  }
  const place = places.get(value as string);
  if (place === undefined) return outcome === 'ok' ? [`${show(operation)} is lost`] : [];
  if (outcome === 'failed') return [`${show(operation)} is final, at revision ${place}`];
  const wrong = revision !== null && place !== revision + 1;
  return wrong ? [`${show(operation)} took effect at revision ${place}`] : [];
}

/** Operations before others that were over when they began, and those that failed for nothing. */
function ofOrder(operations: readonly Operation[], places: ReadonlyMap<string, number>): string[] {
  /** The revision that the record had when the operation took effect. */
  const placed = operations.flatMap((operation) => {
    const { kind, value, revision } = operation;
    const place = kind === 'read' ? revision : places.get(value as string);
    return place === undefined || place === null ? [] : [{ operation, place }];
  });
  const byEnd = [...placed].sort((a, b) => a.operation.completed - b.operation.completed);
  const byStart = [...operations].sort((a, b) => a.invoked - b.invoked);
  const placeOf = new Map(placed.map(({ operation, place }) => [operation, place]));
  const found: string[] = [];
  let ended = 0;
  let latest: { readonly operation: Operation; readonly place: number } | undefined;
  for (const operation of byStart) {
    for (; ; ended++) {
      const next = byEnd[ended];
      if (next === undefined || next.operation.completed >= operation.invoked) break;
      if (latest === undefined || next.place > latest.place) latest = next;
    }
    if (latest === undefined) continue;
    const place = placeOf.get(operation);
    const least = operation.kind === 'write' ? latest.place + 1 : latest.place;
    if (place !== undefined && place < least) {
      found.push(`${show(operation)} comes after ${show(latest.operation)}, and is before it`);
    }
  }
  return [...found, ...ofFailures(operations, placed)];
}

/** A write that failed although its revision was the current one all the time. */
function ofFailures(
  operations: readonly Operation[],
  placed: readonly { readonly operation: Operation; readonly place: number }[],
): string[] {
  const failed = operations.filter(
    ({ kind, outcome, revision }) => kind === 'write' && outcome === 'failed' && revision !== null,
  );
  return failed.flatMap((operation) => {
    let least = 0;
    let most = 0;
    for (const { operation: other, place } of placed) {
      if (other.completed < operation.invoked) least = Math.max(least, place);
      const isEarlier = other.kind === 'write' && other.invoked < operation.completed;
      if (isEarlier) most = Math.max(most, place);
    }
    const isSure = least === operation.revision && most === operation.revision;
    return isSure ? [`${show(operation)} failed, though nothing else can have been current`] : [];
  });
}
