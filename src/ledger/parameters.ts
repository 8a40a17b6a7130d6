/** What the members agreed on in numbers; in state from genesis on. */
import { type TypeOf, tuple, uint } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import { VALIDATORS_MAX } from './validators.ts';

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 24 * 60 * MS_PER_MINUTE;
const KIB = 1024;
const MIB = 1024 * KIB;

/** A transaction and its parts stay below this in any protocol version: the wire's outer bound. */
export const TRANSACTION_BYTES_CAP = 4 * MIB;
/** No block is larger in any protocol version: bounds messages, WAL records and sync replies. */
export const BLOCK_BYTES_CAP = 16 * MIB;

export const parametersSchema = tuple({
  /** Chooses the rules; old rules stay, because auditors replay them. */
  protocolVersion: uint(),
  /** A closed chain makes an empty block after this long, so that its head stays fresh. */
  heartbeatMs: uint(),
  /** Bounds the number of blocks under load; none after a pause. */
  minBlockIntervalMs: uint(),
  /** First timeout of a view; it grows on failure and is reset on finalization. */
  viewTimeoutMs: uint(),
  /** The cap of that growth. */
  viewTimeoutMaxMs: uint(),
  /** How far `validUntil` may lie after the including block's time. */
  maxValidityMs: uint(),
  transactionBytesMax: uint(TRANSACTION_BYTES_CAP),
  transactionOperationsMax: uint(),
  /** All transactions of a block together. */
  blockBytesMax: uint(BLOCK_BYTES_CAP),
  blockOperationsMax: uint(),
  /** Greatest length of an epoch in blocks, its empty last one counted. */
  epochBlocksMax: uint(),
  /** How long votes and certificates are kept so that conflicts can be proven. */
  evidenceWindowMs: uint(),
  /** A proposal can be voted on for so long. */
  proposalValidityMs: uint(),
  /** More than so many percent of the members decide: about members, … */
  memberVotesPercent: uint(),
  /** … parameters, … */
  parameterVotesPercent: uint(),
  /** … the protocol version, … */
  protocolVotesPercent: uint(),
  /** … and publishers' keys. */
  publisherVotesPercent: uint(),
  /** For so long after the deciding vote members may object; 0: executed at once. */
  memberObjectionMs: uint(),
  parameterObjectionMs: uint(),
  protocolObjectionMs: uint(),
  publisherObjectionMs: uint(),
  /** For a publisher whose name looks like another's. */
  nameObjectionMs: uint(),
  /** What a publisher may have included on average, … */
  publisherOperationsPerSecond: uint(),
  publisherBytesPerSecond: uint(),
  /** … what a member may, a validator and a recovery key, … */
  memberOperationsPerSecond: uint(),
  memberBytesPerSecond: uint(),
  /** … and so many seconds' worth at once. */
  quotaBurstSeconds: uint(),
  /** So many members attest a domain before it counts; all of them where there are fewer. */
  domainAttestations: uint(),
});

export type Parameters = TypeOf<typeof parametersSchema>;

/** A head older than this many heartbeats is "delayed": something is wrong, or only starts. */
export const DELAYED_HEARTBEATS = 2;

export const PROTOCOL_VERSION = 1;

/** Of the members of a genesis more than so many percent can found its successor. */
export const RECOVERY_VOTES_PERCENT = 66;

export const DEFAULT_PARAMETERS: Parameters = {
  protocolVersion: PROTOCOL_VERSION,
  heartbeatMs: 10_000,
  minBlockIntervalMs: 20,
  viewTimeoutMs: 1_000,
  viewTimeoutMaxMs: 10_000,
  maxValidityMs: 10 * MS_PER_MINUTE,
  transactionBytesMax: MIB,
  transactionOperationsMax: 1_000,
  blockBytesMax: 4 * MIB,
  blockOperationsMax: 20_000,
  epochBlocksMax: 1_000_000,
  evidenceWindowMs: MS_PER_DAY,
  proposalValidityMs: 14 * MS_PER_DAY,
  memberVotesPercent: 66,
  parameterVotesPercent: 66,
  protocolVotesPercent: 66,
  publisherVotesPercent: 66,
  memberObjectionMs: 0,
  parameterObjectionMs: 0,
  protocolObjectionMs: MS_PER_DAY,
  publisherObjectionMs: 0,
  nameObjectionMs: 3 * MS_PER_DAY,
  publisherOperationsPerSecond: 1_000,
  publisherBytesPerSecond: MIB,
  memberOperationsPerSecond: 10,
  memberBytesPerSecond: 64 * KIB,
  quotaBurstSeconds: 3_600,
  domainAttestations: 2,
};

/** The last block of an epoch is empty: another one has to hold the transactions. */
const EPOCH_BLOCKS_MIN = 2;

/** Checks that this software knows the rules and that a chain can go on under these numbers. */
export function checkParameters(parameters: Parameters): Result<null, 'GENESIS_INVALID'> {
  const { protocolVersion } = parameters;
  if (protocolVersion !== PROTOCOL_VERSION) {
    const message = `protocol version ${protocolVersion} is unknown here: use a newer ztc`;
    return failure('GENESIS_INVALID', message);
  }
  const wrong = wrongNumbers(parameters);
  return wrong === undefined ? success(null) : failure('GENESIS_INVALID', wrong);
}

