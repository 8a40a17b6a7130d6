/**
 * The only place where the parts meet. Starts database, p2p, consensus and RPC in this order and
 * stops them in reverse; carries what one part says to the other. Nothing is decided here.
 */
import path from 'node:path';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { toHex } from './common/bytes.ts';
import type { ZtcError } from './common/errors.ts';
import { type KeyPair, sign } from './common/signature.ts';
import { createEngine } from './consensus/engine.ts';
import type { Engine } from './consensus/engine-options.ts';
import { EVIDENCE_LOG } from './consensus/evidence/accusations.ts';
import { createConsensusMetrics } from './consensus/metrics.ts';
import type { Application, Network } from './consensus/ports.ts';
import { openWal } from './consensus/wal/wal.ts';
import { readSite } from './explorer/site.ts';
import { signAttestation } from './ledger/attestation.ts';
import { chainOf } from './ledger/genesis.ts';
import { genesisDocument } from './ledger/genesis-file.ts';
import { type FullGenesis, lineageOf } from './ledger/genesis-signatures.ts';
import { createMempool, type Mempool } from './mempool/mempool.ts';
import { createMempoolMetrics } from './mempool/metrics.ts';
import { BlockRate } from './node/block-rate.ts';
import { blockSource } from './node/block-source.ts';
import { elapsedClock, systemClock } from './node/clocks.ts';
import type { Facts } from './node/explain/facts.ts';
import { consensusReport } from './node/explain/report.ts';
import { type FolderLock, lockFolder } from './node/folder-lock.ts';
import { HeadLog } from './node/head-log.ts';
import { Membership } from './node/membership.ts';
import { keyIn, NodeKey, type NodeKeyStore } from './node/node-key.ts';
import { p2pMembers } from './node/p2p-members.ts';
import { type HeadInputs, isCurrent, type Readiness, readinessOf } from './node/readiness.ts';
import { ReadyWord } from './node/ready-word.ts';
import { type VotingKeyStore, VotingKeys } from './node/voting-keys.ts';
import { createP2pMetrics, type P2pMetrics } from './p2p/metrics.ts';
import { createRenewableP2p, type RenewableP2p } from './p2p/renewable.ts';
import type { Head } from './p2p/status.ts';
import { OBSERVER_GRACE_MS, SyncLoop, VALIDATOR_GRACE_MS } from './p2p/sync/sync-loop.ts';
import type { TokenSource } from './rpc/access/tokens.ts';
import { createAdminServer } from './rpc/admin.ts';
import type { RpcContext } from './rpc/context.ts';
import type { Tls } from './rpc/http/listen.ts';
import { createRpcMetrics } from './rpc/metrics.ts';
import { createRpcServer, type RpcServer } from './rpc/server.ts';
import { type SignatureChecker, workerChecker } from './signatures/checker.ts';
import { createVerifier, type TransactionVerifier } from './signatures/verifier.ts';
import { openClassicKv } from './state/kv/classic.ts';
import { type Ledger, openLedger } from './state/ledger.ts';
import { createStateMetrics } from './state/metrics.ts';
import type { Retention } from './state/pruning/retention.ts';
import * as queries from './state/queries.ts';

export interface NodeOptions {
  readonly config: {
    readonly 'p2p.listen': readonly string[];
    readonly 'p2p.announce': readonly string[];
    readonly 'p2p.peers': readonly string[];
    readonly 'p2p.allow': readonly string[];
    readonly 'rpc.listen': string;
    readonly 'rpc.access': string;
    readonly 'rpc.rate': string;
    readonly 'rpc.hosts': readonly string[];
    readonly 'rpc.proxies': readonly string[];
    readonly 'rpc.cors': readonly string[];
    readonly 'admin.listen': string;
  };
  readonly retention: Retention;
  /** Folders of the database and of the consensus log and sign guard; they exist. */
  readonly chainDir: string;
  readonly consensusDir: string;
  /** Apart from both: evidence outlives either, and says nothing about our own votes. */
  readonly evidenceFile: string;
  readonly genesis: FullGenesis;
  /** Member id, which the ledger may list only later; undefined for a node that only follows. */
  readonly member: string | undefined;
  readonly nodeKeys: KeyPair;
  /** Those and the one that is to follow them. */
  readonly nodeKeyStore: NodeKeyStore;
  /** The voting key, and the one that is to follow it; without any the node has no vote. */
  readonly validatorKeys: VotingKeyStore;
  readonly adminToken: string;
  /** Beside it, who may read and administrate. */
  readonly tokens: TokenSource;
  /** Of the public listener, where it speaks HTTPS. */
  readonly tls: Tls | undefined;
  readonly version: string;
  readonly log: Logger;
  /** Called once with what makes going on impossible; the caller stops the node. */
  readonly fatal: (error: ZtcError) => void;
}

