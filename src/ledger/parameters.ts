/** What the members agreed on in numbers; in state from genesis on. */
import { type TypeOf, tuple, uint } from '../common/codec/index.ts';

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
  /** Greatest length of an epoch in blocks. */
  epochBlocksMax: uint(),
  /** How long votes and certificates are kept so that conflicts can be proven. */
  evidenceWindowMs: uint(),
});

export type Parameters = TypeOf<typeof parametersSchema>;

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
