/** State is asked once about each transaction, and a quota is kept to the last operation of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { encode } from '../../../src/common/codec/index.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { failure, success } from '../../../src/common/result.ts';
import { keyPairOf } from '../../../src/common/signature.ts';
import { batchSchema } from '../../../src/ledger/batch.ts';
import { signTransaction } from '../../../src/ledger/transaction.ts';
import { createMempool } from '../../../src/mempool/mempool.ts';
import { createMempoolMetrics } from '../../../src/mempool/metrics.ts';
import { systemClock } from '../../../src/node/clocks.ts';
import { inlineChecker } from '../../../src/signatures/checker.ts';
import { createVerifier } from '../../../src/signatures/verifier.ts';

const CHAIN = sha256(Uint8Array.of(1));
const KEYS = keyPairOf(sha256(Uint8Array.of(2)));

/** A mempool before a state whose quota leaves one sender so many operations. */
function poolWith(quota: number) {
  const metrics = createMempoolMetrics(new Registry());
  let asked = 0;
  const pool = createMempool({
    chain: CHAIN,
    clock: systemClock,
    admissible: (_, waiting) => {
      asked += 1;
      return waiting.operations < quota ? success(null) : failure('QUOTA_EXCEEDED', 'used up');
    },
    verifier: createVerifier({ checker: inlineChecker(), metrics }),
    metrics,
    log: pino({ level: 'silent' }),
  });
  return { pool, asked: () => asked };
}

function transactions(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, n) => {
    const salt = new Uint8Array(16).fill(n);
    const value = new Uint8Array(10);
    const place = { namespace: 'acme/test', key: 'k' } as const;
    const operation = { op: 2, ...place, value, ifRevision: null } as const;
    const validUntil = Date.now() + 60_000;
    const head = { version: 1, chain: CHAIN, sender: 'acme', salt, validUntil } as const;
    return signTransaction({ ...head, operations: [operation] }, [KEYS]).bytes;
  });
}

test('state is asked once about each one, though those before it came to wait', async () => {
  const { pool, asked } = poolWith(1_000_000);
  const batch = encode(batchSchema, { version: 1, chain: CHAIN, transactions: transactions(50) });
  assert.equal(await pool.receiveBatch('peer', batch), 'accept');
  assert.equal(pool.size, 50);
  assert.equal(asked(), 50);
  pool.finalized([]);
  const [one] = transactions(51).slice(50);
  await pool.submit(one as Uint8Array);
  assert.equal(asked(), 51);
  pool.stop();
});

test('what is looked at together is still let in up to the quota only', async () => {
  const { pool } = poolWith(25);
  const answers = await Promise.all(transactions(40).map((bytes) => pool.submit(bytes)));
  const refused = answers.filter((answer) => !answer.ok && answer.code === 'QUOTA_EXCEEDED');
  assert.equal(pool.size, 25);
  assert.equal(refused.length, 15);
  pool.stop();
});
