/** What a home's data says without running it: who has it open, and whether its node could vote. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { equalBytes } from '../common/bytes.ts';
import { ZtcError } from '../common/errors.ts';
import type { Finding } from '../common/finding.ts';
import type { KeyPair } from '../common/signature.ts';
import { openCounter } from '../consensus/guard/counter.ts';
import { trustLog } from '../consensus/guard/trust.ts';
import { decodeRecord, RECORD, type WalRecord } from '../consensus/records.ts';
import { scanFile } from '../consensus/wal/framing.ts';
import { lockHolder } from '../state/kv/lock-holder.ts';

export interface DataFolders {
  readonly chainDir: string;
  readonly consensusDir: string;
}

/** A voting key of the home, and its counter. */
export interface InspectedKey {
  readonly pair: KeyPair;
  readonly counterFile: string;
}

/** The process that runs on this home, where one does and the system tells. */
export async function holderOf({ chainDir, consensusDir }: DataFolders) {
  return (await lockHolder(chainDir)) ?? (await lockHolder(path.join(consensusDir, 'lock')));
}

/**
 * Reads the consensus log and its counter as a start would, and changes nothing. Only for a home
 * whose node doesn't run.
 *
 * @param keys the voting keys; none for a node without a vote
 */
export async function inspectData(
  folders: DataFolders,
  chain: Uint8Array,
  keys: readonly InspectedKey[],
): Promise<Finding[]> {
  const started = await stat(folders.chainDir).then(
    () => true,
    () => false,
  );
  if (!started) {
    const text = 'this home has no data yet: its node has never run';
    return [{ code: 'NEVER_STARTED', severity: 'info', text, remedy: null }];
  }
  try {
    return await inspectLog(folders, chain, keys);
  } catch (error) {
    if (error instanceof ZtcError) return [findingOf(error)];
    const { message } = error as Error;
    return [findingOf(new ZtcError('WAL_IO', `the consensus log can't be read: ${message}`))];
  }
}

function findingOf({ code, message, hint }: ZtcError): Finding {
  const remedy = hint ?? 'check the disk and the permissions of the data folder';
  return { code, severity: 'error', text: message, remedy };
}

async function inspectLog(
  { consensusDir }: DataFolders,
  chain: Uint8Array,
  keys: readonly InspectedKey[],
): Promise<Finding[]> {
  const file = path.join(consensusDir, 'wal');
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const scan = bytes === undefined ? undefined : scanFile(bytes);
  if (scan?.ok === false) {
    const text = `the consensus log ${file} is damaged: ${scan.message}`;
    const remedy =
      `check the disk; then move the log away (mv '${file}' '${file}.damaged') and start: ` +
      'the node follows the chain, and votes again once the others have told where they stand';
    return [{ code: 'WAL_DAMAGED', severity: 'error', text, remedy }];
  }
  const records: WalRecord[] = [];
  for (const record of scan?.value.records ?? []) {
    const decoded = decodeRecord(record);
    if (!decoded.ok) {
      const text = `a record of the consensus log ${file} is unreadable: ${decoded.message}`;
      const remedy = 'start the version that wrote it, or check the disk';
      return [{ code: 'WAL_DAMAGED', severity: 'error', text, remedy }];
    }
    records.push(decoded.value);
  }
  const torn = (bytes?.length ?? 0) - (scan?.value.end ?? 0);
  return [...tornTail(torn), ...(await guard(records, chain, keys))];
}

/** A crash in the middle of a write: nothing was said of what it would have held. */
function tornTail(bytes: number): Finding[] {
  if (bytes === 0) return [];
  const text =
    `the last write to the consensus log is incomplete (${bytes} bytes), as after a crash: ` +
    'the start cuts it off';
  return [{ code: 'WAL_TORN', severity: 'info', text, remedy: null }];
}

/** Judged for the key whose log it is, or else for the one in use. */
async function guard(
  records: readonly WalRecord[],
  chain: Uint8Array,
  keys: readonly InspectedKey[],
): Promise<Finding[]> {
  const [first] = records;
  const logged = first?.kind === RECORD.FLOOR ? first.key : undefined;
  const own = keys.find(({ pair }) => logged && equalBytes(pair.publicKey, logged)) ?? keys[0];
  if (own === undefined) return [];
  const counted = (await openCounter(own.counterFile)).value;
  const trusted = trustLog({ records, chain, key: own.pair.publicKey, counted });
  if (trusted.ok) return [];
  const { code, message } = trusted;
  const remedy =
    'start it where enough of the other validators can be reached; it asks them itself';
  return [{ code, severity: 'warning', text: message, remedy }];
}
