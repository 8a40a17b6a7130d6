import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reception } from '../../../src/state/reception.ts';
import { bench, statement } from './fixture.ts';

test('a block that is prepared twice has its signatures checked once', async () => {
  const b = await bench();
  const block = b.propose([b.make([statement('a')]), b.make([statement('b')])]);
  const asked: number[] = [];
  const reception = new Reception({
    verifyTransaction: () => assert.fail('its signatures were checked ahead'),
    verifyAhead: async (transactions) => {
      asked.push(transactions.length);
      return transactions.map((_, i) => i === 0);
    },
  });
  await Promise.all([reception.ahead([block]), reception.ahead([block])]);
  await reception.ahead([block]);
  assert.deepEqual(asked, [2]);
  const reading = reception.read(block);
  assert.ok(reading.ok);
  assert.deepEqual(reading.value.good, [true, false]);
  assert.equal(reception.forged(reading.value), 1);
});
