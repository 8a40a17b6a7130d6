/** What the engine takes, and what it does for the rest of the node. */
import type { Logger } from 'pino';
import type { ZtcError } from '../common/errors.ts';
import type { sign, Verify } from '../common/signature.ts';
import type { Buffered } from './buffered.ts';
import type { EvidenceRecord } from './evidence/record.ts';
import type { ImportedBlock } from './import.ts';
import type { ImportResult } from './importer.ts';
import type { ConsensusMetrics } from './metrics.ts';
import type { Clock, Network, Wal } from './ports.ts';
import type { CoreSource } from './start.ts';
import type { ConsensusStatus } from './status.ts';
import type { Signer } from './voter.ts';

export interface EngineOptions extends CoreSource {
  readonly network: Network;
  readonly clock: Clock;
  /** Closed by `stop`. */
  readonly wal: Wal;
  /** Where evidence is kept, apart from the log; closed by `stop`. */
  readonly evidence: Wal;
  /** Undefined for a node that never votes. */
  readonly signer: Signer | undefined;
  readonly metrics?: ConsensusMetrics;
  readonly log: Logger;
  /** Called once if the engine can't go on; the process has to end. */
  fatal(error: ZtcError): void;
  /** Records after which the log is replaced. */
  readonly walRecordsMax?: number;
  /** Random bytes, new for each start; replaced by the simulator only. */
  readonly nonce?: Uint8Array;
  /** Replaced by the simulator only. */
  readonly signatures?: { readonly sign: typeof sign; readonly verify: Verify };
}

export interface Engine {
  /** Throws ZtcError WAL_DAMAGED or WAL_IO. */
  start(): Promise<void>;
  /** Sends nothing more, waits for what is being written, and closes the log. */
  stop(): Promise<void>;
  /** A message of this member's node, a validator of about now; undefined: of somebody else. */
  receive(from: string | undefined, message: Uint8Array): void;
  /** The mempool has something. */
  work(): void;
  /** Takes a range of final blocks from block sync, starting at or below the next height. */
  importRange(range: readonly ImportedBlock[]): Promise<ImportResult>;
  /** Begins with what doesn't need the blocks before a range that will be given later. */
  prepareRange(range: readonly ImportedBlock[]): void;
  status(): ConsensusStatus;
  buffered(): Buffered;
  /** Called when a final block exists above what can be fetched one by one. */
  onBehind(listener: (height: number) => void): () => void;
  /** Faults of validators, in the order in which they were first seen; on disk. */
  evidence(): readonly EvidenceRecord[];
}
