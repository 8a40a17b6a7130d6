import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { equalBytes } from '../../../src/common/bytes.ts';
import { ZERO_HASH } from '../../../src/common/hash.ts';
import { verify } from '../../../src/common/signature.ts';
import { type Block, encodeBlock, type Header, makeBlock } from '../../../src/ledger/block.ts';
import { genesisValidators } from '../../../src/ledger/genesis.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { stateRootOf } from '../../../src/ledger/merkle/sparse.ts';
import type { Certificate } from '../../../src/ledger/vote.ts';
import { checkAll } from '../../../src/signatures/rules.ts';
import { kvKey } from '../../../src/state/kv/buckets.ts';
import { assemble, examine, type ReadBlock } from '../../../src/state/read-block.ts';
import { Replay, type ReplayResult } from '../../../src/state/replay.ts';
import { memoryKv } from '../../support/memory-kv.ts';
import {
  type Bench,
  bench,
  certificateOf,
  finals,
  genesisWith,
  keysOf,
  MEMBER_IDS,
  memberNamed,
  put,
  signed,
  statement,
} from './fixture.ts';
import { approved, putMember, ready, removeMember } from './members.ts';

type Fetched = readonly [Block, Certificate | undefined][];

const genesis = signed(genesisWith());

/** A chain of five blocks with everything really signed; the certificates on two and five. */
async function madeChain(): Promise<{ b: Bench; fetched: Fetched }> {
  const b = await bench({ genesis });
  const make = (...operations: Parameters<Bench['make']>[0]) =>
    b.make(operations, { really: true });
  const one = b.propose([make(statement('a')), make(put('globex/x', 'k', 'v'))]);
  const two = b.propose([make(put('acme/x', 'k', 'v'))], one);
  const three = b.propose([], two);
  const four = b.propose([make(statement('b'), statement('c'))], three);
  const five = b.propose([], four);
  await b.ledger.finalize(finals([one, two], true));
  await b.ledger.finalize(finals([three, four, five], true));
  const blocks = [one, two, three, four, five];
  const fetched = blocks.map(
    (block) => [block, b.ledger.certificate(block.header.height)] as const,
  );
  return { b, fetched: fetched.map(([block, certificate]) => [block, certificate]) };
}

async function replayed(fetched: Fetched, store = memoryKv()): Promise<ReplayResult> {
  const replay = new Replay({ store, signedGenesis: genesis, verify });
  for (const [block, certificate] of fetched) {
    const applied = await replay.apply(block, certificate);
    if (!applied.ok) return applied;
  }
  return replay.finish();
}

const examined = (chain: Uint8Array, bytes: Uint8Array) =>
  examine(chain, bytes, (checks) => checkAll(checks, 'consensus'));

function readBack(chain: Uint8Array, block: Block): ReadBlock {
  const found = examined(chain, encodeBlock(block));
  assert.ok(found.ok);
  return assemble(chain, found.value);
}

function assertDiverges(result: ReplayResult, height: number): void {
  assert.ok(!result.ok);
  assert.equal(result.code, 'REPLAY_DIVERGENCE');
  assert.equal(result.height, height);
  assert.ok(result.message.includes(`block ${height}`));
}

