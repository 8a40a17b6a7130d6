import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { toHex } from '../../../src/common/bytes.ts';
import type { ZtcError } from '../../../src/common/errors.ts';
import { sha256Of } from '../../../src/common/hash.ts';
import { keyPairOf } from '../../../src/common/signature.ts';
import { createEngine } from '../../../src/consensus/engine.ts';
import type { EngineOptions } from '../../../src/consensus/engine-options.ts';
import { decodeMessage, encodeMessage, MESSAGE } from '../../../src/consensus/messages.ts';
import { createConsensusMetrics } from '../../../src/consensus/metrics.ts';
import type { Counter, FinalBlock, Wal } from '../../../src/consensus/ports.ts';
import { decodeRecord, RECORD } from '../../../src/consensus/records.ts';
import { type Block, encodeBlock, genesisBlock } from '../../../src/ledger/block.ts';
import { evidenceOf, FAULT } from '../../../src/ledger/evidence.ts';
import { DEFAULT_PARAMETERS, type Parameters } from '../../../src/ledger/parameters.ts';
import { type Certificate, signVote, VOTE, type VoteKind } from '../../../src/ledger/vote.ts';
import { type ChainDisk, rangeOf, SimApplication } from '../../sim/application.ts';
import { memoryCounter } from '../../support/memory-counter.ts';
import { memoryLog } from '../../support/memory-log.ts';

const CHAIN = sha256Of(new Uint8Array([3]));
const keys = [0, 1, 2, 3].map((i) => keyPairOf(sha256Of(Uint8Array.of(i))));
const members = keys.map(({ publicKey: key }, i) => ({ member: `member-${i}`, key }));

function newDisk(
  count: number,
  genesis: Block = genesisBlock(CHAIN, Date.now(), members.slice(0, count)),
): ChainDisk {
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
    /** The application computes other roots than everybody. */
    diverges?: boolean;
    parameters?: Parameters;
    walRecordsMax?: number;
    log?: Logger;
    evidence?: Uint8Array[];
  } = {},
) {
  const { count = 4, records = [], observer = false } = options;
  const disk = options.disk ?? newDisk(count);
  const validators = members.slice(0, count);
  const { parameters = DEFAULT_PARAMETERS } = options;
  const application = new SimApplication({ disk, validators, parameters, onFinal: () => {} });
  if (options.diverges === true) application.check = () => 'diverged';
  const registry = new Registry();
  const sent: Uint8Array[] = [];
  const failed: ZtcError[] = [];
  const evidence = options.evidence ?? [];
  const broken = { append: false, evidence: false };
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
    evidence: {
      ...memoryLog(evidence),
      append: async (more) => {
        if (broken.evidence) throw new Error('no space left on device');
        evidence.push(...more);
      },
    },
    signer: observer
      ? undefined
      : { member: 'member-0', keys: [{ pair: keys[0] as (typeof keys)[0], counter }] },
    metrics: createConsensusMetrics(registry),
    log: options.log ?? pino({ level: 'silent' }),
    fatal: (error) => failed.push(error),
    ...(options.walRecordsMax === undefined ? {} : { walRecordsMax: options.walRecordsMax }),
  };
  const engine = createEngine(engineOptions);
  const dropped = async (reason: string): Promise<number> => {
    const metric = await registry.getSingleMetric('ztc_consensus_dropped_total')?.get();
    return metric?.values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
  };
  return { engine, application, disk, records, evidence, counter, sent, failed, broken, dropped };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail('it did not happen within 2.5 s');
}

/** A certificate by all but the engine's own validator. */
function certify(kind: VoteKind, view: number, block: Uint8Array | null): Certificate {
  const subject = { version: 1, kind, chain: CHAIN, epoch: 1, view, block } as const;
  const signatures = [1, 2, 3].map((validator) => {
    const { signature } = signVote(subject, validator, keys[validator] as (typeof keys)[0]);
    return { validator, signature };
  });
  return { ...subject, signatures };
}