/**
 * Why a chain couldn't go on under these numbers, in words; undefined where it can. A rule of the
 * ledger: it doesn't depend on which protocol versions this software knows.
 */
export function wrongNumbers(parameters: Parameters): string | undefined {
  const zero = POSITIVE.find((name) => parameters[name] === 0);
  if (zero !== undefined) return `the parameter ${zero} is 0`;
  if (parameters.epochBlocksMax < EPOCH_BLOCKS_MIN) {
    return 'every block would be the empty last one of an epoch';
  }
  const below = ORDERED.find(([least, most]) => parameters[least] > parameters[most]);
  if (below !== undefined) return `the parameter ${below[0]} is above ${below[1]}`;
  const quota = quotaProblem(parameters);
  if (quota !== undefined) return quota;
  const share = SHARES.find((name) => !isShare(parameters[name]));
  return share && `the parameter ${share} is not from ${HALF} to ${ALL} percent`;
}

/** The largest transaction fits into a full quota, and a full one is a safe integer. */
function quotaProblem(parameters: Parameters): string | undefined {
  const { quotaBurstSeconds: burst, transactionBytesMax, transactionOperationsMax } = parameters;
  for (const who of ['publisher', 'member'] as const) {
    const operations = parameters[`${who}OperationsPerSecond`];
    const bytes = parameters[`${who}BytesPerSecond`];
    if (operations > QUOTA_OPERATIONS_MAX || bytes > QUOTA_BYTES_MAX || burst > QUOTA_BURST_MAX) {
      return `the quota of a ${who} is above what can be counted`;
    }
    if (operations * burst < transactionOperationsMax || bytes * burst < transactionBytesMax) {
      return `the largest transaction is above the quota of a ${who}`;
    }
  }
  return undefined;
}

/** More than any node executes; with the longest burst in thousandths still safe integers. */
const QUOTA_OPERATIONS_MAX = 10_000_000;
const QUOTA_BYTES_MAX = 100_000_000;
/** A day. */
const QUOTA_BURST_MAX = 86_400;

const MS_PER_HOUR = 60 * MS_PER_MINUTE;

/**
 * Beyond these a vote could make a chain on which no vote is ever final again: no proposal fits, is
 * valid for long enough, or finds a block. They bind changes; a genesis may be made for a test.
 */
const CHANGE_BOUNDS: {
  readonly [P in keyof Parameters]?: readonly [least: number, most: number];
} = {
  heartbeatMs: [1, MS_PER_HOUR],
  minBlockIntervalMs: [0, MS_PER_MINUTE],
  viewTimeoutMs: [1, MS_PER_HOUR],
  viewTimeoutMaxMs: [1, MS_PER_HOUR],
  maxValidityMs: [MS_PER_MINUTE, MS_PER_DAY],
  transactionBytesMax: [64 * KIB, TRANSACTION_BYTES_CAP],
  proposalValidityMs: [MS_PER_HOUR, 366 * MS_PER_DAY],
  memberObjectionMs: [0, 30 * MS_PER_DAY],
  parameterObjectionMs: [0, 30 * MS_PER_DAY],
  protocolObjectionMs: [0, 30 * MS_PER_DAY],
  publisherObjectionMs: [0, 30 * MS_PER_DAY],
  nameObjectionMs: [0, 30 * MS_PER_DAY],
  publisherOperationsPerSecond: [1, QUOTA_OPERATIONS_MAX],
  publisherBytesPerSecond: [1, QUOTA_BYTES_MAX],
  memberOperationsPerSecond: [1, QUOTA_OPERATIONS_MAX],
  memberBytesPerSecond: [1, QUOTA_BYTES_MAX],
  quotaBurstSeconds: [1, QUOTA_BURST_MAX],
  domainAttestations: [1, VALIDATORS_MAX],
};

/** Whether a proposal may give a parameter this value at all. */
export function isWithinBounds(name: keyof Parameters, value: number): boolean {
  const [least, most] = CHANGE_BOUNDS[name] ?? [0, Number.MAX_SAFE_INTEGER];
  return least <= value && value <= most;
}

/** Of two opposite proposals at most one has enough votes. */
const HALF = 50;
/** Everybody: more than all of them are not needed. */
const ALL = 100;

/** Whether a threshold in percent is one. */
export function isShare(percent: number): boolean {
  return HALF <= percent && percent <= ALL;
}

const SHARES = [
  'memberVotesPercent',
  'parameterVotesPercent',
  'protocolVotesPercent',
  'publisherVotesPercent',
] as const;

/** Zero in one of these would stop the chain, or let nothing in. */
const POSITIVE = [
  'heartbeatMs',
  'viewTimeoutMs',
  'maxValidityMs',
  'transactionBytesMax',
  'transactionOperationsMax',
  'proposalValidityMs',
  'publisherOperationsPerSecond',
  'publisherBytesPerSecond',
  'memberOperationsPerSecond',
  'memberBytesPerSecond',
  'quotaBurstSeconds',
  'domainAttestations',
] as const;

/** A transaction must fit a block, a timeout under its cap, and a block into its view. */
const ORDERED = [
  ['transactionBytesMax', 'blockBytesMax'],
  ['transactionOperationsMax', 'blockOperationsMax'],
  ['viewTimeoutMs', 'viewTimeoutMaxMs'],
  ['minBlockIntervalMs', 'viewTimeoutMs'],
] as const;