suite('replay', () => {
  test('that keeps the state alone comes to the same, and keeps no blocks', async () => {
    const { fetched } = await madeChain();
    const [all, alone] = [memoryKv(), memoryKv()];
    const replays = [
      new Replay({ store: all, signedGenesis: genesis, verify }),
      new Replay({ store: alone, signedGenesis: genesis, verify, keep: 'state' }),
    ];
    for (const replay of replays) {
      // Each of the last blocks is judged by what the store has of the ones before.
      for (const [block, certificate] of fetched) {
        assert.ok((await replay.apply(block, certificate)).ok);
        await replay.flush();
      }
    }
    const [kept, forgotten] = replays;
    assert.deepEqual(await forgotten?.finish(), await kept?.finish());
    assert.deepEqual(forgotten?.stateRoot, kept?.stateRoot);
    assert.deepEqual(forgotten?.checkpoint, kept?.checkpoint);
    assert.ok(all.get(kvKey.block(1)) !== undefined && alone.get(kvKey.block(1)) === undefined);
  });

  test('of examined bytes comes to the same, and finds a bad signature', async () => {
    const { b, fetched } = await madeChain();
    const replay = new Replay({ store: memoryKv(), signedGenesis: genesis, verify });
    for (const [block, certificate] of fetched) {
      const { block: read, received } = readBack(b.chain, block);
      assert.deepEqual(
        received?.good,
        block.transactions.map(() => true),
      );
      assert.deepEqual([read.hash, read.header], [block.hash, block.header]);
      assert.ok((await replay.apply(read, certificate, received)).ok);
    }
    assert.deepEqual(await replay.finish(), await replayed(fetched));
    const [[first]] = fetched as unknown as [[Block]];
    const forged = first.transactions.map((bytes) => bytes.with(-1, (bytes.at(-1) as number) ^ 1));
    const changed = withHeader({ ...first, transactions: forged }, { txRoot: merkleRoot(forged) });
    const other = readBack(b.chain, changed);
    assert.deepEqual(other.received?.good, [false, false]);
    const refused = new Replay({ store: memoryKv(), signedGenesis: genesis, verify });
    assertDiverges(await refused.apply(other.block, undefined, other.received), 1);
  });

  test('bytes that are no block of the chain are found, whatever byte was changed', async () => {
    const { b, fetched } = await madeChain();
    const [[first]] = fetched as unknown as [[Block]];
    const { headerBytes, transactions } = first;
    const bytes = encodeBlock(first);
    const from = bytes.length - transactions.reduce((sum, { length }) => sum + length, 0);
    for (let at = 0; at < bytes.length; at++) {
      const read = examined(b.chain, bytes.with(at, (bytes[at] as number) ^ 1));
      // A header may be changed into another one, which isn't the child of its parent.
      const inHeader = at < from && headerBytes.length + 8 > at;
      assert.ok(inHeader || !read.ok, `byte ${at}`);
      if (read.ok) assert.notDeepEqual(assemble(b.chain, read.value).block.hash, first.hash);
    }
  });

  test('an honest chain gives the same state', async () => {
    const { b, fetched } = await madeChain();
    const replay = new Replay({ store: memoryKv(), signedGenesis: genesis, verify });
    assert.ok((await replay.apply(b.ledger.block(0) as Block)).ok);
    for (const [block, certificate] of fetched) {
      assert.ok((await replay.apply(block, certificate)).ok);
    }
    assert.deepEqual(await replay.finish(), {
      ok: true,
      value: { height: 5, transactions: 4, rejected: 1 },
    });
    assert.deepEqual(replay.stateRoot, stateRootOf(b.chain, b.ledger.state().treeRoot));
  });

  test('goes on where an earlier run stopped', async () => {
    const { fetched } = await madeChain();
    const store = memoryKv();
    assert.ok((await replayed(fetched.slice(0, 2), store)).ok);
    assertDiverges(await replayed(fetched.slice(2, 4), store), 3);
    const last = await replayed(fetched.slice(4), store);
    assert.ok(last.ok);
    assert.equal(last.value.height, 5);
  });

  test('a tail without finalization is refused', async () => {
    const { fetched } = await madeChain();
    assertDiverges(await replayed(fetched.slice(0, 4)), 3);
    assert.ok((await replayed(fetched.slice(0, 2))).ok);
  });

  test('a missing, repeated or foreign block is refused', async () => {
    const { b, fetched } = await madeChain();
    assertDiverges(await replayed(fetched.toSpliced(2, 1)), 3);
    assertDiverges(await replayed(fetched.toSpliced(2, 0, ...fetched.slice(1, 2))), 3);
    const foreign = withHeader(b.ledger.block(0) as Block, { time: 1 });
    assertDiverges(await replayed([[foreign, undefined], ...fetched]), 0);
  });

  test('every changed field of a header is found, at its block or the next', async () => {
    const { fetched } = await madeChain();
    const [block] = fetched[3] as [Block, undefined];
    const { header } = block;
    const lies: Partial<Header>[] = [
      { epoch: 2 },
      { height: 9 },
      { view: header.view - 1 },
      { time: header.time - 2 },
      { proposer: 'ada' === header.proposer ? 'bob' : 'ada' },
      { parent: ZERO_HASH },
      { txRoot: ZERO_HASH },
      { stateRoot: ZERO_HASH },
      { resultRoot: ZERO_HASH },
      { historyRoot: ZERO_HASH },
      { validators: ZERO_HASH },
      { nextValidators: ZERO_HASH },
      { chain: ZERO_HASH },
    ];
    for (const lie of lies) {
      const bad = withHeader(block, lie);
      assertDiverges(await replayed(fetched.with(3, [bad, undefined])), 4);
    }
    // What the rules allow breaks the link from the next block, which a quorum finalized.
    for (const other of [{ view: header.view + 4 }, { time: header.time + 1 }]) {
      assertDiverges(await replayed(fetched.with(3, [withHeader(block, other), undefined])), 5);
    }
  });

  test('changed, dropped and added transactions are found', async () => {
    const { b, fetched } = await madeChain();
    const [block] = fetched[0] as [Block, undefined];
    const [first] = block.transactions as [Uint8Array];
    const flipped = first.with(first.length - 1, (first.at(-1) as number) ^ 1);
    for (const transactions of [
      [flipped, ...block.transactions.slice(1)],
      block.transactions.slice(1),
      [...block.transactions, first],
      [...block.transactions, b.make([statement('unsigned')]).bytes],
    ]) {
      const keptRoot = { ...block, transactions };
      assertDiverges(await replayed(fetched.with(0, [keptRoot, undefined])), 1);
      const txRoot = merkleRoot(transactions);
      const remade = makeBlock({ ...block.header, txRoot }, transactions);
      const result = await replayed(fetched.with(0, [remade, undefined]));
      assert.ok(!result.ok && result.height <= 2);
    }
  });

  test('a certificate counts only where a quorum finalized this very block', async () => {
    const { fetched } = await madeChain();
    const [block, certificate] = fetched[4] as [Block, Certificate];
    const [first, second] = certificate.signatures;
    assert.ok(first !== undefined && second !== undefined);
    const bad: Certificate[] = [
      { ...certificate, signatures: certificate.signatures.slice(1) },
      { ...certificate, signatures: certificate.signatures.with(1, { ...first, validator: 1 }) },
      { ...certificate, view: certificate.view + 1 },
      { ...certificate, epoch: 2 },
      { ...certificate, kind: 1 },
      { ...certificate, block: ZERO_HASH },
      certificateOf(block, false),
      certificateOf((fetched[3] as [Block, undefined])[0], true),
    ];
    for (const forged of bad) {
      assertDiverges(await replayed(fetched.with(4, [block, forged])), 5);
    }
  });

  test('a genesis that not all members signed is refused', async () => {
    const { fetched } = await madeChain();
    const signedGenesis = { ...genesis, signatures: genesis.signatures.slice(1) };
    const replay = new Replay({ store: memoryKv(), signedGenesis, verify });
    const [block] = fetched[0] as [Block, undefined];
    assertDiverges(await replay.apply(block), 0);
    assertDiverges(await replay.finish(), 0);
  });
});

