/** Which process has a database open. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Number, type, kind, access, process, device:inode, range, as proc_locks(5) describes. */
const LOCK_LINE = /^\d+: POSIX\s+ADVISORY\s+WRITE\s+(\d+)\s+([0-9a-f]+:[0-9a-f]+:\d+)\s/;

/**
 * The id of the process that holds the lock of the LevelDB in `dir`; undefined where none does, or
 * where the system doesn't tell (other than Linux, another container, some file systems).
 */
export async function lockHolder(dir: string): Promise<number | undefined> {
  try {
    const { dev, ino } = await stat(path.join(dir, 'LOCK'), { bigint: true });
    const lines = (await readFile('/proc/locks', 'utf8')).split('\n');
    const place = `${deviceText(dev)}:${ino}`;
    const held = lines.map((line) => LOCK_LINE.exec(line)).find((found) => found?.[2] === place);
    const pid = Number(held?.[1] ?? 0);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Major and minor number of a device as Linux packs them (makedev(3)), in hexadecimal. */
function deviceText(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  const digits = (part: bigint): string => part.toString(16).padStart(2, '0');
  return `${digits(major)}:${digits(minor)}`;
}