/** The views in which a log has an accept. */
function votedViews(records: readonly Uint8Array[]): Set<number> {
  const views = new Set<number>();
  for (const bytes of records) {
    const record = decodeRecord(bytes);
    if (!record.ok || record.value.kind !== RECORD.VOTE) continue;
    if (record.value.vote.kind === VOTE.ACCEPT) views.add(record.value.vote.view);
  }
  return views;
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

  it('goes on while blocks are written, and says nothing of them before they are', async () => {
    const { engine, application, records } = bench({ count: 1 });
    const write = application.finalize.bind(application);
    const waiting: (() => void)[] = [];
    let writing = 0;
    application.finalize = async (blocks) => {
      assert.equal(++writing, 1, 'one write after the other');
      await new Promise<void>((resolve) => waiting.push(resolve));
      await write(blocks);
      writing--;
    };
    application.pending.set('01', Uint8Array.of(1));
    await engine.start();
    await until(() => waiting.length > 0);
    // The closing block is voted on above one that is not durable yet.
    await until(() => votedViews(records).has(2));
    assert.equal(application.head.header.height, 0);
    for (let height = 1; height <= 2; height++) {
      await until(() => waiting.length > 0);
      waiting.shift()?.();
      await until(() => application.head.header.height === height);
    }
    await engine.stop();
  });

  it('replaces a full log where one write of the ledger follows the other', async () => {
    const { engine, application, records } = bench({ count: 1, walRecordsMax: 20 });
    const write = application.finalize.bind(application);
    // More than its blocks take in all the time that is waited for below.
    for (let i = 0; i < 5_000; i++) {
      const transaction = Uint8Array.of(i >> 8, i);
      application.pending.set(toHex(transaction), transaction);
    }
    application.finalize = async (blocks) => {
      const { view } = (blocks.at(-1) as FinalBlock).block.header;
      // As slow as consensus above it, if that goes on: the next block is final there, too.
      for (let i = 0; i < 50 && !votedViews(records).has(view + 2); i++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await write(blocks);
    };
    await engine.start();
    await until(() => {
      const first = decodeRecord(records[0] as Uint8Array);
      return first.ok && first.value.kind === RECORD.FLOOR && first.value.view > 0;
    });
    await engine.stop();
  });

  it('ends with fatal where the ledger can not write, and waits for it when it stops', async () => {
    const full = bench({ count: 1 });
    full.application.finalize = async () => Promise.reject(new Error('no space left on device'));
    await full.engine.start();
    await until(() => full.failed.length > 0);
    await full.engine.stop();
    assert.equal(full.failed.length, 1);

    const slow = bench({ count: 1 });
    const write = slow.application.finalize.bind(slow.application);
    let began = false;
    slow.application.finalize = async (blocks) => {
      began = true;
      await new Promise((resolve) => setTimeout(resolve, 20));
      await write(blocks);
    };
    await slow.engine.start();
    await until(() => began);
    await slow.engine.stop();
    assert.equal(slow.application.head.header.height, 1);
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

  it('keeps and passes on a contradiction, once it is written', async () => {
    const subject = { version: 1, kind: VOTE.ACCEPT, chain: CHAIN, epoch: 1, view: 1 } as const;
    const key = keys[1] as (typeof keys)[0];
    const votes = [5, 6].map((byte) =>
      signVote({ ...subject, block: sha256Of(Uint8Array.of(byte)) }, 1, key),
    );
    const told = (sent: readonly Uint8Array[]) =>
      sent.flatMap((bytes) => {
        const message = decodeMessage(bytes);
        return message.ok && message.value.kind === MESSAGE.EVIDENCE ? message.value.evidence : [];
      });
    const first = bench();
    await first.engine.start();
    first.engine.receive('member-2', encodeMessage({ kind: MESSAGE.VOTES, version: 1, votes }));
    await until(() => first.engine.evidence().length === 1);
    assert.equal(first.engine.evidence()[0]?.member, 'member-1');
    assert.equal(first.engine.evidence()[0]?.evidence.kind, FAULT.CONFLICTING_ACCEPT);
    await until(() => told(first.sent).length === 1);
    await first.engine.stop();
    const { disk, evidence } = first;
    assert.equal(evidence.length, 1);
    const again = bench({ disk, evidence });
    assert.deepEqual(again.engine.evidence(), first.engine.evidence());

    const full = bench();
    full.broken.evidence = true;
    await full.engine.start();
    const [a, b] = votes as [(typeof votes)[0], (typeof votes)[0]];
    const passed = evidenceOf(b, a);
    assert.ok(passed !== undefined);
    const message = { kind: MESSAGE.EVIDENCE, version: 1, evidence: [passed] } as const;
    full.engine.receive('member-2', encodeMessage(message));
    await until(() => full.failed.length === 1);
    assert.deepEqual([told(full.sent), full.engine.evidence()], [[], []]);
    await full.engine.stop();
  });

  /** A validator that diverges at block 1 is started again, and then repaired. */
  async function divergeAndRepair(parameters: Parameters): Promise<void> {
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => lines.push(line) });
    const first = bench({ diverges: true, log, parameters });
    const source = new SimApplication({
      disk: newDisk(4, first.disk.blocks[0]),
      validators: members,
      parameters,
      onFinal: () => {},
    });
    const context = { epoch: 1, view: 2, proposer: 'member-1', time: Date.now(), empty: true };
    const block = source.propose(source.head.hash, context);
    const acceptance = certify(VOTE.ACCEPT, 2, block.hash);
    const finalization = certify(VOTE.FINALIZE, 2, block.hash);
    const tell = ({ engine }: typeof first): void => {
      const certificates = [certify(VOTE.NULLIFY, 1, null), acceptance];
      engine.receive(
        'member-1',
        encodeMessage({ kind: MESSAGE.CERTIFICATES, version: 1, certificates }),
      );
      const bytes = encodeBlock(block);
      engine.receive(
        'member-1',
        encodeMessage({ kind: MESSAGE.BLOCK, version: 1, block: bytes, acceptance }),
      );
    };
    const state = ({ engine }: typeof first) => {
      const { voting, notVoting, diverged } = engine.status();
      return [voting, notVoting?.code, diverged?.height];
    };
    await first.engine.start();
    tell(first);
    await until(() => first.engine.status().diverged !== null);
    assert.deepEqual(state(first), [false, 'DIVERGED', 1]);
    assert.match(lines.join(''), /diverged: stopped voting/);
    await first.engine.stop();

    // Started again it knows at once, whatever the others say, and keeps it in a new log.
    const { disk, records, counter } = first;
    const again = bench({ disk, records, counter, diverges: true, log, parameters });
    assert.deepEqual(state(again), [false, 'DIVERGED', 1]);
    await again.engine.start();
    assert.match(lines.at(-1) ?? '', /this validator does not vote/);
    const certificates = [certify(VOTE.NULLIFY, 3, null)];
    const left = { kind: MESSAGE.CERTIFICATES, version: 1, certificates } as const;
    again.engine.receive('member-1', encodeMessage(left));
    await until(() => again.engine.status().view === 4);
    const voted = again.sent.flatMap((bytes) => {
      const message = decodeMessage(bytes);
      return message.ok && message.value.kind === MESSAGE.VOTES ? message.value.votes : [];
    });
    assert.deepEqual(voted, []);
    await again.engine.stop();

    // On a machine that computes what the others do, it votes again once the block is final.
    const repaired = bench({ disk, records, counter, parameters });
    assert.deepEqual(state(repaired), [false, 'DIVERGED', 1]);
    await repaired.engine.start();
    tell(repaired);
    const finality = { kind: MESSAGE.FINALITY, version: 1, header: block.headerBytes } as const;
    repaired.engine.receive('member-1', encodeMessage({ ...finality, certificate: finalization }));
    await until(() => repaired.engine.status().voting);
    assert.deepEqual(state(repaired), [true, undefined, undefined]);
    await repaired.engine.stop();
    const after = bench({ disk, records, counter, parameters });
    assert.deepEqual(state(after), [true, undefined, undefined]);
  }

  it('stops voting for good where an accepted block does not follow, and says so', () =>
    divergeAndRepair(DEFAULT_PARAMETERS));

  it('votes again where that block ends an epoch', () =>
    divergeAndRepair({ ...DEFAULT_PARAMETERS, epochBlocksMax: 2 }));

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
    // What was prepared, whatever it is, changes nothing of what is believed.
    target.engine.prepareRange([{ block: Uint8Array.of(1), certificate: null }]);
    target.engine.prepareRange(range);
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
