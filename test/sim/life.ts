/** What of a node outlives its processes: disk, database, clock; and a life started on it. */

import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { toHex } from '../../src/common/bytes.ts';
import type { ZtcError } from '../../src/common/errors.ts';
import { createEngine } from '../../src/consensus/engine.ts';
import type { Engine } from '../../src/consensus/engine-options.ts';
import { EVIDENCE_LOG } from '../../src/consensus/evidence/accusations.ts';
import type { Files } from '../../src/consensus/files.ts';
import { openCounter } from '../../src/consensus/guard/counter.ts';
import { NONCE_BYTES } from '../../src/consensus/messages.ts';
import type { Application, Network, Wal } from '../../src/consensus/ports.ts';
import { decodeRecord, RECORD } from '../../src/consensus/records.ts';
import type { VotingKey } from '../../src/consensus/voter.ts';
import { SALT_BYTES } from '../../src/consensus/wal/framing.ts';
import { openWal } from '../../src/consensus/wal/wal.ts';
import type { Block } from '../../src/ledger/block.ts';
import type { ReceivedTransaction } from '../../src/ledger/transaction.ts';
import { createMempool, type Mempool } from '../../src/mempool/mempool.ts';
import { createMempoolMetrics } from '../../src/mempool/metrics.ts';
import { blockSource } from '../../src/node/block-source.ts';
import { createP2pMetrics } from '../../src/p2p/metrics.ts';
import type { BlockSource } from '../../src/p2p/sync/range-server.ts';
import { OBSERVER_GRACE_MS, SyncLoop, VALIDATOR_GRACE_MS } from '../../src/p2p/sync/sync-loop.ts';
import type { TransactionVerifier } from '../../src/signatures/verifier.ts';
import { kvKey } from '../../src/state/kv/buckets.ts';
import { type Ledger, openLedger } from '../../src/state/ledger.ts';
import type { Retention } from '../../src/state/pruning/retention.ts';
import * as queries from '../../src/state/queries.ts';
import type { AgreedChain } from './chain.ts';
import { type Consortium, KEYS_MAX, memberId, memberOf } from './consortium.ts';
import type { SimDisk } from './disk.ts';
import type { SimKv } from './kv.ts';
import type { Frame } from './links.ts';
import type { Place } from './log-kept.ts';
import { type Monitor, Violation } from './monitor.ts';
import { Peers } from './peers.ts';
import type { Prng } from './prng.ts';
import type { Run } from './run.ts';
import { silentLog } from './silent-log.ts';

export const WAL_FILE = '/consensus/wal';
export const WAL_FOLDER = '/consensus';
const EVIDENCE_FILE = '/evidence/log';
export const COUNTER_FOLDER = '/keys';

/** The counter of one of the voting keys of a member. */
export function counterFile(key: number): string {
  return `${COUNTER_FOLDER}/counter-${key}`;
}

/** Nobody reads them; one for all runs spares making them. */
const registry = new Registry();
const mempoolMetrics = createMempoolMetrics(registry);
const p2pMetrics = createP2pMetrics(registry);

export interface Life {
  readonly run: Run;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly mempool: Mempool;
  readonly sync: SyncLoop;
  readonly peers: Peers;
}

