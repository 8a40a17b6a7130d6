/** A small consortium, and short ways to make its transactions and blocks. */
import { compareBytes, equalBytes, utf8 } from '../../../src/common/bytes.ts';
import { encode } from '../../../src/common/codec/index.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { type KeyPair, keyPairOf, SIGNATURE_BYTES } from '../../../src/common/signature.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { FAULT } from '../../../src/ledger/evidence.ts';
import {
  chainOf,
  type Genesis,
  genesisValidators,
  type Member,
  ROLE,
  type SignedGenesis,
  signGenesis,
} from '../../../src/ledger/genesis.ts';
import { OPERATION, type Operation, STATUS, type Status } from '../../../src/ledger/operations.ts';
import {
  DEFAULT_PARAMETERS,
  type Parameters,
  RECOVERY_VOTES_PERCENT,
} from '../../../src/ledger/parameters.ts';
import { assetOf } from '../../../src/ledger/primitives.ts';
import {
  decodeTransaction,
  type ReceivedTransaction,
  signTransaction,
  transactionSchema,
} from '../../../src/ledger/transaction.ts';
import { leaderOf, quorumOf, type ValidatorSet } from '../../../src/ledger/validators.ts';
import { type Certificate, signVote, VOTE } from '../../../src/ledger/vote.ts';
import type { KvStore } from '../../../src/state/kv/kv.ts';
import {
  type FinalBlock,
  type Ledger,
  type LedgerOptions,
  openLedger,
} from '../../../src/state/ledger.ts';
import { memoryKv } from '../../support/memory-kv.ts';

export const START = 1_800_000_000_000;
export const MEMBER_IDS = ['ada', 'bob', 'cyd', 'dan'];
export const PUBLISHER_IDS = ['acme', 'globex'];

const made = new Map<string, KeyPair>();

export function keysOf(name: string): KeyPair {
  const keys = made.get(name) ?? keyPairOf(sha256(utf8(`test key ${name}`)));
  made.set(name, keys);
  return keys;
}

/** The key pair of a public key that `keysOf` gave. */
function pairOf(publicKey: Uint8Array): KeyPair {
  const found = [...made.values()].find((keys) => equalBytes(keys.publicKey, publicKey));
  if (found === undefined) throw new Error('nobody here has this key');
  return found;
}

export function genesisWith(parameters: Partial<Parameters> = {}): Genesis {
  return {
    version: 1,
    name: 'test',
    time: START,
    parameters: { ...DEFAULT_PARAMETERS, ...parameters },
    recoveryVotesPercent: RECOVERY_VOTES_PERCENT,
    predecessor: null,
    members: MEMBER_IDS.map((id) => memberNamed(id)),
    publishers: PUBLISHER_IDS.map((id) => ({
      id,
      name: `Publisher ${id}`,
      keys: [keysOf(id).publicKey],
    })),
  };
}

/** A validator, with keys that follow from its id. */
export function memberNamed(id: string, changes: Partial<Member> = {}): Member {
  return {
    id,
    name: `Member ${id}`,
    memberKey: keysOf(`member ${id}`).publicKey,
    role: ROLE.VALIDATOR,
    validatorKey: keysOf(`validator ${id}`).publicKey,
    nodeKey: keysOf(`node ${id}`).publicKey,
    announce: [],
    ...changes,
  };
}

/** What makes a validator an observer. */
export const OBSERVER = { role: ROLE.OBSERVER, validatorKey: null } as const;

export function signed(genesis: Genesis): SignedGenesis {
  const signatures = genesis.members.map(({ id }) =>
    signGenesis(genesis, id, keysOf(`member ${id}`)),
  );
  return { genesis, signatures };
}

export function assetNamed(name: string): Uint8Array {
  return assetOf(sha256(utf8(name)));
}

export function statement(name: string, status: Status = STATUS.TRUSTED): Operation {
  return {
    op: OPERATION.STATEMENT,
    asset: assetNamed(name),
    status,
    name,
    version: '1.0',
    kind: 'file',
    size: 42,
    attributes: [{ key: 'arch', value: 'x64' }],
    reason: '',
    commitment: null,
    detached: null,
  };
}

export function put(
  namespace: string,
  key: string,
  value: string,
  ifRevision: number | null = null,
): Operation {
  return { op: OPERATION.RECORD_PUT, namespace, key, value: utf8(value), ifRevision };
}

let salts = 0;

export interface TransactionParts {
  readonly chain: Uint8Array;
  readonly sender?: string;
  readonly signers?: readonly KeyPair[];
  readonly validUntil?: number;
  readonly operations: readonly Operation[];
  /** Really sign; else the signature's bytes are zero. */
  readonly really?: boolean;
}

/** Every call makes another transaction. */
export function transaction(parts: TransactionParts): ReceivedTransaction {
  const { chain, sender = 'acme', operations, validUntil = START + 60_000 } = parts;
  const signers = [...(parts.signers ?? [keysOf(sender)])].sort((a, b) =>
    compareBytes(a.publicKey, b.publicKey),
  );
  const salt = sha256(utf8(`salt ${salts++}`)).subarray(0, 16);
  const unsigned = { version: 1 as const, chain, sender, salt, validUntil, operations };
  if (parts.really === true) return signTransaction(unsigned, signers);
  const blank = new Uint8Array(SIGNATURE_BYTES);
  blank[0] = 1;
  const signatures = signers.map(({ publicKey: key }) => ({ key, signature: blank }));
  const bytes = encode(transactionSchema, { ...unsigned, signatures });
  const decoded = decodeTransaction(bytes, bytes.length);
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.value;
}

