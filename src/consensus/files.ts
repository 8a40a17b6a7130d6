/** What the log and its counter need of a file system; the simulator has another one. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

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
  return {
    write: async (bytes, at) => {
      let written = 0;
      while (written < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, written, undefined, at + written);
        written += bytesWritten;
      }
    },
    // Enough for bytes and length; spares the times.
    sync: () => handle.datasync(),
    identity: async () => {
      const { ino, birthtimeMs } = await handle.stat({ bigint: true });
      return { inode: String(ino), born: String(birthtimeMs) };
    },
    close: () => handle.close(),
  };
}