export interface LifeOptions {
  readonly slot: number;
  /** Its number; undefined for an observer that is no member. */
  readonly member: number | undefined;
  readonly run: Run;
  readonly disk: SimDisk;
  readonly kv: SimKv;
  readonly random: Prng;
  readonly consortium: Consortium;
  readonly monitor: Monitor;
  readonly chain: AgreedChain;
  readonly walRecordsMax: number;
  readonly retention: Retention;
  readonly wholeBytesMax: number | undefined;
  /** Slots of all others. */
  readonly others: readonly number[];
  /** Slots of a member: two for one that runs twice. */
  readonly slotsOf: (member: number) => readonly number[];
  /** Every effect that leaves the process; `bytes` of a consensus message. */
  readonly send: (to: number, frame: Frame) => void;
  readonly consensus: (to: number | 'all', bytes: Uint8Array) => void;
  /** What it serves to who catches up. */
  readonly source: (blocks: BlockSource) => BlockSource;
  readonly fatal: (error: ZtcError) => void;
  /** The newest height told to readers. */
  readonly told: (height: number) => void;
  /** Wraps what may throw a Violation inside of the code under test. */
  readonly guarded: (act: () => void) => void;
  /** The log is no record of what was said. */
  readonly guardLost: () => boolean;
  /** What the log held when it was opened. */
  readonly opened: (records: readonly Uint8Array[]) => void;
  /** @param final the view of the newest block that the ledger has durably */
  readonly replacing: (records: readonly Uint8Array[], final: Place) => void;
  readonly acknowledged: (records: readonly Uint8Array[], fresh: boolean) => void;
}

/** Starts all parts of a node in the order and with the ties of `node.ts`. */
export async function startLife(options: LifeOptions): Promise<Life> {
  const { run, consortium } = options;
  const { ledger, mempool } = await openState(options);
  options.guarded(() => tellStored(ledger, options));
  watchLedger(ledger, options);
  const files = options.disk.files(run);
  const salt = (): Uint8Array =>
    Uint8Array.from({ length: SALT_BYTES }, () => options.random.between(0, 255));
  const wal = await openWal(WAL_FILE, undefined, { files, salt });
  options.opened(wal.records());
  const signer = await signerOf(options, files);
  const engine = createEngine({
    chain: ledger.chain,
    application: ledger satisfies Application,
    network: networkOf(options),
    clock: run.clock,
    wal: watchedWal(wal, ledger, options),
    evidence: watchedEvidence(await openWal(EVIDENCE_FILE, EVIDENCE_LOG, { files, salt }), options),
    signer,
    nonce: Uint8Array.from({ length: NONCE_BYTES }, () => options.random.between(0, 255)),
    log: logOf(options),
    fatal: options.fatal,
    walRecordsMax: options.walRecordsMax,
    ...(options.wholeBytesMax === undefined ? {} : { wholeBytesMax: options.wholeBytesMax }),
    signatures: consortium.signatures,
  });
  const peers = new Peers({
    run,
    height: () => ledger.head.header.height,
    oldest: () => ledger.retained.blocks,
    blocks: options.source(blockSource(ledger)),
    send: options.send,
    others: options.others,
  });
  const sync = new SyncLoop({
    peers,
    height: () => ledger.head.header.height,
    importRange: (blocks) => engine.importRange(blocks),
    prepareRange: (blocks) => engine.prepareRange(blocks),
    graceMs: () => (options.member === undefined ? OBSERVER_GRACE_MS : VALIDATOR_GRACE_MS),
    clock: run.elapsed,
    random: () => options.random.next(),
    metrics: p2pMetrics,
    log: silentLog,
  });
  const life = { run, engine, ledger, mempool, sync, peers };
  join(life, options);
  await engine.start();
  sync.start();
  peers.start();
  return life;
}

async function openState({ run, consortium, kv, retention }: LifeOptions) {
  let opened: Ledger | undefined;
  const verifier = verifierOf(consortium);
  const mempool = createMempool({
    chain: consortium.chain,
    admissible: (received, waiting) => (opened as Ledger).admissible(received, waiting),
    clock: run.clock,
    verifier,
    metrics: mempoolMetrics,
    log: silentLog,
  });
  const ledger = await openLedger({
    store: kv.open(run),
    genesis: consortium.genesis,
    source: mempool,
    known: mempool.known,
    verifyTransaction: (received) => verifier.verify(received),
    verifyAhead: (transactions) => verifier.verifyAll(transactions),
    now: run.clock.now,
    pruning: { retention, clock: run.elapsed },
    log: silentLog,
  });
  opened = ledger;
  return { ledger, mempool };
}

