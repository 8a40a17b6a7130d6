/**
 * A disk for the log and its counter. What is written is seen at once by who reads, and survives
 * the process; it survives the machine only after a sync: of the file for its bytes, of the folder
 * for its name. A power cut keeps any part of what was not synced, sector by sector: of a sector
 * all or nothing, and a length of the file that may end before what was kept.
 */
import path from 'node:path';
import { equalBytes } from '../../src/common/bytes.ts';
import type { Files, OpenFile } from '../../src/consensus/files.ts';
import type { Prng } from './prng.ts';
import type { Run } from './run.ts';

const SECTOR_BYTES = 512;

/** A change to a file that is not durable yet. */
interface Change {
  readonly at: number;
  readonly bytes: Uint8Array;
}

class Inode {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }

  /** The sectors on the disk, and how much of them is the file. */
  #sectors: Uint8Array = new Uint8Array(0);
  #size = 0;
  current: Uint8Array = new Uint8Array(0);
  changes: Change[] = [];
  /** Readers see more than is on the disk, and no sync will write it. */
  lost = false;

  change(change: Change): void {
    this.current = applied(this.current, change);
    this.changes.push(change);
  }

  get durable(): Uint8Array {
    return this.#sectors.subarray(0, this.#size);
  }

  /** A change is on the disk, in part or whole; the file ends at `size` or behind. */
  keep({ at, bytes }: Change, size = at + bytes.length): void {
    this.#sectors = applied(this.#sectors, { at, bytes });
    this.#size = Math.max(this.#size, size);
  }

  /** What the sectors hold in a range, past the end of the file too. */
  held(from: number, to: number): Uint8Array {
    return this.#sectors.subarray(from, to);
  }

  /** The file is opened by another system: nothing lies behind its end. */
  mount(): void {
    this.#sectors = this.durable.slice();
  }

  /** All changes are on the disk now. */
  settle(): void {
    if (this.lost) for (const each of this.changes) this.keep(each);
    else [this.#sectors, this.#size] = [this.current, this.current.length];
    this.changes = [];
    this.lost &&= !equalBytes(this.durable, this.current);
  }
}

type Names = Map<string, Inode>;
type NameChange = (names: Names) => void;

function applied(content: Uint8Array, { at, bytes }: Change): Uint8Array {
  const result = new Uint8Array(Math.max(content.length, at + bytes.length));
  result.set(content);
  result.set(bytes, at);
  return result;
}

/** What goes wrong on a disk; probabilities a call. */
export interface DiskFaults {
  syncFails: number;
  /** Of a sync that takes long. */
  syncSlow: number;
}

export const SOUND_DISK: DiskFaults = { syncFails: 0, syncSlow: 0 };

/** The longest that a good disk takes for a sync, or a batch of the ledger, ms. */
export const QUICK_MS = 2;

export interface DiskOptions {
  readonly random: Prng;
  /** Called before and after every effect: the process may be killed there. */
  readonly point: (what: string) => void;
  /** A fault was injected. */
  readonly count: (what: string) => void;
}

export class SimDisk {
  faults: DiskFaults = SOUND_DISK;
  /** No space is left. */
  full = false;
  /** The longest that a batch of the ledger takes, ms. */
  batchMs = QUICK_MS;
  readonly #random: Prng;
  readonly #point: (what: string) => void;
  readonly #count: (what: string) => void;
  #inodes = 0;
  #names: Names = new Map();
  #durableNames: Names = new Map();
  #nameChanges: { readonly folder: string; readonly apply: NameChange }[] = [];

  constructor({ random, point, count }: DiskOptions) {
    this.#random = random;
    this.#point = point;
    this.#count = count;
  }

