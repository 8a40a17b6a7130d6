import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { toHex } from '../../../src/common/bytes.ts';
import { decode, encode } from '../../../src/common/codec/index.ts';
import { sha256, ZERO_HASH } from '../../../src/common/hash.ts';
import { failure, success } from '../../../src/common/result.ts';
import { type KeyPair, keyPairOf } from '../../../src/common/signature.ts';
import { BATCH_BYTES_MAX, batchSchema } from '../../../src/ledger/batch.ts';
import { leafText } from '../../../src/ledger/merkle/rfc6962.ts';
import { type ReceivedTransaction, signTransaction } from '../../../src/ledger/transaction.ts';
import { Backlog } from '../../../src/mempool/backlog.ts';
import { createMempool, type Mempool, type MempoolLimits } from '../../../src/mempool/mempool.ts';
import { createMempoolMetrics } from '../../../src/mempool/metrics.ts';
import { systemClock } from '../../../src/node/clocks.ts';
import { inlineChecker } from '../../../src/signatures/checker.ts';
import { createVerifier } from '../../../src/signatures/verifier.ts';

const CHAIN = sha256(Uint8Array.of(1));
const KEYS = keyPairOf(sha256(Uint8Array.of(2)));
const OTHER_KEYS = keyPairOf(sha256(Uint8Array.of(3)));
const NOW = 1_000_000;

let salts = 0;

interface Wish {
  sender?: string;
  validUntil?: number;
  keys?: KeyPair;
  /** Bytes of a record. */
  size?: number;
}

function transaction(wish: Wish = {}): ReceivedTransaction {
  const salt = new Uint8Array(16);
  new DataView(salt.buffer).setUint32(0, ++salts);
  const { sender = 'acme', validUntil = NOW + 60_000, keys = KEYS, size = 10 } = wish;
  const value = new Uint8Array(size);
  return signTransaction(
    {
      version: 1,
      chain: CHAIN,
      sender,
      salt,
      validUntil,
      operations: [{ op: 2, namespace: 'acme/test', key: 'k', value, ifRevision: null }],
    },
    [keys],
  );
}

/** The same transaction with a signature that is not good. */
function forged(received: ReceivedTransaction): Uint8Array {
  const bytes = received.bytes.slice();
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  return bytes;
}

function batchOf(transactions: readonly Uint8Array[], chain = CHAIN): Uint8Array {
  return encode(batchSchema, { version: 1, chain, transactions });
}

interface Setup {
  pool: Mempool;
  batches: Uint8Array[][];
  clock: { now: number };
  final: Set<string>;
  work: () => number;
  count(name: string, labels: Record<string, string>): Promise<number>;
}

