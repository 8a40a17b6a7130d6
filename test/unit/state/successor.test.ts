/** A chain that lost its quorum, and the one that goes on from its last final block. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toHex } from '../../../src/common/bytes.ts';
import { verify } from '../../../src/common/signature.ts';
import { type Block, blockHash } from '../../../src/ledger/block.ts';
import { headerInHistory, trustOf, verifyFinality } from '../../../src/ledger/finality.ts';
import { firstBlock } from '../../../src/ledger/first-block.ts';
import {
  chainOf,
  type Genesis,
  genesisValidators,
  type Predecessor,
  ROLE,
  signGenesis,
} from '../../../src/ledger/genesis.ts';
import { formatGenesisFile, parseGenesisFile } from '../../../src/ledger/genesis-file.ts';
import {
  type Ancestor,
  type FullGenesis,
  verifyGenesis,
} from '../../../src/ledger/genesis-signatures.ts';
import { makeMemberRequest } from '../../../src/ledger/requests.ts';
import { buildSuccessor, type SuccessorInputs } from '../../../src/ledger/successor-build.ts';
import type { Certificate } from '../../../src/ledger/vote.ts';
import type { KvStore } from '../../../src/state/kv/kv.ts';
import * as queries from '../../../src/state/queries.ts';
import { Replay } from '../../../src/state/replay.ts';
import { StateMachine } from '../../../src/state/state-machine.ts';
import { memoryKv } from '../../support/memory-kv.ts';
import {
  assetNamed,
  type Bench,
  bench,
  genesisWith,
  keysOf,
  memberNamed,
  put,
  seal,
  signed,
  statement,
} from './fixture.ts';
import { approved, putMember, ready } from './members.ts';

type Stored = readonly [Block, Certificate | undefined];

interface Lost {
  readonly old: FullGenesis;
  readonly store: KvStore;
  readonly blocks: readonly Stored[];
  readonly links: Ancestor['links'];
  readonly inputs: SuccessorInputs;
}

const OLD = signed(genesisWith());
/** Bob's new node; cyd and dan have none any more. */
const BOB = memberNamed('bob', {
  validatorKey: keysOf('bob again').publicKey,
  nodeKey: keysOf('bob again node').publicKey,
});
const EVE = memberNamed('eve');

function requestOf(member: typeof BOB) {
  const keys = [
    keysOf(`member ${member.id}`),
    ...(member === BOB
      ? [keysOf('bob again'), keysOf('bob again node')]
      : [keysOf(`validator ${member.id}`), keysOf(`node ${member.id}`)]),
  ];
  return makeMemberRequest(OLD.genesis.time + 1, member, keys);
}

/** Blocks with statements, and where `grown`, an epoch of other validators. */
async function lose(grown = false): Promise<Lost> {
  const store = memoryKv();
  const b = await bench({ genesis: OLD, store, really: true });
  const make = (...operations: Parameters<Bench['make']>[0]) =>
    b.make(operations, { really: true });
  await b.grow(make(statement('a')), make(put('acme/x', 'k', 'v')));
  if (grown) {
    const zoe = memberNamed('zoe');
    const really: Bench = { ...b, make: (of, parts) => b.make(of, { really: true, ...parts }) };
    await b.grow(...approved(really, [putMember(zoe)]));
    await b.grow(ready(really, 'zoe'));
    await b.grow();
  }
  await b.grow(make(statement('b')));
  const { height } = b.ledger.head.header;
  const blocks = Array.from({ length: height + 1 }, (_, at): Stored => {
    return [b.ledger.block(at) as Block, b.ledger.certificate(at)];
  });
  const links = await b.ledger.validatorLinks(1, 64);
  const machine = await StateMachine.open({
    store,
    genesis: OLD.genesis,
    verifyTransaction: () => true,
  });
  const reader = b.ledger.state();
  const inputs = {
    name: 'heir',
    before: OLD.genesis,
    predecessor: machine.predecessor as Predecessor,
    parameters: queries.parameters(reader),
    members: queries.members(reader).map(({ member }) => member),
    keeps: ['ada'],
    requests: [requestOf(BOB), requestOf(EVE)],
  };
  return { old: OLD, store, blocks, links, inputs };
}

function built(inputs: SuccessorInputs): Genesis {
  const made = buildSuccessor(inputs);
  assert.ok(made.ok, made.ok ? '' : made.message);
  return made.value;
}

function signedBy(lost: Lost, genesis: Genesis, ...ids: readonly string[]): FullGenesis {
  const signatures = ids.map((id) => signGenesis(genesis, id, keysOf(`member ${id}`)));
  return { genesis, signatures, ancestors: [{ signed: lost.old, links: lost.links }] };
}

