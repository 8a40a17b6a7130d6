import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { ZtcError } from '../../../src/common/errors.ts';
import { sha256Of } from '../../../src/common/hash.ts';
import { keyPairOf } from '../../../src/common/signature.ts';
import { createEngine, type EngineOptions } from '../../../src/consensus/engine.ts';
import { decodeMessage, encodeMessage, MESSAGE } from '../../../src/consensus/messages.ts';
import { createConsensusMetrics } from '../../../src/consensus/metrics.ts';
import type { Counter, Wal } from '../../../src/consensus/ports.ts';
import { decodeRecord, RECORD } from '../../../src/consensus/records.ts';
import { genesisBlock } from '../../../src/ledger/block.ts';
import { DEFAULT_PARAMETERS } from '../../../src/ledger/parameters.ts';
import { signVote, VOTE } from '../../../src/ledger/vote.ts';
import { type ChainDisk, rangeOf, SimApplication } from '../../sim/application.ts';
import { memoryCounter } from '../../support/memory-counter.ts';

const CHAIN = sha256Of(new Uint8Array([3]));
const keys = [0, 1, 2, 3].map((i) => keyPairOf(sha256Of(Uint8Array.of(i))));
const members = keys.map(({ publicKey: key }, i) => ({ member: `member-${i}`, key }));

function newDisk(count: number): ChainDisk {
  const genesis = genesisBlock(CHAIN, Date.now(), members.slice(0, count));
  return { blocks: [genesis], certificates: new Map() };
}

