/** The simulator's disk leaves what a disk can leave, and the log comes through all of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Wal } from '../../src/consensus/ports.ts';
import { SALT_BYTES } from '../../src/consensus/wal/framing.ts';
import { openWal } from '../../src/consensus/wal/wal.ts';
import { SimDisk } from './disk.ts';
import { Prng } from './prng.ts';
import { Run } from './run.ts';
import { Schedule } from './schedule.ts';

const FILE = '/log/file';
const SEEDS = 200;
const LIVES = 12;
/** A call of a process that died never comes back: so long it is waited for, virtual ms. */
const LIFE_MS = 40;

/** The log on a machine whose processes die and whose power fails, at any moment. */
class Machine {
  readonly random: Prng;
  readonly #schedule: Schedule;
  readonly #disk: SimDisk;
  #run: Run;
  /** What was acknowledged, and what was about to be. */
  readonly kept: string[] = [];
  readonly begun: string[] = [];

  constructor(seed: number) {
    this.random = new Prng(seed);
    this.#schedule = new Schedule(this.random.fork('schedule'));
    const random = this.random.fork('disk');
    this.#disk = new SimDisk({ random, point: () => {}, count: () => {} });
    this.#disk.faults = { syncFails: 0.2, syncSlow: 0 };
    this.#run = this.#newRun();
  }

  #newRun(): Run {
    return new Run(this.#schedule, { offsetMs: 0, rate: 1 });
  }

  /** A process opens the log and appends to it until it dies or the disk fails. */
  async live(): Promise<void> {
    let failure: unknown;
    this.#work().catch((error: unknown) => {
      failure = error;
    });
    const end = this.#schedule.now + this.random.next() * LIFE_MS;
    do await new Promise(setImmediate);
    while (failure === undefined && this.#schedule.runNext(end));
    if (failure !== undefined) assert.equal((failure as { code?: string }).code, 'WAL_IO');
    this.#run.end();
    this.#run = this.#newRun();
    if (this.random.chance(0.5)) this.#disk.powerCut();
  }

  async #work(): Promise<void> {
    const salt = () => Uint8Array.from({ length: SALT_BYTES }, () => this.random.between(0, 255));
    const wal = await openWal(FILE, undefined, { files: this.#disk.files(this.#run), salt });
    this.#check(wal);
    for (;;) {
      const record = new Uint8Array(this.random.between(1, 1_200)).fill(this.begun.length);
      this.begun.push(textOf(record));
      await wal.append([record]);
      this.kept.push(textOf(record));
    }
  }

  /** All that was acknowledged is there, and perhaps the write that was under way. */
  #check(wal: Wal): void {
    const found = wal.records().map(textOf);
    const added = found.slice(this.kept.length);
    assert.deepEqual(found.slice(0, this.kept.length), this.kept);
    assert.ok(added.length === 0 || (added.length === 1 && added[0] === this.begun.at(-1)));
    this.kept.push(...added);
  }
}

function textOf(record: Uint8Array): string {
  return `${record[0]} ${record.length}`;
}

describe('a log on the disk of the simulator', () => {
  it('keeps what it acknowledged, and what a crash leaves is no damage to it', async () => {
    let kept = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const machine = new Machine(seed);
      for (let life = 0; life < LIVES; life++) await machine.live();
      kept += machine.kept.length;
    }
    assert.ok(kept > SEEDS * LIVES, `${kept} records`);
  });
});
