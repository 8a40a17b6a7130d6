/** What a transaction takes of a node's disk, by what it is: small blocks, as under load. */
import path from 'node:path';
import { bucketOf } from '../../src/state/kv/buckets.ts';
import { openClassicKv } from '../../src/state/kv/classic.ts';
import { itemsOf } from '../../src/state/tree/chunks.ts';
import { ITEM } from '../../src/state/tree/item-writer.ts';
import { foundedFor, makeChain } from '../chain/make.ts';
import { notarization } from '../chain/transactions.ts';
import { Consortium } from '../consortium.ts';
import { diskBytes } from '../disk.ts';
import { figure, type Scenario } from '../scenario.ts';

const TRANSACTIONS = 50_000;
const PER_BLOCK = 200;
const BYTES_MAX = 1_200;
/** What takes less of a transaction is of a block, or of lists. */
const BYTES_NAMED = 1;

export const disk: Scenario = {
  name: 'disk',
  summary: `bytes on disk for a transaction in blocks of ${PER_BLOCK}, by what they are`,
  rounds: 1,
  async run({ basePort, transactions = TRANSACTIONS }) {
    const blocks = Math.ceil(transactions / PER_BLOCK);
    const plan = { basePort, validators: 4, now: foundedFor(blocks) };
    return Consortium.with(plan, async (consortium) => {
      const dir = path.join(consortium.folder.dir, 'chain');
      await makeChain(consortium, dir, { blocks, perBlock: PER_BLOCK, make: notarization });
      const { folder, kinds } = await bytesOf(dir);
      const perTransaction = (bytes: number): number => bytes / (blocks * PER_BLOCK);
      let rest = 0;
      const named: [string, number][] = [];
      for (const [kind, bytes] of kinds) {
        if (perTransaction(bytes) >= BYTES_NAMED) named.push([kind, bytes]);
        else rest += bytes;
      }
      named.sort((a, b) => b[1] - a[1]).push(['all others', rest]);
      return [
        figure('the folder', 'B/tx', [perTransaction(folder)], {
          name: 'diskBytesPerTx',
          must: { atMost: BYTES_MAX },
        }),
        ...named.map(([kind, bytes]) => figure(kind, 'B/tx', [perTransaction(bytes)])),
      ];
    });
  },
};

/** Of keys and values as they are written, before LevelDB compresses them; and of the folder. */
async function bytesOf(
  dir: string,
): Promise<{ readonly folder: number; readonly kinds: ReadonlyMap<string, number> }> {
  const store = await openClassicKv(dir, { durable: false });
  // Now, when its log has become a table: reading all of it makes LevelDB merge tables, and for a
  // while it has both.
  const folder = await diskBytes(dir);
  const kinds = new Map<string, number>();
  const add = (kind: string, bytes: number): void => {
    kinds.set(kind, (kinds.get(kind) ?? 0) + bytes);
  };
  const names = { [ITEM.VALUE]: 'values', [ITEM.RECORD]: 'records', [ITEM.KEPT]: 'list items' };
  const all = { from: Uint8Array.of(0), to: Uint8Array.of(0xff) };
  for await (const { key, value } of store.iterate(all)) {
    const bucket = bucketOf(key) ?? 'unknown';
    if (bucket !== 'treeChunk') {
      add(bucket, key.length + value.length);
      continue;
    }
    add('treeChunk: keys and lengths', key.length + value.length);
    for (const item of itemsOf(value)) {
      if (item === undefined) continue;
      add('treeChunk: keys and lengths', -item.bytes.length);
      add(`treeChunk: ${names[item.kind]}`, item.bytes.length);
    }
  }
  await store.close();
  return { folder, kinds };
}
