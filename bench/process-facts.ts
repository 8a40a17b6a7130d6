/** What Linux says about a process: CPU time and memory, from /proc. */
import { readFile } from 'node:fs/promises';

/** Of `utime` and `stime`: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds of all threads since its start. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Of several processes together. */
export async function cpuSecondsOf(pids: readonly number[]): Promise<number> {
  const all = await Promise.all(pids.map(cpuSeconds));
  return all.reduce((sum, each) => sum + each, 0);
}

export interface Memory {
  /** In MiB: all resident pages, those of its own, and those of files (code and mapped tables). */
  readonly rss: number;
  readonly anonymous: number;
  readonly file: number;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string): number => {
    const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status) ?? [];
    return Math.round(Number(kib) / 102.4) / 10;
  };
  return { rss: mib('VmRSS'), anonymous: mib('RssAnon'), file: mib('RssFile') };
}
