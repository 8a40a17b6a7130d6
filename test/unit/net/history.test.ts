/** The checker of the network tests finds what it is there to find. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contradictions, type Operation } from '../../net/support/history.ts';

const base = { client: 'c', outcome: 'ok' } as const;
const write = (
  value: string,
  revision: number | null,
  [invoked, completed]: readonly [number, number],
  outcome: Operation['outcome'] = 'ok',
): Operation => ({ ...base, kind: 'write', value, revision, invoked, completed, outcome });
const read = (
  value: string | null,
  revision: number,
  [invoked, completed]: readonly [number, number],
): Operation => ({ ...base, kind: 'read', value, revision, invoked, completed });

const GOOD: readonly Operation[] = [
  read(null, 0, [0, 1]),
  write('a', 0, [2, 5]),
  write('x', 0, [3, 6], 'failed'),
  // Overlaps with the write of b: it may see a or b.
  read('a', 1, [7, 9]),
  write('b', 1, [6.5, 8]),
  write('c', 2, [9.5, Number.POSITIVE_INFINITY], 'unknown'),
  write('lost', null, [9.6, Number.POSITIVE_INFINITY], 'unknown'),
  read('c', 3, [12, 13]),
];
const FINAL = ['a', 'b', 'c'];

const find = (operations: readonly Operation[], final: readonly string[] = FINAL): string =>
  contradictions(operations, final).join('\n');

test('a history that one machine could have had is taken', () => {
  assert.equal(find(GOOD), '');
  const unwritten = FINAL.map((value) => `${value} is final, and nobody wrote it`);
  assert.equal(find([]), unwritten.join('\n'));
});

test('lost, doubled, forged and failed writes are found', () => {
  assert.match(find(GOOD, ['a', 'c']), /write of b .* is lost/);
  assert.match(find(GOOD, ['a', 'b', 'c', 'b']), /b is final twice: 2 and 4/);
  assert.match(find(GOOD, ['a', 'b', 'c', 'z']), /z is final, and nobody wrote it/);
  assert.match(find(GOOD, ['a', 'b', 'c', 'x']), /write of x .*failed\) is final, at revision 4/);
  const skipped = [...GOOD, write('d', 2, [20, 21])];
  assert.match(find(skipped, [...FINAL, 'd']), /write of d .* took effect at revision 4/);
});

test('reordered writes are found', () => {
  const early = write('first', null, [0, 1]);
  const late = write('second', null, [2, 3]);
  assert.equal(find([early, late], ['first', 'second']), '');
  assert.match(find([early, late], ['second', 'first']), /write of second .* comes after .* first/);
  const pending = write('late', null, [5, Number.POSITIVE_INFINITY], 'unknown');
  assert.match(find([early, pending], ['late', 'first']), /write of late .* comes after/);
  const overlapping = write('second', null, [0.5, 3]);
  assert.equal(find([early, overlapping], ['second', 'first']), '');
});

test('stale, forged and unread reads are found', () => {
  const stale = [...GOOD, read('b', 2, [14, 15])];
  assert.match(find(stale), /read of b .* comes after .* read of c/);
  assert.match(find([...GOOD, read('b', 3, [14, 15])]), /read of b .*: there stands c/);
  assert.match(find([...GOOD, read('d', 4, [14, 15])]), /read of d .*: there stands undefined/);
  const seenTooEarly = [read('a', 1, [0, 1]), write('a', null, [2, 3])];
  assert.match(find(seenTooEarly, ['a']), /write of a .* comes after .* read of a/);
});

test('a write that failed for nothing is found', () => {
  const first = write('a', 0, [0, 1]);
  const refused = write('b', 1, [2, 3], 'failed');
  assert.match(find([first, refused], ['a']), /write of b .* failed, though/);
  const meanwhile = write('c', null, [2.5, 4]);
  assert.equal(find([first, refused, meanwhile], ['a', 'c']), '');
});
