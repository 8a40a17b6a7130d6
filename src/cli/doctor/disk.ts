/** Does the disk of the data folder take what a node writes? */
import { open, statfs, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../common/finding.ts';
import { OWNER_ONLY } from '../home/files.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** LevelDB merges tables of up to this size into new ones before it drops the old. */
const FREE_BYTES_MIN = 128 * MIB;
/** Some days of a busy chain. */
const FREE_BYTES_LOW = 2 * GIB;
/** As large as a record of the log. */
const PROBE_BYTES = 4_096;
/** A view's time is a second, and each vote waits for a sync or two. */
const SYNC_MS_SLOW = 200;

/** Free space, and a write with its sync in the folder, as the node does them. */
export async function diskFindings(dir: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(dir);
  return [...spaceFindings(dir, bavail * bsize), ...(await writeFindings(dir))];
}

/** What so much free space means. */
export function spaceFindings(dir: string, free: number): Finding[] {
  if (free >= FREE_BYTES_LOW) return [];
  const full = free < FREE_BYTES_MIN;
  const size = free < GIB ? `${Math.floor(free / MIB)} MiB` : `${(free / GIB).toFixed(1)} GiB`;
  return [
    {
      code: full ? 'DISK_FULL' : 'DISK_LOW',
      severity: full ? 'error' : 'warning',
      text: `the disk of ${dir} has ${size} left`,
      remedy: full
        ? 'make room, then start the node: it stopped in order and lost nothing that was final'
        : 'make room, or move the home to a larger disk while the node is stopped',
    },
  ];
}

async function writeFindings(dir: string): Promise<Finding[]> {
  const file = path.join(dir, `.doctor-${process.pid}`);
  const started = performance.now();
  try {
    const handle = await open(file, 'wx', OWNER_ONLY);
    try {
      await handle.write(new Uint8Array(PROBE_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
      await unlink(file);
    }
  } catch (error) {
    return [unwritable(dir, error as NodeJS.ErrnoException)];
  }
  const ms = Math.round(performance.now() - started);
  if (ms < SYNC_MS_SLOW) return [];
  const text = `a write with its sync took ${ms} ms in ${dir}: votes are as slow as that`;
  const remedy = 'use a local disk (SSD), not a network one, and see what else writes to it';
  return [{ code: 'DISK_SLOW', severity: 'warning', text, remedy }];
}

function unwritable(dir: string, { code, message }: NodeJS.ErrnoException): Finding {
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return {
    code: full ? 'DISK_FULL' : 'DISK_UNWRITABLE',
    severity: 'error',
    text: `nothing can be written in ${dir}: ${message}`,
    remedy: full
      ? 'make room (space, inodes or quota), then start the node: nothing final was lost'
      : 'check permissions and mount options; the home belongs to the user who runs the node',
  };
}
