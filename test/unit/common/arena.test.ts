import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Arena } from '../../../src/common/arena.ts';

test('pieces are empty at first, of the asked size, and nobody else’s', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(300), fc.nat(70_000)), { maxLength: 60 }), (lengths) => {
      const arena = new Arena();
      const pieces = lengths.map((length, i) => {
        const piece = arena.take(length);
        assert.equal(piece.length, length);
        assert.ok(piece.every((byte) => byte === 0));
        return piece.fill(i + 1);
      });
      for (const [i, piece] of pieces.entries()) assert.ok(piece.every((byte) => byte === i + 1));
    }),
  );
});

test('small pieces share memory, and large ones keep none of it', () => {
  const arena = new Arena();
  const [first, large, second] = [arena.take(30), arena.take(20_000), arena.take(30)];
  assert.equal(first.buffer, second.buffer);
  assert.equal(large.buffer.byteLength, 20_000);
});
