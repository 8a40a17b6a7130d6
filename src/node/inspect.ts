/** What a home's data says without running it: who has it open, and whether its node could vote. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ZtcError } from '../common/errors.ts';
import type { Finding } from '../common/finding.ts';
import { openCounter } from '../consensus/guard/counter.ts';
import { trustLog } from '../consensus/guard/trust.ts';
import { decodeRecord, type WalRecord } from '../consensus/records.ts';
import { scanFile } from '../consensus/wal/framing.ts';
import { lockHolder } from '../state/kv/lock-holder.ts';

export interface DataFolders {
  readonly chainDir: string;
  readonly consensusDir: string;
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
 * @param key the voting key; undefined for a node without a vote
 */
export async function inspectData(
  folders: DataFolders,
  chain: Uint8Array,
  key: Uint8Array | undefined,
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
    return await inspectLog(folders, chain, key);
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
  { consensusDir, counterFile }: DataFolders,
  chain: Uint8Array,
  key: Uint8Array | undefined,
): Promise<Finding[]> {
  const counted = (await openCounter(counterFile)).value;
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
      'the node follows the chain without voting';
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
  return [...tornTail(torn), ...guard({ records, chain, key, counted })];
}

/** A crash in the middle of a write: nothing was said of what it would have held. */
function tornTail(bytes: number): Finding[] {
  if (bytes === 0) return [];
  const text = `the last write to the consensus log is incomplete (${bytes} bytes), as after a crash`;
  return [
    { code: 'WAL_TORN', severity: 'info', text: `${text}: the start cuts it off`, remedy: null },
  ];
}

function guard(
  question: Omit<Parameters<typeof trustLog>[0], 'key' | 'height'> & {
    readonly key: Uint8Array | undefined;
  },
): Finding[] {
  const { key, counted } = question;
  if (key === undefined) return [];
  // The height is in the database, which a look leaves closed; having voted says the same.
  const trusted = trustLog({ ...question, key, height: counted });
  if (trusted.ok) return [];
  const { code, message } = trusted;
  const remedy = 'bring back the newest data/consensus of this very node; never one of a backup';
  return [{ code, severity: 'error', text: message, remedy }];
}