/** An engine on real signatures, the real clock and a log in an array. */
function bench(
  options: {
    count?: number;
    disk?: ChainDisk;
    records?: Uint8Array[];
    counter?: Counter;
    observer?: boolean;
  } = {},
) {
  const { count = 4, records = [], observer = false } = options;
  const disk = options.disk ?? newDisk(count);
  const validators = members.slice(0, count);
  const parameters = DEFAULT_PARAMETERS;
  const application = new SimApplication({ disk, validators, parameters, onFinal: () => {} });
  const registry = new Registry();
  const sent: Uint8Array[] = [];
  const failed: ZtcError[] = [];
  const broken = { append: false };
  const wal: Wal = {
    records: () => [...records],
    append: async (more) => {
      if (broken.append) throw new Error('no space left on device');
      records.push(...more);
    },
    reset: async (all) => void records.splice(0, records.length, ...all),
    close: async () => {},
  };
  const counter = options.counter ?? memoryCounter();
  const engineOptions: EngineOptions = {
    chain: CHAIN,
    application,
    network: { send: (_to, bytes) => sent.push(bytes), broadcast: (bytes) => sent.push(bytes) },
    clock: {
      now: () => Date.now(),
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
    wal,
    signer: observer
      ? undefined
      : { member: 'member-0', keys: [{ pair: keys[0] as (typeof keys)[0], counter }] },
    metrics: createConsensusMetrics(registry),
    log: pino({ level: 'silent' }),
    fatal: (error) => failed.push(error),
  };
  const engine = createEngine(engineOptions);
  const dropped = async (reason: string): Promise<number> => {
    const metric = await registry.getSingleMetric('ztc_consensus_dropped_total')?.get();
    return metric?.values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
  };
  return { engine, application, disk, records, counter, sent, failed, broken, dropped };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail('it did not happen within 2.5 s');
}

describe('the engine', () => {
  it('finalizes alone where it is the only validator, with real signatures', async () => {
    const { engine, application, disk } = bench({ count: 1 });
    await engine.start();
    await until(() => application.head.header.height === 1);
    application.pending.set('0102', Uint8Array.of(1, 2));
    engine.work();
    await until(() => application.head.header.height === 3);
    assert.equal(disk.blocks[2]?.transactions.length, 1);
    assert.equal(engine.status().working, false);
    await engine.stop();
  });

  it('starts a log by its floor, and votes on from it', async () => {
    const first = bench({ count: 1 });
    await first.engine.start();
    await until(() => first.application.head.header.height === 1);
    await first.engine.stop();
    const floor = decodeRecord(first.records[0] as Uint8Array);
    assert.equal(floor.ok && floor.value.kind, RECORD.FLOOR);
    const { disk, records, counter } = first;
    const second = bench({ count: 1, disk, records, counter });
    assert.equal(second.engine.status().voting, true);
  });

  it('does not vote on an older copy of its log, nor after losing all its data', async () => {
    const first = bench({ count: 1 });
    await first.engine.start();
    await until(() => first.application.head.header.height === 1);
    const [copy, { counter }] = [[...first.records], first];
    await first.engine.stop();
    const older = bench({ count: 1, disk: first.disk, records: copy, counter });
    assert.equal(older.engine.status().notVoting?.code, 'GUARD_STALE');
    const wiped = bench({ count: 1, counter });
    assert.equal(wiped.engine.status().notVoting?.code, 'GUARD_MISSING');
  });

  it('does not vote where the log is missing although there is a chain, and says why', async () => {
    const first = bench({ count: 1 });
    await first.engine.start();
    await until(() => first.application.head.header.height === 1);
    await first.engine.stop();
    const second = bench({ count: 1, disk: first.disk, counter: memoryCounter(null) });
    await second.engine.start();
    second.application.pending.set('05', Uint8Array.of(5));
    second.engine.work();
    const { voting, notVoting } = second.engine.status();
    assert.deepEqual([voting, notVoting?.code], [false, 'GUARD_MISSING']);
    await second.engine.stop();
    assert.deepEqual(second.records, []);
  });

  it('ends with fatal where the log can not be written, and sends nothing', async () => {
    const { engine, application, sent, failed, broken } = bench({ count: 1 });
    await engine.start();
    broken.append = true; // before the loop has had its first turn
    await until(() => failed.length > 0);
    for (const bytes of sent) {
      const message = decodeMessage(bytes);
      assert.ok(message.ok && message.value.kind === MESSAGE.STATUS);
      assert.equal(message.value.votes.length, 0);
    }
    assert.equal(application.head.header.height, 0);
    await engine.stop();
    assert.equal(failed.length, 1);
  });

  it('counts and drops garbage, bad signatures, strangers and other chains', async () => {
    const { engine, dropped } = bench();
    await engine.start();
    const subject = { version: 1, kind: VOTE.NULLIFY, chain: CHAIN, epoch: 1, view: 1 } as const;
    const key = keys[1] as (typeof keys)[0];
    const vote = signVote({ ...subject, block: null }, 2, key); // signed by another
    engine.receive('member-1', encodeMessage({ kind: MESSAGE.VOTES, version: 1, votes: [vote] }));
    await until(async () => (await dropped('signature')) === 1);
    const foreign = signVote({ ...subject, chain: sha256Of(CHAIN), block: null }, 1, key);
    engine.receive(
      'member-1',
      encodeMessage({ kind: MESSAGE.VOTES, version: 1, votes: [foreign] }),
    );
    await until(async () => (await dropped('foreign')) === 1);
    engine.receive(undefined, Uint8Array.of(1));
    assert.equal(await dropped('stranger'), 1);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => engine.receive('member-2', bytes)),
      { numRuns: 300 },
    );
    await until(async () => (await dropped('decode')) >= 300);
    assert.equal(engine.status().validators[2]?.heardMs, null);
    await engine.stop();
  });

  it('bounds what one sender may have waiting', async () => {
    const { engine, dropped } = bench();
    await engine.start();
    for (let i = 0; i < 2_000; i++) engine.receive('member-3', Uint8Array.of(1));
    assert.ok((await dropped('queue-full')) >= 900);
    await engine.stop();
  });

  it('imports a range that proves itself, and nothing else', async () => {
    const source = bench({ count: 1 });
    await source.engine.start();
    for (let height = 1; height < 7; height += 2) {
      await until(() => source.application.head.header.height === height);
      source.application.pending.set(`0${height}`, Uint8Array.of(height));
      source.engine.work();
    }
    await until(() => source.application.head.header.height === 7);
    await source.engine.stop();

    const genesis = source.disk.blocks.slice(0, 1);
    const disk = { blocks: genesis, certificates: new Map() };
    const target = bench({ count: 1, disk, observer: true });
    const range = rangeOf(source.disk, 1, 7);
    const code = async (given: typeof range): Promise<string> => {
      const result = await target.engine.importRange(given);
      return result.ok ? `height ${result.value.height}` : result.code;
    };
    assert.equal(await code(range), 'ENGINE_STOPPED'); // not running yet
    await target.engine.start();
    const [first] = range as [(typeof range)[0]];
    const other = range[1]?.certificate ?? null;
    assert.equal(await code([{ block: Uint8Array.of(1), certificate: null }]), 'SYNC_DECODE');
    assert.equal(await code(range.slice(1)), 'SYNC_LINK');
    assert.equal(await code([{ ...first, certificate: null }]), 'SYNC_UNPROVEN');
    assert.equal(await code([{ ...first, certificate: other }]), 'SYNC_CERTIFICATE');
    assert.equal(target.application.head.header.height, 0);
    // Blocks behind the last finalization are cut, those that are final here already skipped.
    assert.equal(await code(range.slice(0, 3)), 'height 3');
    const cut = range.map((each, i) => (i >= 5 ? { ...each, certificate: null } : each));
    assert.equal(await code(cut), 'height 5');
    assert.equal(await code(range), 'height 7');
    assert.equal(target.engine.status().height, 7);
    await target.engine.stop();
  });
});
