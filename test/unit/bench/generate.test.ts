import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { generateChain } from '../../../bench/chain/generate.ts';
import { notarization } from '../../../bench/chain/transactions.ts';
import { chainOf } from '../../../src/ledger/genesis.ts';
import { openClassicKv } from '../../../src/state/kv/classic.ts';
import { openLedger } from '../../../src/state/ledger.ts';
import { genesisWith, keysOf, MEMBER_IDS, PUBLISHER_IDS, signed } from '../state/fixture.ts';

test('a chain that was made goes through epochs, each block final', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'ztc-generate-'));
  const genesis = signed(genesisWith({ epochBlocksMax: 4 }));
  const publisher = PUBLISHER_IDS[0] as string;
  const signer = { chain: chainOf(genesis.genesis), publisher, keys: keysOf(publisher) };
  try {
    await generateChain({
      dir,
      genesis,
      voters: new Map(MEMBER_IDS.map((id) => [id, keysOf(`validator ${id}`)])),
      blocks: 10,
      intervalMs: 1_000,
      transactions: (time) => [notarization(signer, time + 1_000)],
    });
    const ledger = await openLedger({
      store: await openClassicKv(dir),
      genesis,
      source: { candidates: () => [] },
      verifyTransaction: () => false,
    });
    const heights = Array.from({ length: 10 }, (_, i) => i + 1);
    const counts = heights.map((height) => ledger.block(height)?.transactions.length);
    // The genesis is the first epoch's first block.
    assert.deepEqual(counts, [1, 1, 0, 1, 1, 1, 0, 1, 1, 1]);
    assert.equal(ledger.head.header.height, 10);
    assert.equal(ledger.epoch.number, 3);
    assert.ok(heights.every((height) => ledger.certificate(height)?.signatures.length === 3));
    assert.ok(heights.every((height) => ledger.results(height).every(({ code }) => code === '')));
    await ledger.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