const heirOf = (lost: Lost): FullGenesis => signedBy(lost, built(lost.inputs), 'ada', 'bob', 'dan');

async function codeOf(act: () => Promise<unknown>): Promise<string> {
  return act().then(
    () => 'ok',
    (error: { code: string }) => error.code,
  );
}

suite('a successor', () => {
  test('goes on from the state: everything stays but who validates', async () => {
    const lost = await lose();
    const heir = heirOf(lost);
    assert.deepEqual(verifyGenesis(heir, verify), { ok: true, value: null });
    const b = await bench({ genesis: heir, store: lost.store, really: true });
    const { header } = b.ledger.head;
    assert.equal(header.height, lost.blocks.length);
    assert.deepEqual(header.parent, lost.blocks.at(-1)?.[0].hash);
    assert.deepEqual(b.ledger.epoch.number, 2);
    assert.deepEqual(
      b.ledger.epoch.validators.map(({ member }) => member),
      ['ada', 'bob', 'eve'],
    );
    const state = b.ledger.state();
    assert.equal(queries.publisher(state, 'acme')?.id, 'acme');
    assert.equal(queries.statementsOn(state, assetNamed('a')).length, 1);
    assert.deepEqual(queries.activeMembers(state), ['ada', 'bob', 'cyd', 'dan', 'eve']);
    assert.equal(queries.member(state, 'cyd')?.member.role, ROLE.OBSERVER);
    await seal(b.ledger, { time: header.time + 1, empty: true });
    assert.equal(b.ledger.recentStatements(undefined, 9).length, 2);
  });

  test('proves old blocks by its own finalizations', async () => {
    const lost = await lose();
    const heir = heirOf(lost);
    const b = await bench({ genesis: heir, store: lost.store, really: true });
    const newest = await seal(b.ledger, { time: b.ledger.head.header.time + 1, empty: true });
    const trust = trustOf(heir.genesis);
    const finality = b.ledger.finality(newest.header.height);
    assert.ok(finality);
    const final = verifyFinality({ trust, header: newest.headerBytes, finality, verify });
    assert.ok(final.ok);
    for (const [{ headerBytes, header, hash }] of lost.blocks) {
      const path = b.ledger.historyProof(header.height, newest.header.height);
      const read = headerInHistory(newest.header, headerBytes, path);
      assert.deepEqual(read, { ok: true, value: header });
      assert.deepEqual(b.ledger.blockHashAt(header.height), hash);
      assert.deepEqual(hash, blockHash(header.chain, headerBytes));
      const other = path.with(0, newest.hash);
      assert.equal(headerInHistory(newest.header, headerBytes, other).ok, false);
    }
    assert.deepEqual(await b.ledger.validatorLinks(1, 9), [], 'those before are not needed');
  });

  test('is opened again, and a second one goes on from it', async () => {
    const lost = await lose(true);
    const heir = heirOf(lost);
    const b = await bench({ genesis: heir, store: lost.store, really: true });
    await seal(b.ledger, { time: b.ledger.head.header.time + 1, empty: true });
    const { hash } = b.ledger.head;
    const again = await bench({ genesis: heir, store: lost.store });
    assert.deepEqual(again.ledger.head.hash, hash);
    assert.deepEqual(
      (await again.ledger.validatorsOf(1)).map(({ member }) => member),
      genesisValidators(OLD.genesis).map(({ member }) => member),
    );
    const machine = await StateMachine.open({
      store: lost.store,
      genesis: heir.genesis,
      verifyTransaction: () => true,
    });
    const inputs = {
      ...lost.inputs,
      before: heir.genesis,
      predecessor: machine.predecessor as Predecessor,
      members: queries.members(again.ledger.state()).map(({ member }) => member),
      keeps: ['eve'],
      requests: [],
    };
    const genesis = built(inputs);
    const ids = ['ada', 'bob', 'cyd', 'eve'];
    const second: FullGenesis = {
      genesis,
      signatures: ids.map((id) => signGenesis(genesis, id, keysOf(`member ${id}`))),
      ancestors: [...(heir.ancestors ?? []), { signed: heir, links: [] }],
    };
    assert.deepEqual(verifyGenesis(second, verify), { ok: true, value: null });
    const file = parseGenesisFile(formatGenesisFile(second));
    assert.ok(file.ok && verifyGenesis(file.value, verify).ok, 'also from its file');
    const third = await bench({ genesis: second, store: lost.store });
    assert.equal(third.ledger.epoch.number, b.ledger.epoch.number + 1);
  });

  for (const keep of ['chain', 'state'] as const) {
    test(`is replayed through both chains, keeping the ${keep}`, async () => {
      const lost = await lose(true);
      const heir = heirOf(lost);
      const b = await bench({ genesis: heir, store: lost.store, really: true });
      const make = b.make([statement('c')], { really: true });
      await b.grow(make);
      const { height } = b.ledger.head.header;
      const store = memoryKv();
      const replay = new Replay({ store, signedGenesis: heir, verify, keep });
      for (let at = 0; at <= height; at++) {
        const done = await replay.apply(b.ledger.block(at) as Block, b.ledger.certificate(at));
        assert.ok(done.ok, done.ok ? '' : done.message);
      }
      const finished = await replay.finish();
      assert.ok(finished.ok && finished.value.height === height);
      if (keep === 'state') return;
      const kept = await bench({ genesis: heir, store });
      assert.deepEqual(kept.ledger.head.hash, b.ledger.head.hash, 'a node can start on it');
    });
  }

  test('is refused by a replay where its first block or its state is another', async () => {
    const lost = await lose();
    const heir = heirOf(lost);
    const through = async (full: FullGenesis, first: Block) => {
      const replay = new Replay({ store: memoryKv(), signedGenesis: full, verify });
      for (const stored of lost.blocks) await replay.apply(...stored);
      return replay.apply(first);
    };
    const forged = signedBy(
      lost,
      built({
        ...lost.inputs,
        predecessor: { ...lost.inputs.predecessor, treeRoot: new Uint8Array(32) },
      }),
      'ada',
      'bob',
      'dan',
    );
    const outcomes = [
      await through(heir, firstBlock(heir.genesis)),
      await through(heir, firstBlock(forged.genesis)),
      await through(forged, firstBlock(forged.genesis)),
    ];
    assert.deepEqual(
      outcomes.map((each) => each.ok),
      [true, false, false],
    );
    const early = new Replay({ store: memoryKv(), signedGenesis: heir, verify });
    await early.apply(...(lost.blocks[1] as Stored));
    assert.equal((await early.apply(firstBlock(heir.genesis))).ok, false, 'blocks are missing');
  });
});