/** All the keys that its member has or will have, each with its counter. */
async function signerOf({ member, consortium }: LifeOptions, files: Files) {
  if (member === undefined) return undefined;
  const keys: VotingKey[] = [];
  for (let key = 0; key < KEYS_MAX; key++) {
    const counter = await openCounter(counterFile(key), files);
    keys.push({ pair: consortium.keysOf(member, key), counter });
  }
  return { member: memberId(member), keys };
}

/** Of transactions, without the memory of the real one: what is checked here costs nothing. */
function verifierOf({ signatures: { verify } }: Consortium): TransactionVerifier {
  const isGood = ({ id, transaction: { signatures } }: ReceivedTransaction): boolean =>
    signatures.length > 0 && signatures.every(({ key, signature }) => verify(signature, id, key));
  return {
    verify: isGood,
    verifyAll: async (transactions) => transactions.map(isGood),
    verifyAtDoor: async (transactions) => transactions.map(isGood),
    close: () => {},
  };
}

/** Who tells whom, as in `node.ts`. */
function join({ engine, ledger, mempool, sync, peers }: Life, options: LifeOptions): void {
  mempool.onBatch((bytes) => {
    for (const other of options.others) options.send(other, { channel: 'batch', bytes });
  });
  mempool.onWork(() => engine.work());
  engine.onBehind((height) => sync.behind(height));
  ledger.onFinal(({ block, results, certificate }) => {
    const ids = results.map(({ transaction }) => transaction);
    mempool.finalized(ids);
    peers.announce();
    options.guarded(() => {
      const { height } = block.header;
      options.told(height);
      if (options.member !== undefined && !options.monitor.isHonest(options.member)) return;
      const stateRoot = rootAt(options, height);
      options.chain.final(options.slot, block, {
        ids,
        stateRoot,
        certificate,
        epoch: epochAfter(ledger, block),
      });
    });
  });
}

/**
 * The guard stands behind the core's own flags: where it has to refuse, the core is wrong, unless
 * the chain was lost below the guard's floor.
 */
function logOf({ member, monitor, guarded }: LifeOptions): Logger {
  if (member === undefined || !monitor.isHonest(member)) return silentLog;
  const warn = (details: { code?: string; view?: number; kind?: string }, what?: string): void => {
    if (what !== 'the sign guard refused' || details.code === 'GUARD_FLOOR') return;
    guarded(() => {
      const { code, kind, view } = details;
      throw new Violation(`node ${member}: its guard refused ${kind} in view ${view}: ${code}`);
    });
  };
  return Object.assign(Object.create(silentLog), { warn }) as Logger;
}

/** A process that died after its write never told of it. */
function tellStored(ledger: Ledger, options: LifeOptions): void {
  if (options.member !== undefined && !options.monitor.isHonest(options.member)) return;
  const { height } = ledger.head.header;
  const { blocks, states } = ledger.retained;
  // With more faults than are tolerated nothing is agreed, and pruned before anybody was told.
  for (let at = Math.max(options.chain.height + 1, blocks, states); at <= height; at++) {
    const [block, certificate] = [ledger.block(at), ledger.certificate(at)];
    const ids = ledger.results(at).map(({ transaction }) => transaction);
    if (block === undefined) throw new Violation(`node ${options.slot}: block ${at} is missing`);
    options.chain.final(options.slot, block, {
      ids,
      stateRoot: rootAt(options, at),
      certificate,
      epoch: epochAt(ledger, at),
    });
  }
}

/** As `epochAt`, without a look at the state where the block doesn't end its epoch. */
function epochAfter(ledger: Ledger, { header }: Block) {
  const next = ledger.header(header.height + 1);
  return next?.epoch === header.epoch ? undefined : epochAt(ledger, header.height);
}

/** The epoch of the children of a final block. */
function epochAt(ledger: Ledger, height: number) {
  if (height === ledger.head.header.height) return ledger.epoch;
  const { epoch, validators } = queries.epochState(ledger.state(height));
  return { number: epoch, validators };
}

