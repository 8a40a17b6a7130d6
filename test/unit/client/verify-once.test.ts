import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { verifyOnce } from '../../../src/client/verify-once.ts';
import { toHex } from '../../../src/common/bytes.ts';

const bytes = fc.uint8Array({ maxLength: 3 });

test('what is remembered gives the same answers, whatever is asked in which order', () => {
  const triples = fc.array(fc.tuple(bytes, bytes, bytes), { maxLength: 60 });
  fc.assert(
    fc.property(triples, fc.integer({ min: 2, max: 5 }), (asked, modulus) => {
      const rule = (...parts: Uint8Array[]): boolean =>
        parts.map(toHex).join('/').length % modulus === 0;
      const once = verifyOnce(rule);
      for (const triple of [...asked, ...asked]) assert.equal(once(...triple), rule(...triple));
    }),
  );
});

test('a good signature is checked once, a bad one each time, and memory has a bound', () => {
  let checks = 0;
  const once = verifyOnce(([first]) => {
    checks++;
    return first !== 0;
  });
  const ask = (...signature: number[]): boolean =>
    once(Uint8Array.from(signature), Uint8Array.of(1), Uint8Array.of(2));
  assert.deepEqual([ask(1), ask(1), checks], [true, true, 1]);
  assert.deepEqual([ask(0), ask(0), checks], [false, false, 3]);
  for (let i = 0; i < 2_000; i++) ask(1, i >> 8, i & 255);
  checks = 0;
  ask(1);
  assert.equal(checks, 1);
});