/** A ledger with a pool to fill by hand, and blocks on demand. */
export interface Bench {
  readonly ledger: Ledger;
  readonly chain: Uint8Array;
  readonly store: KvStore;
  /** Sets what waits in the pool. */
  fill(transactions: readonly ReceivedTransaction[]): void;
  make(operations: readonly Operation[], parts?: Partial<TransactionParts>): ReceivedTransaction;
  /** A block on `parent` (hash), by default the head, of these transactions. */
  propose(transactions: readonly ReceivedTransaction[], on?: Block, view?: number): Block;
  /** Proposes on the head and finalizes. */
  grow(...transactions: readonly ReceivedTransaction[]): Promise<Block>;
}

export interface BenchOptions extends Partial<LedgerOptions> {
  readonly parameters?: Partial<Parameters>;
  /** Really sign transactions and finalizations. */
  readonly really?: boolean;
}

export async function bench(options: BenchOptions = {}): Promise<Bench> {
  const { parameters, really = false, ...rest } = options;
  const genesis = rest.genesis ?? { genesis: genesisWith(parameters), signatures: [] };
  const store = rest.store ?? memoryKv();
  const pool: ReceivedTransaction[] = [];
  const ledger = await openLedger({
    now: () => 0,
    verifyTransaction: () => true,
    source: { candidates: () => pool },
    ...rest,
    store,
    genesis,
  });
  const chain = chainOf(genesis.genesis);
  const fill = (transactions: readonly ReceivedTransaction[]): void => {
    pool.splice(0, pool.length, ...transactions);
  };
  const propose: Bench['propose'] = (transactions, on, givenView) => {
    fill(transactions);
    const parent = on ?? ledger.head;
    const { header } = parent;
    const empty = transactions.length === 0;
    return proposal(ledger, parent, { time: header.time + 1, empty, view: givenView });
  };
  const make: Bench['make'] = (operations, parts) =>
    transaction({ chain, operations, really, ...parts });
  const grow: Bench['grow'] = async (...transactions) => {
    const block = propose(transactions);
    await ledger.finalize(finals([block], really, ledger.epoch.validators));
    return block;
  };
  return { ledger, chain, store, fill, propose, make, grow };
}

interface ProposalParts {
  readonly time: number;
  readonly empty: boolean;
  /** By default the next one. */
  readonly view?: number | undefined;
}

/** A block on `parent` by the leader of its view, among the validators after the head. */
function proposal(ledger: Ledger, parent: Ledger['head'], parts: ProposalParts): Block {
  const { header, hash } = parent;
  const ended = ledger.isBoundary(hash);
  const view = parts.view ?? (ended ? 1 : header.view + 1);
  const { validators } = ledger.epoch;
  return ledger.propose(hash, {
    epoch: ended ? header.epoch + 1 : header.epoch,
    view,
    proposer: validators[leaderOf(view, validators.length)]?.member as string,
    time: Math.max(parts.time, header.time),
    empty: parts.empty,
  });
}

/** Proposes on the head and finalizes; everything is really signed. */
export async function seal(ledger: Ledger, parts: ProposalParts): Promise<Block> {
  const { validators } = ledger.epoch;
  const block = proposal(ledger, ledger.head, parts);
  await ledger.finalize(finals([block], true, validators));
  return block;
}

const GENESIS_VALIDATORS = genesisValidators(genesisWith());

/** A finalization by a quorum of `set`; the signatures are good only where `really` is given. */
export function certificateOf(
  block: Block,
  really = false,
  set: ValidatorSet = GENESIS_VALIDATORS,
  view = block.header.view,
): Certificate {
  const { chain, epoch } = block.header;
  const subject = {
    version: 1 as const,
    kind: VOTE.FINALIZE,
    chain,
    epoch,
    view,
    block: block.hash,
  };
  const blank = new Uint8Array(SIGNATURE_BYTES);
  blank[0] = 1;
  const signatures = set.slice(0, quorumOf(set.length)).map(({ key }, index) => ({
    validator: index,
    signature: really ? signVote(subject, index, pairOf(key)).signature : blank,
  }));
  return { ...subject, signatures };
}

/** Blocks to finalize, the last with its own finalization as `certificateOf` makes it. */
export function finals(
  blocks: readonly Block[],
  really = false,
  set: ValidatorSet = GENESIS_VALIDATORS,
): FinalBlock[] {
  const last = blocks.length - 1;
  return blocks.map((block, i) => ({
    block,
    certificate: i === last ? certificateOf(block, really, set) : undefined,
  }));
}

/** Evidence that a member gave a view up and finalized a block in it. */
export function evidenceAgainst(chain: Uint8Array, member: string, view: number, epoch = 1) {
  const keys = keysOf(`validator ${member}`);
  const validator = MEMBER_IDS.indexOf(member);
  const subject = { version: 1, chain, epoch, view } as const;
  const first = signVote({ ...subject, kind: VOTE.NULLIFY, block: null }, validator, keys);
  const block = sha256(utf8(`block ${view}`));
  const second = signVote({ ...subject, kind: VOTE.FINALIZE, block }, validator, keys);
  const evidence = { version: 1, kind: FAULT.NULLIFY_FINALIZE, first, second } as const;
  return { member, key: keys.publicKey, seenAt: START, evidence };
}