  /** The machine loses power: what was not synced is kept in part, or not at all. */
  powerCut(): void {
    const kept = this.#random.between(0, this.#nameChanges.length);
    for (const { apply } of this.#nameChanges.slice(0, kept)) apply(this.#durableNames);
    this.#nameChanges = [];
    this.#names = new Map(this.#durableNames);
    for (const inode of new Set(this.#names.values())) {
      this.#tear(inode);
      inode.mount();
    }
  }

  /** Whether a power cut now would lose nothing of a file. */
  isDurable(file: string): boolean {
    const inode = this.#names.get(file);
    if (inode === undefined || inode !== this.#durableNames.get(file)) return false;
    return inode.changes.length === 0 && !inode.lost;
  }

  /** All files of a folder, as an operator would copy them. */
  copy(folder: string): Map<string, Uint8Array> {
    const files = [...this.#names].filter(([name]) => path.posix.dirname(name) === folder);
    return new Map(files.map(([name, inode]) => [name, inode.current.slice()]));
  }

  /** An operator empties a folder, and puts files there. */
  replace(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
    for (const name of [...this.#names.keys()]) {
      if (path.posix.dirname(name) === folder) this.#names.delete(name);
    }
    for (const [name, content] of files) {
      const inode = new Inode(++this.#inodes);
      inode.current = content.slice();
      inode.settle();
      this.#names.set(name, inode);
    }
    this.#durableNames = new Map(this.#names);
    this.#nameChanges = [];
  }

  /** Puts a file there that knows its own inode. */
  install(file: string, contentOf: (inode: number) => Uint8Array): void {
    const inode = new Inode(++this.#inodes);
    inode.current = contentOf(inode.number);
    inode.settle();
    this.#names.set(file, inode);
    this.#durableNames.set(file, inode);
  }

  /** Flips a bit of what lies on the disk. */
  rot(file: string, at: number, bit: number): void {
    const inode = this.#names.get(file);
    if (inode === undefined) return;
    const rotten = inode.current.slice();
    rotten[at] = (rotten[at] as number) ^ (1 << bit);
    inode.current = rotten;
    inode.lost = false;
    inode.settle();
  }

  content(file: string): Uint8Array | undefined {
    return this.#names.get(file)?.current;
  }

  inodeOf(file: string): number | undefined {
    return this.#names.get(file)?.number;
  }

  /** The disk as a process sees it. */
  files(run: Run): Files {
    return {
      makeFolder: async () => {},
      read: async (file) => (run.alive ? this.#names.get(file)?.current : run.never()),
      open: (file, how) => this.#open(run, file, how),
      rename: (from, to) =>
        this.#effect(run, 'rename', () => {
          this.#changeName(to, (names) => {
            const inode = names.get(from);
            if (inode !== undefined) names.set(to, inode);
            names.delete(from);
          });
        }),
      remove: (file) =>
        this.#effect(run, 'remove', () => {
          if (this.#names.has(file)) this.#changeName(file, (names) => names.delete(file));
        }),
      syncFolder: (folder) =>
        this.#sync(run, 'sync of a folder', () => {
          const isIn = (change: { folder: string }): boolean => change.folder === folder;
          for (const { apply } of this.#nameChanges.filter(isIn)) apply(this.#durableNames);
          this.#nameChanges = this.#nameChanges.filter((change) => !isIn(change));
        }),
    };
  }

  #changeName(file: string, apply: NameChange): void {
    apply(this.#names);
    this.#nameChanges.push({ folder: path.posix.dirname(file), apply });
  }

  async #open(run: Run, file: string, how: 'new' | 'existing'): Promise<OpenFile> {
    if (!run.alive) return run.never();
    if (how === 'new') {
      this.#refuseIfFull(file);
      const fresh = new Inode(++this.#inodes);
      this.#changeName(file, (names) => names.set(file, fresh));
    }
    const inode = this.#names.get(file);
    if (inode === undefined) throw ioError('ENOENT', file);
    return {
      write: (bytes, at) => this.#effect(run, 'write', () => this.#write(inode, file, bytes, at)),
      sync: () =>
        this.#sync(
          run,
          'sync',
          () => inode.settle(),
          () => this.#lostPages(inode),
        ),
      identity: async () => ({ inode: String(inode.number), born: '0' }),
      close: async () => {},
    };
  }

  async #effect(run: Run, what: string, act: () => void): Promise<void> {
    if (run.alive) this.#point(`before ${what}`);
    if (!run.alive) return run.never();
    act();
    this.#point(`after ${what}`);
    return run.alive ? undefined : run.never();
  }

  #write(inode: Inode, file: string, bytes: Uint8Array, at: number): void {
    if (this.full) inode.change({ at, bytes: bytes.slice(0, this.#random.between(0, 2) * 16) });
    this.#refuseIfFull(file);
    inode.change({ at, bytes });
  }

  #refuseIfFull(file: string): void {
    if (!this.full) return;
    this.#count('write without space');
    throw ioError('ENOSPC', file);
  }

  async #sync(run: Run, what: string, act: () => void, failed = (): void => {}): Promise<void> {
    if (run.alive) this.#point(`before ${what}`);
    const slow = this.#random.chance(this.faults.syncSlow);
    if (slow) this.#count('slow sync');
    await run.delayed(slow ? this.#random.between(20, 600) : this.#random.next() * QUICK_MS);
    if (!run.alive) return run.never();
    if (this.#random.chance(this.faults.syncFails)) {
      this.#count('failed sync');
      failed();
      throw ioError('EIO', what);
    }
    act();
    this.#point(`after ${what}`);
    return run.alive ? undefined : run.never();
  }

  /**
   * A failed sync leaves some of the changes on the disk. Some systems then show the file as it is
   * there, others go on to show what was written, take it for clean and never write it again.
   */
  #lostPages(inode: Inode): void {
    const shown = inode.current;
    this.#tear(inode);
    if (this.#random.chance(0.5)) return;
    inode.current = shown;
    inode.lost = true;
  }

  #tear(inode: Inode): void {
    for (const change of inode.changes) this.#keepSome(inode, change);
    inode.changes = [];
    inode.current = inode.durable;
    inode.lost = false;
  }

  #keepSome(inode: Inode, change: Change): void {
    const kept = this.#random.between(0, 3);
    if (kept === 0) return;
    this.#count('torn write');
    if (kept === 1) inode.keep(change);
    else if (kept === 2) {
      const size = change.at + this.#random.between(0, change.bytes.length);
      const sectors = change.bytes.slice(0, sectorEnd(size) - change.at);
      inode.keep({ at: change.at, bytes: sectors }, size);
    } else inode.keep({ at: change.at, bytes: this.#someSectors(inode, change) });
  }

  /** The file has its new length, but some sectors of it hold what they held before. */
  #someSectors(inode: Inode, { at, bytes }: Change): Uint8Array {
    const torn = bytes.slice();
    for (let start = at; start < at + bytes.length; ) {
      const end = Math.min(sectorEnd(start + 1), at + bytes.length);
      if (this.#random.chance(0.5)) {
        torn.fill(0, start - at, end - at);
        torn.set(inode.held(start, end), start - at);
      }
      start = end;
    }
    return torn;
  }
}

/** Where the sector ends that holds the byte before `size`. */
function sectorEnd(size: number): number {
  return Math.ceil(size / SECTOR_BYTES) * SECTOR_BYTES;
}

function ioError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${what}`), { code });
}