suite('replay across epochs', () => {
  const left = MEMBER_IDS.slice(0, 3);

  /** A member leaves, a key rotates, an epoch ends by length; everything is really signed. */
  async function epochs(): Promise<{ b: Bench; fetched: Fetched }> {
    const short = signed(genesisWith({ epochBlocksMax: 6 }));
    const b = await bench({ genesis: short, really: true });
    const rotated = memberNamed('ada', { validatorKey: keysOf('validator ada new').publicKey });
    await b.grow(...approved(b, [removeMember('dan')]));
    await b.grow();
    await b.grow(b.make([statement('a')]), ...approved(b, [putMember(rotated)], left));
    await b.grow(ready(b, 'ada', 'validator ada new'));
    await b.grow();
    for (let i = 0; i < 8; i++) await b.grow(b.make([statement(`${i}`)]));
    const { height } = b.ledger.head.header;
    const heights = Array.from({ length: height }, (_, i) => i + 1);
    const fetched = heights.map(
      (at) => [b.ledger.block(at) as Block, b.ledger.certificate(at)] as const,
    );
    return { b, fetched: fetched.map(([block, certificate]) => [block, certificate]) };
  }

  async function replayedShort(fetched: Fetched): Promise<ReplayResult> {
    const signedGenesis = signed(genesisWith({ epochBlocksMax: 6 }));
    const replay = new Replay({ store: memoryKv(), signedGenesis, verify });
    for (const [block, certificate] of fetched) {
      const applied = await replay.apply(block, certificate);
      if (!applied.ok) return applied;
    }
    return replay.finish();
  }

  test('an honest chain gives the same state', async () => {
    const { b, fetched } = await epochs();
    assert.equal(b.ledger.epoch.number, 4);
    const done = await replayedShort(fetched);
    assert.ok(done.ok);
    assert.equal(done.value.height, 13);
    assert.equal(done.value.rejected, 0);
    // Certificates of blocks that end no epoch may be left out.
    const boundaries = [2, 5, 11, 13];
    const few = fetched.map(([block, certificate]): Fetched[number] => [
      block,
      boundaries.includes(block.header.height) ? certificate : undefined,
    ]);
    assert.ok((await replayedShort(few)).ok);
  });

  test('an epoch that ends without its own validators’ finalization is refused', async () => {
    const { fetched } = await epochs();
    const [boundary] = fetched[1] as [Block, undefined];
    assertDiverges(await replayedShort(fetched.with(1, [boundary, undefined])), 3);
    assertDiverges(await replayedShort([...fetched.slice(0, 1), [boundary, undefined]]), 2);
  });

  test('an epoch’s last block may be finalized in a later view, never in an earlier', async () => {
    const { b, fetched } = await epochs();
    const set = genesisValidators(b.ledger.genesis.genesis);
    const [boundary] = fetched[1] as [Block, undefined];
    const { view } = boundary.header;
    const at = (other: number): Certificate => certificateOf(boundary, true, set, other);
    assert.ok((await replayedShort(fetched.with(1, [boundary, at(view + 5)]))).ok);
    assertDiverges(await replayedShort(fetched.with(1, [boundary, at(view - 1)])), 2);
    const [plain] = fetched[0] as [Block, undefined];
    const later = certificateOf(plain, true, set, plain.header.view + 1);
    assertDiverges(await replayedShort(fetched.with(0, [plain, later])), 1);
  });

  test('votes count only of the epoch’s own validators', async () => {
    const { fetched } = await epochs();
    // The third epoch's first block, with votes by the key that ada had before.
    const [first] = fetched[5] as [Block, undefined];
    assertDiverges(await replayedShort(fetched.with(5, [first, certificateOf(first, true)])), 6);
  });
});

function withHeader(block: Block, changes: Partial<Header>): Block {
  const remade = makeBlock({ ...block.header, ...changes }, block.transactions);
  assert.ok(!equalBytes(remade.hash, block.hash));
  return remade;
}