function rootAt({ kv }: LifeOptions, height: number): string {
  const root = kv.get(kvKey.state(height));
  return root === undefined ? 'missing' : toHex(root);
}

/** The monitor hears what the ledger judges and builds. */
function watchLedger(ledger: Ledger, { member, monitor, guarded }: LifeOptions): void {
  if (member !== undefined && !monitor.isHonest(member)) return;
  const check = ledger.check.bind(ledger);
  ledger.check = (block) => {
    const judgement = check(block);
    guarded(() => {
      const boundary = judgement === 'valid' && ledger.isBoundary(block.hash);
      monitor.judged(member, block, { judgement, boundary });
    });
    return judgement;
  };
  const propose = ledger.propose.bind(ledger);
  ledger.propose = (parent, context) => {
    const block = propose(parent, context);
    if (member !== undefined)
      guarded(() => monitor.proposed(member, block, ledger.isBoundary(block.hash)));
    return block;
  };
}

function networkOf({ consensus, slotsOf }: LifeOptions): Network {
  return {
    send: (to, bytes) => {
      for (const slot of slotsOf(memberOf(to))) consensus(slot, bytes);
    },
    broadcast: (bytes) => consensus('all', bytes),
  };
}

/** The real log; what it acknowledged must be on the disk, whatever happens next. */
function watchedWal(wal: Wal, ledger: Ledger, options: LifeOptions): Wal {
  const { disk, guarded, acknowledged, run } = options;
  let found = wal.records();
  const durable = (records: readonly Uint8Array[], fresh: boolean): void =>
    guarded(() => {
      if (!run.alive) return;
      if (!disk.isDurable(WAL_FILE))
        throw new Violation('a record was acknowledged before its sync');
      noteRecords([...found, ...records], options);
      found = [];
      acknowledged(records, fresh);
    });
  if (disk.isDurable(WAL_FILE) && !options.guardLost()) guarded(() => noteRecords(found, options));
  return {
    records: () => wal.records(),
    append: async (records) => {
      await wal.append(records);
      durable(records, false);
    },
    reset: async (records) => {
      guarded(() => options.replacing(records, finalPlace(ledger)));
      await wal.reset(records);
      durable(records, true);
    },
    close: () => wal.close(),
  };
}

/** Where votes are over: in a new epoch nowhere yet. */
function finalPlace({ head: { header }, epoch: { number } }: Ledger): Place {
  return { epoch: number, view: header.epoch === number ? header.view : 0 };
}

/** Evidence never names who is honest, and is on the disk before it is told. */
function watchedEvidence(wal: Wal, options: LifeOptions): Wal {
  const { slot, disk, guarded, monitor, run } = options;
  if (options.member !== undefined && !monitor.isHonest(options.member)) return wal;
  guarded(() => monitor.accused(slot, wal.records()));
  return {
    records: () => wal.records(),
    append: async (records) => {
      await wal.append(records);
      guarded(() => {
        if (!run.alive) return;
        if (!disk.isDurable(EVIDENCE_FILE)) throw new Violation('evidence was not synced');
        monitor.accused(slot, records);
      });
    },
    reset: (records) => wal.reset(records),
    close: () => wal.close(),
  };
}

function noteRecords(
  bytes: readonly Uint8Array[],
  { member, monitor, guardLost }: LifeOptions,
): void {
  if (member === undefined || !monitor.isHonest(member)) return;
  for (const each of bytes) {
    const record = decodeRecord(each);
    if (!record.ok) throw new Violation(`node ${member} wrote an unreadable record`);
    if (record.value.kind === RECORD.VOTE) monitor.wrote(member, record.value.vote);
    if (record.value.kind === RECORD.FLOOR) {
      monitor.floor(member, record.value.epoch, record.value.view, guardLost());
    }
  }
}
