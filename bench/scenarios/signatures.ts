/**
 * What the check of one signature costs on one thread: by libsodium, and by the tables of keys that
 * sign often, of which more lie in memory than in the processor's cache the more keys there are.
 */
import { sha256 } from '../../src/common/hash.ts';
import type { SignatureCheck } from '../../src/common/signature.ts';
import { keyPairOf, sign } from '../../src/common/signature.ts';
import { checkAll, checkAllBy } from '../../src/signatures/rules.ts';
import { BUILD_AFTER, KEY_TABLES_MAX, KeyTables } from '../../src/signatures/tables.ts';
import { Arithmetic, prepare } from '../../src/signatures/wasm/arithmetic.ts';
import { ROOM } from '../../src/signatures/wasm/layout.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const KEYS = [1, 4, 16, 64, KEY_TABLES_MAX];
const SIGNATURES = 64 * ROOM;

export const signatures: Scenario = {
  name: 'signatures',
  summary: `the check of one of ${SIGNATURES} signatures: libsodium, and tables for so many keys`,
  rounds: 5,
  async run({ rounds, say, keys = KEYS }) {
    const figures: Figure[] = [];
    for (const count of keys) {
      say(`${count} keys`);
      const checks = makeChecks(count);
      const tables = tablesFor(checks.slice(0, count));
      const by = checkAllBy(tables);
      const measure = (work: () => void): number[] => {
        work(); // for the compiler
        return Array.from({ length: rounds }, () => microsOf(work) / SIGNATURES);
      };
      const one = ({ signature, message, key }: SignatureCheck): void => {
        by([{ signature, message, key }], 'consensus');
      };
      const row = (what: string, work: () => void): void => {
        figures.push(figure(what, 'µs', measure(work)));
      };
      if (count === keys[0]) {
        row('libsodium', () => inRooms(checks, (some) => checkAll(some, 'consensus')));
      }
      const who = count === 1 ? '1 key' : `${count} keys`;
      row(`tables of ${who}, ${ROOM} at a time`, () =>
        inRooms(checks, (some) => by(some, 'consensus')),
      );
      if (count === keys[0]) row(`tables of ${who}, one at a time`, () => checks.forEach(one));
    }
    figures.push(buildFigure(rounds));
    return figures;
  },
};

function makeChecks(keys: number): SignatureCheck[] {
  const pairs = Array.from({ length: keys }, (_, i) => keyPairOf(sha256(Uint8Array.of(1, i))));
  return Array.from({ length: SIGNATURES }, (_, i) => {
    const message = sha256(Uint8Array.of(2, i & 255, i >> 8));
    const pair = pairs[i % keys] as (typeof pairs)[number];
    return { signature: sign(message, pair), message, key: pair.publicKey };
  });
}

function tablesFor(checks: readonly SignatureCheck[]): KeyTables {
  const tables = new KeyTables(checks.length, () => new Arithmetic(prepare(checks.length)));
  for (const { key } of checks) {
    for (let i = 0; i < BUILD_AFTER; i++) tables.count(key);
    tables.check([]);
  }
  return tables;
}

function inRooms(
  checks: readonly SignatureCheck[],
  check: (some: readonly SignatureCheck[]) => Uint8Array,
): void {
  for (let from = 0; from < checks.length; from += ROOM) {
    if (check(checks.slice(from, from + ROOM)).includes(0)) throw new Error('a signature is bad');
  }
}

/** A table, of many that are built in the place of one another. */
function buildFigure(rounds: number): Figure {
  const arithmetic = new Arithmetic(prepare(1));
  const key = keyPairOf(sha256(Uint8Array.of(3))).publicKey.subarray(1);
  const build = (): void => {
    for (let i = 0; i < ROOM; i++) arithmetic.build(0, key);
  };
  build();
  const values = Array.from({ length: rounds }, () => microsOf(build) / ROOM);
  return figure('a table is built', 'µs', values);
}

function microsOf(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}
