/** What the log and its counter need of a file system; the simulator has another one. */
import { fdatasyncSync, writeSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/**
 * A sync of a fast disk is waited for on this thread: to hand it to another one and to hear back
 * takes longer where the machine is busy, and nothing may be said before it is done.
 */
const SYNC_HERE_MS_MAX = 2;
/** After one that was slower, so long they are handed over: the disk may stay slow. */
const SYNC_ELSEWHERE_MS = 500;

/** An open file; every call fails as the disk does. */
export interface OpenFile {
  /** Writes from a position on; on return nothing of it is durable. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** On return the file's bytes and length are durable. */
  sync(): Promise<void>;
  /** Differs from that of any copy: inode, and time of birth in ms (0 where there is none). */
  identity(): Promise<{ readonly inode: string; readonly born: string }>;
  close(): Promise<void>;
}

export interface Files {
  makeFolder(folder: string): Promise<void>;
  /** The file's bytes; undefined where there is none. */
  read(file: string): Promise<Uint8Array | undefined>;
  /** Opens a new, empty file in the place of any other, or one that is there. */
  open(file: string, how: 'new' | 'existing'): Promise<OpenFile>;
  /** In the place of any other file of that name; durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens where there is none. */
  remove(file: string): Promise<void>;
  /** On return the folder's names are durable. */
  syncFolder(folder: string): Promise<void>;
}

/** The machine's. */
export const systemFiles: Files = {
  makeFolder: async (folder) => {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  },
  read: async (file) => {
    try {
      return await readFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  open: openFile,
  rename,
  remove: (file) => rm(file, { force: true }),
  syncFolder: async (folder) => {
    if (process.platform === 'win32') return; // can't open folders, and needs no such thing
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

async function openFile(file: string, how: 'new' | 'existing'): Promise<OpenFile> {
  const handle = await open(file, how === 'new' ? 'w+' : 'r+', FILE_MODE);
  let slowAt = Number.NEGATIVE_INFINITY;
  return {
    // At once: it only copies to the system's memory, and every vote would wait for a second turn
    // of the thread pool.
    write: async (bytes, at) => {
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(handle.fd, bytes, written, undefined, at + written);
      }
    },
    // Bytes and length are enough; it spares the times.
    sync: async () => {
      const began = performance.now();
      if (began - slowAt < SYNC_ELSEWHERE_MS) return handle.datasync();
      fdatasyncSync(handle.fd);
      const ended = performance.now();
      if (ended - began > SYNC_HERE_MS_MAX) slowAt = ended;
    },
    identity: async () => {
      const { ino, birthtimeMs } = await handle.stat({ bigint: true });
      return { inode: String(ino), born: String(birthtimeMs) };
    },
    close: () => handle.close(),
  };
}