/** A running node; `stop` may be called at any time, after a failed `start` too. */
export interface Node {
  /** @throws ZtcError where a listener can't be had */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** After `start`. */
  readonly rpcUrl: string;
  readonly adminUrl: string;
  readonly p2pAddresses: readonly string[];
  readonly ledger: Ledger;
}

/** How often a starting node looks whether it can say that it is ready. */
const READY_CHECK_MS = 200;

/**
 * Opens the database and makes all parts; nothing listens yet.
 *
 * @throws ZtcError DATABASE_LOCKED where another node runs on this home, GENESIS_MISMATCH, and
 *   those of damaged files and of addresses that are none
 */
export async function createNode(options: NodeOptions): Promise<Node> {
  const { genesis, log } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  let opened: Ledger | undefined;
  const metrics = createMempoolMetrics(registry);
  const checker = workerChecker();
  const verifier = createVerifier({ checker, metrics });
  const mempool = createMempool({
    verifier,
    chain: chainOf(genesis.genesis),
    // Asked for what comes from RPC and peers, so after the ledger is open.
    admissible: (received, waiting) => (opened as Ledger).admissible(received, waiting),
    clock: systemClock,
    metrics,
    log: log.child({ module: 'mempool' }),
  });
  const store = await openClassicKv(options.chainDir);
  let lock: FolderLock | undefined;
  try {
    lock = await lockFolder(options.consensusDir);
    const ledger = await openLedger({
      store,
      genesis,
      source: mempool,
      known: mempool.known,
      verifyTransaction: (received) => verifier.verify(received),
      verifyAhead: (transactions) => verifier.verifyAll(transactions),
      now: systemClock.now,
      pruning: { retention: options.retention, clock: elapsedClock },
      metrics: createStateMetrics(registry),
      log: log.child({ module: 'state' }),
    });
    opened = ledger;
    const p2pMetrics = createP2pMetrics(registry);
    const nodeKeys = await listedNodeKeys(options, ledger);
    const p2p = await createRenewableP2p({
      nodeKeys,
      chain: ledger.chain,
      members: p2pMembers(ledger),
      allow: options.config['p2p.allow'],
      listen: options.config['p2p.listen'],
      announce: options.config['p2p.announce'],
      peers: options.config['p2p.peers'],
      head: () => headOf(ledger),
      blocks: blockSource(ledger),
      metrics: p2pMetrics,
      log: log.child({ module: 'p2p' }),
    });
    const keys = await VotingKeys.open(options.validatorKeys);
    const engine = await openEngine(options, { ledger, p2p, registry, keys, checker });
    const nodeKey = new NodeKey({
      ...{ store: options.nodeKeyStore, keys: nodeKeys, member: options.member, ledger, p2p },
      ...{ log: log.child({ module: 'membership' }), fatal: options.fatal },
    });
    const parts = { options, registry, ledger, verifier, mempool, p2p, p2pMetrics, keys, engine };
    return new LedgerNode({ ...parts, nodeKey, lock });
  } catch (error) {
    mempool.stop();
    verifier.close();
    await lock?.release();
    await store.close();
    throw error;
  }
}

/** The node key that the ledger lists, where it is in the home; otherwise the one in use. */
async function listedNodeKeys(
  { member, nodeKeys, nodeKeyStore }: NodeOptions,
  ledger: Ledger,
): Promise<KeyPair> {
  const entry = member === undefined ? undefined : queries.member(ledger.state(), member);
  const listed = entry && (await keyIn(nodeKeyStore, entry.member.nodeKey));
  return listed ?? nodeKeys;
}

/** Consensus over this ledger and these peers, with the log of what this node said before. */
async function openEngine(
  { consensusDir, evidenceFile, member, log, fatal }: NodeOptions,
  parts: Pick<Parts, 'ledger' | 'p2p' | 'registry' | 'keys'> & { checker: SignatureChecker },
): Promise<Engine> {
  const { ledger, p2p, registry, keys, checker } = parts;
  return createEngine({
    chain: ledger.chain,
    before: lineageOf(ledger.genesis).slice(0, -1).map(chainOf),
    application: ledger satisfies Application,
    network: p2p satisfies Network,
    clock: systemClock,
    wal: await openWal(path.join(consensusDir, 'wal')),
    evidence: await openWal(evidenceFile, EVIDENCE_LOG),
    signer: member === undefined ? undefined : { member, keys: keys.all },
    signatures: { sign, verify: checker.verify },
    metrics: createConsensusMetrics(registry),
    log: log.child({ module: 'consensus' }),
    fatal,
  });
}

