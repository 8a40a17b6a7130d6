import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { fromHex } from '../../../src/common/bytes.ts';
import { HASH_BYTES, sha256 } from '../../../src/common/hash.ts';
import type { SignatureCheck } from '../../../src/common/signature.ts';
import { keyPairOf, sign } from '../../../src/common/signature.ts';
import {
  decodeTransaction,
  type ReceivedTransaction,
  signTransaction,
} from '../../../src/ledger/transaction.ts';
import { inlineChecker, workerChecker } from '../../../src/signatures/checker.ts';
import { createVerifier } from '../../../src/signatures/verifier.ts';

const KEYS = keyPairOf(sha256(Uint8Array.of(1)));

function checkOf(number: number, good = true): SignatureCheck {
  const message = sha256(Uint8Array.of(number & 255, number >> 8));
  const signature = sign(message, KEYS);
  if (!good) signature[40] = (signature[40] as number) ^ 1;
  return { signature, message, key: KEYS.publicKey };
}

describe('the worker', () => {
  const checker = workerChecker();
  after(() => checker.close());

  it('answers in the order of what was asked, whatever the number', async () => {
    for (const count of [0, 1, 127, 128, 129, 400]) {
      const checks = Array.from({ length: count }, (_, i) => checkOf(i, i % 7 !== 3));
      const outcome = await checker.check(checks, 'consensus');
      assert.deepEqual(
        [...outcome],
        checks.map((_, i) => (i % 7 === 3 ? 0 : 1)),
      );
    }
  });

  it('keeps several questions apart', async () => {
    const asked = [3, 200, 50].map((count) =>
      checker.check(
        Array.from({ length: count }, (_, i) => checkOf(i, count !== 50)),
        'door',
      ),
    );
    const outcomes = await Promise.all(asked);
    assert.deepEqual(
      outcomes.map((each) => [each.length, each.includes(0), each.includes(1)]),
      [
        [3, false, true],
        [200, false, true],
        [50, true, false],
      ],
    );
  });

  it('goes by the same rules as this thread, edge cases too', async () => {
    const inline = inlineChecker();
    const checks = edgeCases();
    for (const rule of ['consensus', 'door'] as const) {
      assert.deepEqual(await checker.check(checks, rule), await inline.check(checks, rule));
    }
    const outcome = await checker.check(checks, 'consensus');
    assert.ok(outcome.includes(0) && outcome.includes(1));
    const single = checks.map(({ signature, message, key }) => {
      return checker.verify(signature, message, key) ? 1 : 0;
    });
    assert.deepEqual(single, [...outcome]);
  });

  it('answers what was under way when it is closed, and starts again when asked', async () => {
    const other = workerChecker();
    const asked = other.check(
      Array.from({ length: 600 }, (_, i) => checkOf(i)),
      'consensus',
    );
    other.close();
    assert.ok(!(await asked).includes(0));
    assert.deepEqual([...(await other.check([checkOf(1)], 'consensus'))], [1]);
    other.close();
  });
});

/** The published vectors whose message is 32 bytes long, as all of ours are. */
function edgeCases(): SignatureCheck[] {
  const url = new URL('../../vectors/ed25519-taming.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(url, 'utf8')) as {
    vectors: { message: string; key: string; signature: string }[];
  };
  const hex = (text: string): Uint8Array => fromHex(text) as Uint8Array;
  return vectors
    .filter(({ message }) => message.length === 2 * HASH_BYTES)
    .map(({ message, key, signature }) => ({
      message: hex(message),
      key: Uint8Array.of(1, ...hex(key)),
      signature: Uint8Array.of(1, ...hex(signature)),
    }));
}

describe('the verifier of transactions', () => {
  const counted = { checked: 0, cached: 0 };
  const verifier = createVerifier({
    checker: inlineChecker(),
    metrics: {
      verifications: {
        inc: ({ how }, count = 1) => {
          counted[how] += count;
        },
      },
    },
  });
  const transaction = (salt: number): ReceivedTransaction =>
    signTransaction(
      {
        version: 1,
        chain: sha256(Uint8Array.of(9)),
        sender: 'acme',
        salt: new Uint8Array(16).fill(salt),
        validUntil: 1,
        operations: [],
      },
      [KEYS],
    );
  const forged = (received: ReceivedTransaction): ReceivedTransaction => {
    const bytes = received.bytes.slice();
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    const decoded = decodeTransaction(bytes, bytes.length);
    assert.ok(decoded.ok);
    return decoded.value;
  };

  it('checks each transaction once, whoever asks', async () => {
    const [one, two] = [transaction(1), transaction(2)];
    const bad = forged(one);
    assert.deepEqual(await verifier.verifyAll([one, bad, two]), [true, false, true]);
    assert.deepEqual(counted, { checked: 3, cached: 0 });
    assert.deepEqual([one, bad, two].map(verifier.verify, verifier), [true, false, true]);
    assert.deepEqual(await verifier.verifyAll([two, bad]), [true, false]);
    assert.deepEqual(await verifier.verifyAtDoor([one]), [true]);
    assert.deepEqual(counted, { checked: 3, cached: 6 });
  });

  it('forgets a no of the door, and keeps its yes', async () => {
    counted.checked = 0;
    const [one, other] = [transaction(3), forged(transaction(4))];
    const asked = [one, other].map((each) => verifier.verifyAtDoor([each]));
    assert.deepEqual(await Promise.all(asked), [[true], [false]]);
    assert.ok(verifier.verify(one) && !verifier.verify(other));
    assert.equal(counted.checked, 3);
  });

  it('takes nothing that is not signed', async () => {
    const one = transaction(5);
    const bare = { ...one, transaction: { ...one.transaction, signatures: [] } };
    const renamed = { ...bare, bytes: Uint8Array.of(1) };
    assert.ok(!(await verifier.verifyAtDoor([bare]))[0] && !verifier.verify(renamed));
  });
});