function setup(limits: Partial<MempoolLimits> = {}): Setup {
  const registry = new Registry();
  const metrics = createMempoolMetrics(registry);
  const clock = { now: NOW };
  const final = new Set<string>();
  const pool = createMempool({
    chain: CHAIN,
    clock: { ...systemClock, now: () => clock.now },
    admissible: ({ id, transaction: { sender } }) => {
      if (sender === 'nobody') return failure('UNKNOWN_SENDER', 'who?');
      return final.has(toHex(id)) ? failure('DUPLICATE', 'is final') : success(null);
    },
    limits,
    verifier: createVerifier({ checker: inlineChecker(), metrics }),
    metrics,
    log: pino({ level: 'silent' }),
  });
  const batches: Uint8Array[][] = [];
  let works = 0;
  pool.onWork(() => {
    works += 1;
  });
  pool.onBatch((batch) => {
    const decoded = decode(batchSchema, batch, BATCH_BYTES_MAX);
    assert.ok(decoded.ok);
    batches.push([...decoded.value.transactions]);
  });
  return {
    pool,
    batches,
    clock,
    final,
    work: () => works,
    count: async (name, labels) => {
      const metric = await registry.getSingleMetric(`ztc_mempool_${name}`)?.get();
      const fits = metric?.values.find((value) =>
        Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
      );
      return fits?.value ?? 0;
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 500, `in time: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const idsOf = (pool: Mempool): string[] => [...pool.candidates()].map(({ id }) => toHex(id));

describe('submitting', () => {
  it('takes a transaction once, tells that there is work, and seals it', async () => {
    const { pool, batches, work } = setup();
    const one = transaction();
    const taken = await pool.submit(one.bytes);
    assert.deepEqual(taken, success({ id: one.id, validUntil: NOW + 60_000, known: false }));
    assert.deepEqual(
      await pool.submit(one.bytes),
      success({ id: one.id, validUntil: NOW + 60_000, known: true }),
    );
    assert.equal(work(), 1);
    assert.ok(pool.has(one.id));
    await until(() => batches.length === 1);
    assert.deepEqual(batches, [[one.bytes]]);
    pool.stop();
  });

  it('says what is wrong, with stable codes, and keeps nothing of it', async () => {
    const { pool, count } = setup();
    const code = async (bytes: Uint8Array): Promise<string> => {
      const result = await pool.submit(bytes);
      return result.ok ? 'taken' : result.code;
    };
    assert.equal(await code(Uint8Array.of(0xc1)), 'CODEC_NOT_CANONICAL');
    assert.equal(await code(Uint8Array.of(0x90)), 'CODEC_SCHEMA');
    assert.equal(await code(new Uint8Array(5 * 1024 * 1024)), 'CODEC_TOO_LARGE');
    assert.equal(await code(forged(transaction())), 'BAD_SIGNATURE');
    assert.equal(await code(transaction({ validUntil: NOW - 1 }).bytes), 'EXPIRED');
    assert.equal(await code(transaction({ sender: 'nobody' }).bytes), 'UNKNOWN_SENDER');
    assert.equal(pool.size, 0);
    assert.equal(await count('refused_total', { door: 'rpc', code: 'BAD_SIGNATURE' }), 1);
    pool.stop();
  });

  it('again what is final already is no error', async () => {
    const { pool, final } = setup();
    const one = transaction();
    await pool.submit(one.bytes);
    pool.finalized([one.id]);
    final.add(toHex(one.id));
    assert.equal(pool.size, 0);
    assert.deepEqual(
      await pool.submit(one.bytes),
      success({ id: one.id, validUntil: NOW + 60_000, known: true }),
    );
    assert.equal(pool.size, 0);
    pool.stop();
  });

  it('any bytes give a result, never an exception', async () => {
    const { pool } = setup();
    const good = transaction().bytes;
    const mutated = fc
      .tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, change]) => {
        const bytes = good.slice();
        bytes[at] = (bytes[at] as number) ^ change;
        return bytes;
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), mutated), async (bytes) => {
        const result = await pool.submit(bytes);
        assert.ok(!result.ok && result.code !== '');
        assert.notEqual(await pool.receiveBatch('peer', batchOf([bytes])), 'accept');
        assert.equal(pool.size, 0);
      }),
    );
    pool.stop();
  });
});

describe('a batch of another node', () => {
  it('brings work, is not sealed again, and is accepted when known too', async () => {
    const { pool, work } = setup();
    const batch = batchOf([transaction().bytes, transaction().bytes]);
    assert.equal(await pool.receiveBatch('peer', batch), 'accept');
    assert.equal(await pool.receiveBatch('peer', batch), 'accept');
    assert.equal(pool.size, 2);
    assert.equal(work(), 1);
    pool.stop();
  });

  it('with a bad signature is rejected, and what is good in it is taken', async () => {
    const { pool, count } = setup();
    const [first, last] = [transaction(), transaction()];
    const batch = batchOf([first.bytes, forged(transaction()), last.bytes]);
    assert.equal(await pool.receiveBatch('peer', batch), 'reject');
    assert.ok(pool.has(first.id) && pool.has(last.id));
    assert.equal(pool.size, 2);
    assert.equal(await count('refused_total', { door: 'gossip', code: 'BAD_SIGNATURE' }), 1);
    pool.stop();
  });

  it('malformed, or of another chain, is rejected', async () => {
    const { pool } = setup();
    assert.equal(await pool.receiveBatch('peer', Uint8Array.of(0xc1)), 'reject');
    assert.equal(await pool.receiveBatch('peer', batchOf([Uint8Array.of(1)])), 'reject');
    assert.equal(
      await pool.receiveBatch('peer', batchOf([transaction().bytes], ZERO_HASH)),
      'reject',
    );
    assert.equal(pool.size, 0);
    pool.stop();
  });

  it('with nothing of use here is not passed on, but nobody is blamed', async () => {
    const { pool } = setup();
    const expired = transaction({ validUntil: NOW - 1 });
    const unknown = transaction({ sender: 'nobody' });
    assert.equal(
      await pool.receiveBatch('peer', batchOf([expired.bytes, unknown.bytes])),
      'ignore',
    );
    assert.equal(await pool.receiveBatch('peer', batchOf([])), 'ignore');
    assert.equal(
      await pool.receiveBatch('peer', batchOf([expired.bytes, transaction().bytes])),
      'accept',
    );
    assert.equal(pool.size, 1);
    pool.stop();
  });

  it('of a sealer that others do not hear is spread as our own', async () => {
    const { pool, batches } = setup();
    const one = transaction();
    assert.equal(await pool.receiveBatch('guest', batchOf([one.bytes]), true), 'accept');
    await until(() => batches.length === 1);
    assert.deepEqual(batches, [[one.bytes]]);
    pool.stop();
  });
});

describe('what waits', () => {
  it('is given in turns of one a sender', async () => {
    const { pool } = setup();
    const many = Array.from({ length: 5 }, () => transaction({ sender: 'flood' }));
    const few = [transaction({ sender: 'calm' }), transaction({ sender: 'rare' })];
    for (const { bytes } of [...many, ...few]) await pool.submit(bytes);
    for (let i = 0; i < 4; i++) {
      const firstThree = [...pool.candidates()].slice(0, 3).map((each) => each.transaction.sender);
      assert.deepEqual(firstThree.sort(), ['calm', 'flood', 'rare']);
    }
    pool.stop();
  });

  it('leaves when it expires, and is not offered from then on', async () => {
    const { pool, clock, count } = setup({ tickMs: 5 });
    await pool.submit(transaction({ validUntil: NOW + 10 }).bytes);
    await pool.submit(transaction().bytes);
    clock.now = NOW + 11;
    assert.equal(idsOf(pool).length, 1);
    await until(() => pool.size === 1);
    assert.equal(await count('dropped_total', { reason: 'expired' }), 1);
    pool.stop();
  });

  it('is spread again while it is not final, more and more rarely', async () => {
    const { pool, clock, batches } = setup({ tickMs: 5, spreadAgainMs: 100 });
    const one = transaction();
    await pool.submit(one.bytes);
    await until(() => batches.length === 1);
    clock.now += 101;
    await until(() => batches.length === 2);
    clock.now += 199;
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(batches.length, 2);
    clock.now += 2;
    await until(() => batches.length === 3);
    pool.finalized([one.id]);
    clock.now += 10_000;
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(batches.length, 3);
    pool.stop();
  });

  it('shares the memory of its batch while most of that is used, and not for long', async () => {
    const { pool, clock } = setup({ tickMs: 5 });
    const [one, two] = [transaction(), transaction()];
    await pool.receiveBatch('peer', batchOf([one.bytes, two.bytes]));
    const held = (): number[] =>
      [...pool.candidates()].map(({ bytes }) => bytes.buffer.byteLength - bytes.length);
    assert.ok(held().every((more) => more > 0));
    const three = transaction();
    await pool.receiveBatch('peer', batchOf([one.bytes, two.bytes, three.bytes]));
    assert.equal(held().at(-1), 0);
    clock.now += 10_001;
    await until(() => held().every((more) => more === 0));
    assert.deepEqual(
      [...pool.candidates()].map(({ bytes }) => bytes),
      [one, two, three].map(({ bytes }) => bytes),
    );
    assert.equal(pool.known(leafText(two.bytes))?.id.length, 32);
    pool.stop();
  });

  it('is known by the batch that brought it, until it is final', async () => {
    const { pool } = setup();
    const batch = batchOf([transaction().bytes, transaction().bytes]);
    assert.ok(!pool.waits(batch));
    await pool.receiveBatch('peer', batch);
    assert.ok(pool.waits(batch));
    const [first, second] = [...pool.candidates()].map(({ id }) => id);
    pool.finalized([first as Uint8Array]);
    assert.ok(pool.waits(batch));
    pool.finalized([second as Uint8Array]);
    assert.ok(!pool.waits(batch));
    pool.stop();
  });

  it('is sealed in batches of bounded size', async () => {
    const { pool, batches } = setup();
    for (let i = 0; i < 20; i++) await pool.submit(transaction({ size: 60_000 }).bytes);
    await until(() => batches.flat().length === 20);
    assert.ok(batches.length >= 4);
    pool.stop();
  });
});

describe('a full mempool', () => {
  it('says when to come back', async () => {
    const { pool } = setup({ transactionsMax: 2 });
    await pool.submit(transaction().bytes);
    await pool.submit(transaction().bytes);
    const refused = await pool.submit(transaction().bytes);
    assert.ok(!refused.ok && refused.code === 'MEMPOOL_FULL' && (refused.retryAfterMs ?? 0) > 0);
    pool.stop();
  });

  it('takes the release of one while another floods', async () => {
    const { pool, count } = setup({ transactionsMax: 10 });
    for (let i = 0; i < 12; i++) await pool.submit(transaction({ sender: 'flood' }).bytes);
    const release = transaction({ sender: 'calm' });
    assert.ok((await pool.submit(release.bytes)).ok);
    assert.ok(pool.has(release.id));
    assert.equal(pool.size, 10);
    assert.equal(await count('dropped_total', { reason: 'evicted' }), 1);
    pool.stop();
  });

  it('refuses the flood where more waits than becomes final soon, and nobody else', async () => {
    const { pool } = setup();
    const { max } = new Backlog(0);
    // As another node's batches bring them: a node's own door is one of several.
    for (let i = 0; i < max; i += 500) {
      const many = Array.from({ length: 500 }, () => transaction({ sender: 'flood' }).bytes);
      await pool.receiveBatch('alfa', batchOf(many));
    }
    assert.equal(pool.size, max);
    const refused = await pool.submit(transaction({ sender: 'flood' }).bytes);
    assert.ok(!refused.ok && refused.code === 'MEMPOOL_FULL');
    const calm = transaction({ sender: 'calm' });
    assert.ok((await pool.submit(calm.bytes)).ok);
    assert.ok(idsOf(pool).indexOf(toHex(calm.id)) <= 1, 'and it is among the next');
    pool.stop();
  });

  it('gives a waiting transaction by what names all its bytes', async () => {
    const { pool } = setup();
    const one = transaction();
    await pool.submit(one.bytes);
    assert.deepEqual(pool.known(leafText(one.bytes))?.id, one.id);
    assert.equal(pool.known(leafText(forged(one))), undefined);
    pool.finalized([one.id]);
    assert.equal(pool.known(leafText(one.bytes)), undefined);
    pool.stop();
  });
});

describe('whatever happens', () => {
  const senders = ['a0', 'b0', 'c0', 'd0'];
  const stock = Array.from({ length: 60 }, (_, i) =>
    transaction({
      sender: senders[i % 7 < 4 ? 0 : i % 4] as string,
      size: (i % 5) * 200,
      validUntil: NOW + (i % 6) * 100,
      keys: i % 2 ? KEYS : OTHER_KEYS,
    }),
  );
  const limits = { transactionsMax: 20, bytesMax: 9_000, senderTransactionsMax: 12 };
  const index = fc.nat(stock.length - 1);
  const step = fc.oneof(
    fc.record({ do: fc.constant('submit' as const), at: index }),
    fc.record({ do: fc.constant('batch' as const), at: index }),
    fc.record({ do: fc.constant('final' as const), at: index }),
    fc.record({ do: fc.constant('later' as const), at: fc.nat(60) }),
  );

  it('the bounds hold, and the candidates are what waits and is not expired', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { pool, clock, final } = setup({ ...limits, senderBytesMax: 6_000 });
        for (const each of steps) {
          const one = stock[each.at % stock.length] as ReceivedTransaction;
          if (each.do === 'submit') await pool.submit(one.bytes);
          if (each.do === 'batch') {
            const next = stock[(each.at + 1) % stock.length] as ReceivedTransaction;
            await pool.receiveBatch('peer', batchOf([one.bytes, next.bytes]));
          }
          if (each.do === 'final') {
            pool.finalized([one.id]);
            final.add(toHex(one.id));
          }
          if (each.do === 'later') clock.now += each.at;
          assert.ok(pool.size <= limits.transactionsMax && pool.bytes <= limits.bytesMax);
          const waiting = stock.filter(({ id }) => pool.has(id));
          assert.equal(waiting.length, pool.size);
          assert.equal(
            waiting.reduce((bytes, { bytes: { length } }) => bytes + length, 0),
            pool.bytes,
          );
          const offered = waiting.filter((t) => t.transaction.validUntil >= clock.now);
          assert.deepEqual(idsOf(pool).sort(), offered.map(({ id }) => toHex(id)).sort());
          assert.ok(waiting.every(({ id }) => !final.has(toHex(id))));
        }
        pool.stop();
      }),
      { numRuns: 60 },
    );
  });
});