function headOf({ head, retained }: Ledger): Head {
  return { height: head.header.height, hash: head.hash, oldest: retained.blocks };
}

interface Parts {
  readonly options: NodeOptions;
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly verifier: TransactionVerifier;
  readonly mempool: Mempool;
  readonly p2p: RenewableP2p;
  readonly p2pMetrics: P2pMetrics;
  readonly keys: VotingKeys;
  readonly nodeKey: NodeKey;
  readonly engine: Engine;
  readonly lock: FolderLock;
}

class LedgerNode implements Node {
  readonly ledger: Ledger;
  readonly #parts: Parts;
  readonly #sync: SyncLoop;
  readonly #membership: Membership;
  readonly #rpc: RpcServer;
  readonly #admin: RpcServer;
  readonly #startedAt = Date.now();
  readonly #blockRate = new BlockRate();
  #readyCheck: ReturnType<typeof setInterval> | undefined;
  #listening = false;
  rpcUrl = '';
  adminUrl = '';

  constructor(parts: Parts) {
    const { options, registry, ledger, p2p, engine } = parts;
    const { config, log } = options;
    this.#parts = parts;
    this.ledger = ledger;
    this.#sync = new SyncLoop({
      peers: p2p,
      height: () => ledger.head.header.height,
      importRange: (blocks) => engine.importRange(blocks),
      prepareRange: (blocks) => engine.prepareRange(blocks),
      graceMs: () => (this.#membership.votes ? VALIDATOR_GRACE_MS : OBSERVER_GRACE_MS),
      clock: elapsedClock,
      random: Math.random,
      metrics: parts.p2pMetrics,
      log: log.child({ module: 'sync' }),
    });
    this.#membership = this.#createMembership();
    const metrics = createRpcMetrics(registry);
    const rpcLog = log.child({ module: 'rpc' });
    this.#rpc = createRpcServer({
      listen: config['rpc.listen'],
      access: config['rpc.access'] === 'token' ? 'token' : 'public',
      rate: Number(config['rpc.rate']),
      hosts: config['rpc.hosts'],
      proxies: config['rpc.proxies'],
      cors: config['rpc.cors'],
      tokens: options.tokens,
      tls: options.tls,
      context: this.#rpcContext(),
      site: readSite(),
      metrics,
      log: rpcLog,
    });
    this.#admin = createAdminServer({
      listen: config['admin.listen'],
      registry,
      token: options.adminToken,
      tokens: options.tokens,
      ready: () => this.#readiness(),
      metrics,
      log: rpcLog,
    });
  }

  #createMembership(): Membership {
    const { options, ledger, mempool, p2p, keys, nodeKey } = this.#parts;
    const { member } = options;
    const log = options.log.child({ module: 'membership' });
    const readyWord =
      member === undefined
        ? undefined
        : new ReadyWord({
            member,
            ledger,
            findKey: (publicKey) => keys.find(publicKey),
            isCurrent: () => isCurrent(this.#head()),
            submit: (bytes) => mempool.submit(bytes),
            log,
          });
    return new Membership({
      ledger,
      member,
      nodeKey,
      keys,
      readyWord,
      setMembers: (members) => p2p.setMembers(members),
      log,
    });
  }

  get p2pAddresses(): readonly string[] {
    return this.#parts.p2p.addresses();
  }

  async start(): Promise<void> {
    const { p2p, engine, options } = this.#parts;
    this.#join();
    await p2p.start();
    await engine.start();
    this.#sync.start();
    this.#membership.refresh();
    this.rpcUrl = (await this.#rpc.start()).url;
    this.adminUrl = (await this.#admin.start()).url;
    this.#listening = true;
    const { rpcUrl: rpc, adminUrl: admin } = this;
    const { height } = this.ledger.head.header;
    const chain = toHex(this.ledger.chain);
    options.log.info({ chain, height, rpc, admin, p2p: this.p2pAddresses }, 'listening');
    this.#readyCheck = setInterval(() => this.#logReady(), READY_CHECK_MS);
  }

  async stop(): Promise<void> {
    const { engine, p2p, nodeKey, verifier, mempool, ledger, lock, options } = this.#parts;
    this.#listening = false;
    clearInterval(this.#readyCheck);
    for (const [part, stop] of [
      ['admin', () => this.#admin.stop()],
      ['rpc', () => this.#rpc.stop()],
      ['node key', () => nodeKey.stop()],
      ['sync', () => this.#sync.stop()],
      ['consensus', () => engine.stop()],
      ['mempool', () => mempool.stop()],
      ['signatures', () => verifier.close()],
      ['p2p', () => p2p.stop()],
      ['consensus folder', () => lock.release()],
      ['database', () => ledger.close()],
    ] as const) {
      try {
        await stop();
      } catch (error) {
        options.log.error({ part, err: error }, 'a part did not stop in order');
      }
    }
  }

  /** Who tells whom. */
  #join(): void {
    const { engine, ledger, mempool, p2p, options } = this.#parts;
    const headLog = new HeadLog(options.log);
    mempool.onBatch((batch) => p2p.publishBatch(batch));
    mempool.onWork(() => engine.work());
    p2p.onBatch(
      (from, batch, adopt) =>
        this.#sync.isFarBehind ? 'ignore' : mempool.receiveBatch(from, batch, adopt),
      (batch) => mempool.waits(batch),
    );
    p2p.onConsensus((from, message) => engine.receive(from, message));
    engine.onBehind((height) => this.#sync.behind(height));
    ledger.onFinal((event) => {
      mempool.finalized(event.results.map(({ transaction }) => transaction));
      p2p.headChanged();
      headLog.final(event, performance.now());
      this.#membership.final(event);
      this.#blockRate.final(performance.now());
    });
  }

  #rpcContext(): RpcContext {
    const { engine, ledger, mempool, p2p, nodeKey, options } = this.#parts;
    const { member, version } = options;
    const membership = this.#membership;
    return {
      ledger,
      queries,
      submit: (bytes) => mempool.submit(bytes),
      pending: (id) => mempool.has(id),
      consensus: () => ({ ...engine.status(), diverged: engine.status().diverged !== null }),
      explain: () => consensusReport(this.#facts()),
      evidence: () => engine.evidence(),
      peers: () => p2p.peers(),
      heardHeight: () => p2p.heardHeight,
      node: {
        attest: (attested) => ({
          nodeKey: nodeKey.keys.publicKey,
          signature: signAttestation(ledger.chain, attested, nodeKey.keys),
        }),
        member: member ?? null,
        get role() {
          return membership.votes ? 'validator' : 'observer';
        },
        version,
        get peerId() {
          return p2p.peerId;
        },
        startedAt: this.#startedAt,
      },
      wellKnown: () => ({ ...genesisDocument(options.genesis), rpc: this.rpcUrl }),
    };
  }

  #facts(): Facts {
    const { engine, p2p, keys } = this.#parts;
    return {
      consensus: engine.status(),
      validator: keys.all.length > 0,
      notReady: this.#membership.notReady,
      sync: {
        ...this.#sync.status(),
        blocksPerSecond: this.#blockRate.perSecond(performance.now()),
      },
      peers: p2p.peers(),
      reach: p2p.reach(),
    };
  }

  #readiness(): Readiness {
    const { ledger, p2p, engine } = this.#parts;
    const { validators } = ledger.epoch;
    const validator = this.#membership.votes;
    const heard = p2p.peers().filter(({ connected, head }) => connected && head !== undefined);
    const isVoter = (member: string | undefined): boolean =>
      validators.some((each) => each.member === member);
    const voters = heard.filter(({ member }) => isVoter(member));
    return readinessOf({
      listening: this.#listening,
      validators: validators.length,
      validator,
      reached: validator ? voters.length + 1 : heard.length,
      ...this.#head(),
      diverged: engine.status().diverged !== null,
    });
  }

  #head(): HeadInputs {
    const { head, epoch } = this.ledger;
    return {
      height: head.header.height,
      target: this.#sync.status().target,
      headAgeMs: Date.now() - head.header.time,
      heartbeatMs: epoch.parameters.heartbeatMs,
    };
  }

  #logReady(): void {
    if (!this.#readiness().ready) return;
    clearInterval(this.#readyCheck);
    const { height } = this.ledger.head.header;
    this.#parts.options.log.info({ rpc: this.rpcUrl, admin: this.adminUrl, height }, 'ready');
    // What the start left behind; not told to expose this, V8 takes its time.
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }
}
