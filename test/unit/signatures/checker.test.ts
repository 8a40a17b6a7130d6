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
  type Signed,
  signTransaction,
} from '../../../src/ledger/transaction.ts';
import {
  inlineChecker,
  type SignatureChecker,
  workerChecker,
} from '../../../src/signatures/checker.ts';
import type { Rule } from '../../../src/signatures/checks.ts';
import { createVerifier } from '../../../src/signatures/verifier.ts';

const KEYS = keyPairOf(sha256(Uint8Array.of(1)));

function checkOf(number: number, good = true): SignatureCheck {
  const message = sha256(Uint8Array.of(number & 255, number >> 8));
  const signature = sign(message, KEYS);
  if (!good) signature[40] = (signature[40] as number) ^ 1;
  return { signature, message, key: KEYS.publicKey };
}

/** As something signed, so many of whose signatures are these. */
function signedBy(checks: readonly SignatureCheck[]): Signed {
  const signatures = checks.map(({ key, signature }) => ({ key, signature }));
  return { id: checks[0]?.message ?? new Uint8Array(HASH_BYTES), transaction: { signatures } };
}

/** Each as a question's only signature. */
function ask(
  checker: SignatureChecker,
  checks: readonly SignatureCheck[],
  rule: Rule,
): Promise<Uint8Array> {
  const signed = checks.map((check) => signedBy([check]));
  return new Promise((settled) => checker.check(signed, rule, settled));
}

describe('the worker', () => {
  const checker = workerChecker();
  after(() => checker.close());

  it('answers in the order of what was asked, whatever the number', async () => {
    for (const count of [0, 1, 127, 128, 129, 400]) {
      const checks = Array.from({ length: count }, (_, i) => checkOf(i, i % 7 !== 3));
      const outcome = await ask(checker, checks, 'consensus');
      assert.deepEqual(
        [...outcome],
        checks.map((_, i) => (i % 7 === 3 ? 0 : 1)),
      );
    }
  });

  it('keeps several questions apart', async () => {
    const asked = [3, 200, 50].map((count) =>
      ask(
        checker,
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
      assert.deepEqual(await ask(checker, checks, rule), await ask(inline, checks, rule));
    }
    const outcome = await ask(checker, checks, 'consensus');
    assert.ok(outcome.includes(0) && outcome.includes(1));
    const single = checks.map(({ signature, message, key }) => {
      return checker.verify(signature, message, key) ? 1 : 0;
    });
    assert.deepEqual(single, [...outcome]);
  });

  it('answers what was under way when it is closed, and starts again when asked', async () => {
    const other = workerChecker();
    const asked = ask(
      other,
      Array.from({ length: 600 }, (_, i) => checkOf(i)),
      'consensus',
    );
    other.close();
    assert.ok(!(await asked).includes(0));
    assert.deepEqual([...(await ask(other, [checkOf(1)], 'consensus'))], [1]);
    other.close();
  });

  it('finds good what has signatures, all of them good, whatever their number', async () => {
    const many = (count: number, bad = -1): Signed => {
      const message = checkOf(1).message;
      const good = { ...checkOf(1), message };
      return signedBy(Array.from({ length: count }, (_, i) => (i === bad ? checkOf(2) : good)));
    };
    const signed = [many(0), many(128), many(100), many(29), many(100, 99), many(3, 0), many(1)];
    for (const each of [checker, inlineChecker()]) {
      const outcomes = await new Promise<Uint8Array>((settled) => {
        each.check(signed, 'consensus', settled);
      });
      assert.deepEqual([...outcomes], [0, 1, 1, 1, 0, 0, 1]);
    }
  });

  it('is helped by who cannot wait, and nothing is answered twice', async () => {
    const counts = [1, 300, 2_000, 128];
    const answers = counts.map(() => 0);
    const questions = counts.map((count, n) => {
      const signed = Array.from({ length: count }, (_, i) => signedBy([checkOf(i, i % 7 !== 3)]));
      return checker.check(signed, 'consensus', (outcomes) => {
        answers[n] = (answers[n] as number) + 1;
        assert.deepEqual(
          [...outcomes],
          signed.map((_, i) => (i % 7 === 3 ? 0 : 1)),
        );
      });
    });
    // The last first: its parts wait behind all others.
    for (const n of [3, 1, 0, 2]) {
      questions[n]?.finish();
      assert.equal(answers[n], 1);
    }
    // What comes after all of that is answered by the worker.
    assert.deepEqual([...(await ask(checker, [checkOf(5)], 'door'))], [1]);
    assert.deepEqual(answers, [1, 1, 1, 1]);
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
  const counted = { checked: 0, cached: 0, joined: 0 };
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
    assert.deepEqual(counted, { checked: 3, cached: 0, joined: 0 });
    assert.deepEqual([one, bad, two].map(verifier.verify, verifier), [true, false, true]);
    assert.deepEqual(await verifier.verifyAll([two, bad]), [true, false]);
    assert.deepEqual(await verifier.verifyAtDoor([one]), [true]);
    assert.deepEqual(counted, { checked: 3, cached: 6, joined: 0 });
  });

  it('forgets a no of the door, and keeps its yes', async () => {
    counted.checked = 0;
    const [one, other] = [transaction(3), forged(transaction(4))];
    const asked = [one, other].map((each) => verifier.verifyAtDoor([each]));
    assert.deepEqual(await Promise.all(asked), [[true], [false]]);
    assert.ok(verifier.verify(one) && !verifier.verify(other));
    assert.equal(counted.checked, 3);
  });

  it('waits for a check that is under way, whoever began it', async () => {
    const how = { checked: 0, cached: 0, joined: 0 };
    const inc = ({ how: by }: { how: keyof typeof how }, count = 1): void => {
      how[by] += count;
    };
    const checker = workerChecker();
    const busy = createVerifier({ checker, metrics: { verifications: { inc } } });
    const some = [transaction(6), forged(transaction(7)), transaction(8)];
    const all = busy.verifyAll(some);
    assert.deepEqual(some.map(busy.verify, busy), [true, false, true]);
    // The first brings the answers to all.
    assert.deepEqual(how, { checked: 3, cached: 2, joined: 1 });
    assert.deepEqual(await all, [true, false, true]);
    const others = [transaction(9), forged(transaction(10))];
    const asked = [busy.verifyAtDoor(others), busy.verifyAll(others), busy.verifyAll(some)];
    assert.deepEqual(await Promise.all(asked), [
      [true, false],
      [true, false],
      [true, false, true],
    ]);
    assert.equal(how.checked, 5);
    checker.close();
  });

  it('decides by the rule of consensus what the door found bad', async () => {
    const checker = inlineChecker((checks, rule) =>
      new Uint8Array(checks.length).fill(rule === 'door' ? 0 : 1),
    );
    const [one, two] = [transaction(11), transaction(12)];
    const strict = createVerifier({ checker });
    const door = strict.verifyAtDoor([one, two]);
    const all = strict.verifyAll([one]);
    assert.deepEqual(await Promise.all([door, all]), [[true, false], [true]]);
    assert.deepEqual(await strict.verifyAtDoor([two]), [false]);
    assert.ok(strict.verify(two));
    assert.deepEqual(await strict.verifyAtDoor([two]), [true]);
  });

  it('takes nothing that is not signed', async () => {
    const one = transaction(5);
    const bare = { ...one, transaction: { ...one.transaction, signatures: [] } };
    const renamed = { ...bare, bytes: Uint8Array.of(1) };
    assert.ok(!(await verifier.verifyAtDoor([bare]))[0] && !verifier.verify(renamed));
  });
});
