/** Private statements in execution: a commitment alone, and what must not stand beside it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { decode, encode } from '../../../src/common/codec/index.ts';
import type { StatementOperation } from '../../../src/ledger/operations.ts';
import { operationSchema } from '../../../src/ledger/operations.ts';
import {
  commitmentOf,
  type Opening,
  opens,
  PRIVATE_WORDS,
} from '../../../src/ledger/private-words.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import { statementSchema } from '../../../src/ledger/state-values.ts';
import { assetNamed, bench, statement } from './fixture.ts';
import { codes } from './members.ts';

const opening: Opening = {
  salt: new Uint8Array(32).fill(7),
  name: 'falcon',
  version: '0.1',
  size: 42,
  attributes: [{ key: 'arch', value: 'x64' }],
};
const asset = assetNamed('secret');

function hidden(chain: Uint8Array, shown: Partial<StatementOperation> = {}): StatementOperation {
  const commitment = commitmentOf({ chain, publisher: 'acme', asset }, opening);
  const clear = statement('secret') as StatementOperation;
  return { ...clear, ...PRIVATE_WORDS, commitment, ...shown };
}

suite('a private statement', () => {
  test('stands in state with its commitment, and is nobody’s first', async () => {
    const b = await bench();
    const { chain } = b.ledger;
    const given = await codes(b, b.make([hidden(chain)]), b.make([statement('')]));
    assert.deepEqual(given, ['', '']);
    const value = b.ledger.state().get(stateKey.assetStatement(asset, 'acme'));
    const read = decode(statementSchema, value as Uint8Array, (value as Uint8Array).length);
    assert.ok(read.ok && !read.value.first);
    assert.ok(opens(opening, { chain, publisher: 'acme', asset }, read.value.statement));
    const stranger = { chain, publisher: 'globex', asset };
    assert.ok(!opens(opening, stranger, read.value.statement), 'another’s words are not its own');
  });

  test('with a word that it should hide is rejected, and changes nothing', async () => {
    const b = await bench();
    const { chain } = b.ledger;
    const given = await codes(
      b,
      b.make([hidden(chain, { name: 'falcon' })]),
      b.make([hidden(chain, { version: '1' })]),
      b.make([hidden(chain, { size: 0 })]),
      b.make([hidden(chain, { attributes: opening.attributes })]),
      b.make([statement('other'), hidden(chain, { name: 'falcon' })]),
    );
    assert.deepEqual(given, new Array(5).fill('PRIVATE_AND_PUBLIC'));
    assert.equal(b.ledger.state().list(stateKey.assetStatements(asset)).count, 0);
    assert.equal(b.ledger.state().list(stateKey.assetStatements(assetNamed('other'))).count, 0);
  });

  test('with a commitment of another length is no operation', () => {
    const good = hidden(new Uint8Array(32));
    const bytes = encode(operationSchema, good);
    assert.ok(decode(operationSchema, bytes, bytes.length).ok);
    for (const length of [0, 1, 31, 33, 64]) {
      // The commitment is what stands last: two bytes of head and 32 of its own.
      const head = Uint8Array.of(0xc4, length);
      const other = Buffer.concat([bytes.subarray(0, -34), head, Buffer.alloc(length)]);
      assert.ok(!decode(operationSchema, other, other.length).ok, `${length} bytes`);
    }
  });
});

test('no two openings have one commitment', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 4 });
  const openings = fc.record({
    salt: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    name: word,
    version: word,
    size: fc.option(fc.nat(3)),
    attributes: fc.constantFrom([], [{ key: 'a', value: 'b' }], [{ key: 'a', value: '' }]),
  });
  const committed = { chain: new Uint8Array(32), publisher: 'acme', asset };
  fc.assert(
    fc.property(openings, openings, fc.boolean(), (one, other, sameSalt) => {
      const second = sameSalt ? { ...other, salt: one.salt } : other;
      const isSame = Buffer.from(commitmentOf(committed, one)).equals(
        commitmentOf(committed, second),
      );
      const text = (each: object): string => JSON.stringify(each);
      assert.equal(isSame, text(one) === text(second));
    }),
  );
});