suite('a successor is refused', () => {
  const rows: readonly [string, (lost: Lost, heir: FullGenesis) => FullGenesis, string][] = [
    ['signed by enough', (_, heir) => heir, 'ok'],
    [
      'signed by too few',
      (lost, { genesis }) => signedBy(lost, genesis, 'ada', 'bob'),
      'GENESIS_UNSIGNED',
    ],
    [
      'signed by one twice',
      (lost, { genesis }) => signedBy(lost, genesis, 'ada', 'bob', 'bob'),
      'GENESIS_SIGNATURE',
    ],
    [
      'signed by a new member',
      (lost, { genesis }) => signedBy(lost, genesis, 'ada', 'bob', 'eve'),
      'GENESIS_SIGNATURE',
    ],
    [
      'signed for another',
      (lost, heir) => {
        const { signatures } = signedBy(lost, { ...heir.genesis, name: 'x' }, 'ada', 'bob', 'dan');
        return { ...heir, signatures };
      },
      'GENESIS_SIGNATURE',
    ],
    ['without the chain before', (_, heir) => ({ ...heir, ancestors: [] }), 'SUCCESSOR_CHAIN'],
    [
      'with another chain before',
      (lost, heir) => {
        const other = signed({ ...OLD.genesis, name: 'other' });
        return { ...heir, ancestors: [{ signed: other, links: lost.links }] };
      },
      'SUCCESSOR_CHAIN',
    ],
    [
      'with a chain before whose genesis is not signed',
      (lost, heir) => ({
        ...heir,
        ancestors: [{ signed: { ...OLD, signatures: [] }, links: lost.links }],
      }),
      'SUCCESSOR_CHAIN',
    ],
    [
      'after a block that is not final',
      (lost) => {
        const [block] = lost.blocks[1] as Stored;
        const predecessor = { ...lost.inputs.predecessor, header: block.headerBytes };
        return signedBy(lost, built({ ...lost.inputs, predecessor }), 'ada', 'bob', 'dan');
      },
      'SUCCESSOR_FINALITY',
    ],
    [
      'by a certificate of too few',
      (lost) => {
        const { certificate } = lost.inputs.predecessor;
        const few = { ...certificate, signatures: certificate.signatures.slice(1) };
        const predecessor = { ...lost.inputs.predecessor, certificate: few };
        return signedBy(lost, built({ ...lost.inputs, predecessor }), 'ada', 'bob', 'dan');
      },
      'SUCCESSOR_FINALITY',
    ],
  ];
  for (const [what, change, code] of rows) {
    test(`${what}: ${code}`, async () => {
      const lost = await lose();
      const checked = verifyGenesis(change(lost, heirOf(lost)), verify);
      assert.equal(checked.ok ? 'ok' : checked.code, code);
    });
  }

  test('without the links to the validators that finalized last', async () => {
    const lost = await lose(true);
    assert.equal(lost.links.length, 1);
    assert.ok(verifyGenesis(heirOf(lost), verify).ok);
    const checked = verifyGenesis(heirOf({ ...lost, links: [] }), verify);
    assert.equal(checked.ok ? 'ok' : checked.code, 'SUCCESSOR_FINALITY');
  });

  test('by a store that stands elsewhere, and nothing is changed there', async () => {
    const lost = await lose();
    const heir = heirOf(lost);
    const open = (store: KvStore, genesis = heir) => bench({ genesis, store });
    assert.equal(await codeOf(() => open(memoryKv())), 'SUCCESSOR_STORE');
    const ahead = await bench({ genesis: OLD, store: lost.store, really: true });
    await ahead.grow();
    assert.equal(await codeOf(() => open(lost.store)), 'SUCCESSOR_HEAD');
    const still = await bench({ genesis: OLD, store: lost.store });
    assert.deepEqual(still.ledger.head.hash, ahead.ledger.head.hash);
    const behind = memoryKv();
    await bench({ genesis: OLD, store: behind });
    assert.equal(await codeOf(() => open(behind)), 'SUCCESSOR_HEAD');
    const stranger = memoryKv();
    await bench({ genesis: signed({ ...OLD.genesis, name: 'x' }), store: stranger });
    assert.equal(await codeOf(() => open(stranger)), 'GENESIS_MISMATCH');
  });

  const states: readonly [string, (inputs: SuccessorInputs) => Genesis][] = [
    [
      'drops a member',
      (inputs) => {
        const genesis = built(inputs);
        return { ...genesis, members: genesis.members.filter(({ id }) => id !== 'cyd') };
      },
    ],
    [
      'changes parameters',
      (inputs) => {
        const parameters = { ...inputs.parameters, heartbeatMs: 9_000 };
        return built({ ...inputs, parameters });
      },
    ],
    [
      'skips an epoch',
      (inputs) => {
        const predecessor = { ...inputs.predecessor, epoch: inputs.predecessor.epoch + 1 };
        return built({ ...inputs, predecessor });
      },
    ],
    [
      'names another state',
      (inputs) => {
        const predecessor = { ...inputs.predecessor, resultRoot: new Uint8Array(32) };
        return built({ ...inputs, predecessor });
      },
    ],
    [
      'takes a key of somebody else',
      (inputs) => {
        const nodeKey = keysOf('validator cyd').publicKey; // cyd has no validator any more
        return built({ ...inputs, requests: [requestOf({ ...EVE, nodeKey })] });
      },
    ],
  ];
  for (const [what, change] of states) {
    test(`where it ${what}`, async () => {
      const lost = await lose();
      const genesis = signedBy(lost, change(lost.inputs), 'ada', 'bob', 'dan');
      assert.equal(await codeOf(() => bench({ genesis, store: lost.store })), 'SUCCESSOR_STATE');
      const still = await bench({ genesis: OLD, store: lost.store });
      assert.equal(still.ledger.head.header.height, lost.blocks.length - 1);
    });
  }

  test('when it is built from what does not fit', async () => {
    const { inputs } = await lose();
    const codes = (change: Partial<SuccessorInputs>): string => {
      const made = buildSuccessor({ ...inputs, ...change });
      return made.ok ? 'ok' : made.code;
    };
    assert.equal(codes({}), 'ok');
    assert.equal(codes({ keeps: ['nobody'] }), 'SUCCESSOR_KEEPS');
    assert.equal(codes({ keeps: ['bob'] }), 'SUCCESSOR_KEEPS', 'its new entry was given, too');
    assert.equal(codes({ requests: [requestOf(EVE), requestOf(EVE)] }), 'GENESIS_DUPLICATE_ID');
    assert.equal(codes({ keeps: [], requests: [] }), 'GENESIS_INVALID', 'nobody validates');
    const order = built({ ...inputs, requests: inputs.requests.toReversed() });
    assert.equal(toHex(chainOf(order)), toHex(chainOf(built(inputs))));
  });
});
