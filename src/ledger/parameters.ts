/** What the members agreed on in numbers; in state from genesis on. */
import { type TypeOf, tuple, uint } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';

const MS_PER_MINUTE = 60_000;
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
});

export type Parameters = TypeOf<typeof parametersSchema>;

/** A head older than this many heartbeats is "delayed": something is wrong, or only starts. */
export const DELAYED_HEARTBEATS = 2;

export const PROTOCOL_VERSION = 1;

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
  evidenceWindowMs: 24 * 60 * MS_PER_MINUTE,
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
  const zero = POSITIVE.find((name) => parameters[name] === 0);
  if (zero !== undefined) return failure('GENESIS_INVALID', `the parameter ${zero} is 0`);
  if (parameters.epochBlocksMax < EPOCH_BLOCKS_MIN) {
    return failure('GENESIS_INVALID', 'every block would be the empty last one of an epoch');
  }
  const below = ORDERED.find(([least, most]) => parameters[least] > parameters[most]);
  if (below === undefined) return success(null);
  return failure('GENESIS_INVALID', `the parameter ${below[0]} is above ${below[1]}`);
}

/** Zero in one of these would stop the chain, or let nothing in. */
const POSITIVE = [
  'heartbeatMs',
  'viewTimeoutMs',
  'maxValidityMs',
  'transactionBytesMax',
  'transactionOperationsMax',
] as const;

/** A transaction must fit a block, and a timeout under its cap. */
const ORDERED = [
  ['transactionBytesMax', 'blockBytesMax'],
  ['transactionOperationsMax', 'blockOperationsMax'],
  ['viewTimeoutMs', 'viewTimeoutMaxMs'],
] as const;
