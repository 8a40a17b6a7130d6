import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { IdSet } from '../../../src/state/id-set.ts';
import { ReplayWindow } from '../../../src/state/replay-window.ts';

const idOf = (n: number): Uint8Array => sha256(utf8(`id ${n}`));

test('an id set holds exactly what was added', () =>
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 500 }), (numbers) => {
      const set = new IdSet();
      const model = new Set<number>();
      for (const n of numbers) {
        assert.equal(set.add(idOf(n)), !model.has(n));
        model.add(n);
      }
      assert.equal(set.size, model.size);
      for (let n = 0; n <= 400; n++) assert.equal(set.has(idOf(n)), model.has(n));
    }),
    { numRuns: 30 },
  ));

test('ids that differ in one byte only are different', () => {
  const set = new IdSet();
  const base = idOf(1);
  set.add(base);
  for (let i = 0; i < 32; i++) assert.ok(!set.has(base.with(i, (base[i] as number) ^ 0x80)));
});

test('an id stays as long as its transaction is unexpired, and goes some time after', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ validity: fc.nat(1_000), pause: fc.nat(400) }), { maxLength: 60 }),
      (blocks) => {
        const window = new ReplayWindow(1_000);
        let time = 5_000;
        const added: { expires: number }[] = [];
        for (const [height, { validity, pause }] of blocks.entries()) {
          time += pause;
          window.advance(time);
          window.add(height, [idOf(height)], time + validity);
          added.push({ expires: time + validity });
          for (const [n, { expires }] of added.entries()) {
            if (expires >= time) {
              assert.ok(window.has(idOf(n)));
              assert.ok(window.from(blocks.length) <= n);
            }
          }
        }
        window.advance(time + 1_001);
        assert.equal(window.size, 0);
        assert.equal(window.from(77), 77);
      },
    ),
  ));
