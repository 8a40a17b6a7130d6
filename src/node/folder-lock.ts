/**
 * One process at a time on the consensus folder, however the folders of a home are arranged: the
 * lock of the database alone would not see two homes that share a log by a link. The lock is that
 * of an empty LevelDB, which the system takes back from a process that dies in any way.
 */
import path from 'node:path';
import { openClassicKv } from '../state/kv/classic.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/** @throws ZtcError DATABASE_LOCKED where another process has the folder */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const store = await openClassicKv(path.join(dir, 'lock'));
  return { release: () => store.close() };
}
