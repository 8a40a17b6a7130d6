import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex } from '../../../src/common/bytes.ts';
import { encode, fromJson, toJson } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import {
  chainOf,
  checkGenesis,
  type Genesis,
  genesisSchema,
  genesisValidators,
  type Member,
  ROLE,
  type SignedGenesis,
  signGenesis,
} from '../../../src/ledger/genesis.ts';
import { verifyGenesis } from '../../../src/ledger/genesis-signatures.ts';
import { DEFAULT_PARAMETERS, type Parameters } from '../../../src/ledger/parameters.ts';
import {
  makeMemberRequest,
  makePublisherRequest,
  verifyMemberRequest,
  verifyPublisherRequest,
} from '../../../src/ledger/requests.ts';
import {
  acmeKeys,
  chain,
  flip,
  GENESIS_TIME,
  genesis,
  keysOf,
  members,
  signedGenesis,
} from './world.ts';

type Checked = { ok: true } | { ok: false; code: string };
const codeOf = (checked: Checked): string => (checked.ok ? 'ok' : checked.code);

const signatureOf = (id: string) => signGenesis(genesis, id, keysOf(`${id} member`));

describe('a genesis', () => {
  test('is the chain by its hash, and its signatures are not in it', () => {
    assert.deepEqual(chainOf(genesis), chain);
    assert.notEqual(toHex(chainOf({ ...genesis, name: 'other' })), toHex(chain));
    assert.notEqual(toHex(chainOf({ ...genesis, time: genesis.time + 1 })), toHex(chain));
  });

  test('comes back from JSON', () => {
    const json: unknown = JSON.parse(JSON.stringify(toJson(genesisSchema, genesis)));
    assert.deepEqual(fromJson(genesisSchema, json), { ok: true, value: genesis });
  });

  test('has validators in order of their ids, no observers', () => {
    assert.deepEqual(
      genesisValidators(genesis).map(({ member }) => member),
      ['alfa', 'bravo', 'charlie', 'delta'],
    );
  });

  const rows: readonly [string, Partial<SignedGenesis>, string][] = [
    ['signed by all', {}, 'ok'],
    [
      'one signature missing',
      { signatures: signedGenesis.signatures.slice(1) },
      'GENESIS_UNSIGNED',
    ],
    ['no signatures', { signatures: [] }, 'GENESIS_UNSIGNED'],
    [
      'a stranger too',
      { signatures: [...signedGenesis.signatures, signatureOf('zulu')] },
      'GENESIS_SIGNATURE',
    ],
    [
      'one by another key',
      {
        signatures: signedGenesis.signatures.with(
          0,
          signGenesis(genesis, 'alfa', keysOf('alfa validator')),
        ),
      },
      'GENESIS_SIGNATURE',
    ],
    [
      "another member's",
      {
        signatures: signedGenesis.signatures.with(0, { ...signatureOf('bravo'), member: 'alfa' }),
      },
      'GENESIS_SIGNATURE',
    ],
    ['for another genesis', { genesis: { ...genesis, name: 'other' } }, 'GENESIS_SIGNATURE'],
  ];
  for (const [what, change, code] of rows) {
    test(`${what}: ${code}`, () => {
      assert.equal(codeOf(verifyGenesis({ ...signedGenesis, ...change }, verify)), code);
    });
  }

  const [alfa, bravo] = members as [Member, Member];
  const changed = (change: Partial<Genesis>): string =>
    codeOf(checkGenesis({ ...genesis, ...change }));
  const under = (parameters: Partial<Parameters>): string =>
    changed({ parameters: { ...DEFAULT_PARAMETERS, ...parameters } });

  test('needs a validator', () => {
    const watching = { ...alfa, role: ROLE.OBSERVER, validatorKey: null };
    assert.equal(changed({ members: [watching] }), 'GENESIS_INVALID');
    assert.equal(changed({ members: [] }), 'GENESIS_INVALID');
  });

  test('lists each key once, whatever it is for', () => {
    const acme = genesis.publishers[0] as Genesis['publishers'][0];
    assert.equal(
      changed({ members: [alfa, { ...bravo, validatorKey: alfa.validatorKey }] }),
      'GENESIS_INVALID',
    );
    assert.equal(changed({ members: [{ ...alfa, nodeKey: alfa.memberKey }] }), 'GENESIS_INVALID');
    assert.equal(changed({ publishers: [{ ...acme, keys: [alfa.memberKey] }] }), 'GENESIS_INVALID');
  });

  test('has parameters under which a chain goes on', () => {
    assert.equal(under({}), 'ok');
    assert.equal(under({ protocolVersion: 2 }), 'GENESIS_INVALID');
    assert.equal(under({ heartbeatMs: 0 }), 'GENESIS_INVALID');
    assert.equal(under({ maxValidityMs: 0 }), 'GENESIS_INVALID');
    assert.equal(under({ blockBytesMax: 1024 }), 'GENESIS_INVALID');
    assert.equal(under({ blockOperationsMax: 10 }), 'GENESIS_INVALID');
    assert.equal(under({ viewTimeoutMaxMs: 10 }), 'GENESIS_INVALID');
    assert.equal(under({ minBlockIntervalMs: 0 }), 'ok');
  });

  test('is sorted by id, and a validator has a validator key', () => {
    assert.throws(() => encode(genesisSchema, { ...genesis, members: members.toReversed() }));
    assert.throws(() => encode(genesisSchema, { ...genesis, members: [alfa, alfa] }));
    const without = { ...alfa, validatorKey: null };
    assert.throws(() => encode(genesisSchema, { ...genesis, members: [without] }));
    const keyless = { id: 'acme', name: 'Acme', keys: [] };
    assert.throws(() => encode(genesisSchema, { ...genesis, publishers: [keyless] }));
  });
});

describe('requests', () => {
  const [alfa] = members as [Member];
  const pairs = ['member', 'validator', 'node'].map((kind) => keysOf(`alfa ${kind}`));
  const request = makeMemberRequest(GENESIS_TIME, alfa, pairs);
  const publisher = genesis.publishers[0] as Genesis['publishers'][0];
  const asked = makePublisherRequest(GENESIS_TIME, publisher, acmeKeys);

  test('are signed by exactly the keys in them', () => {
    assert.equal(codeOf(verifyMemberRequest(request, verify)), 'ok');
    assert.equal(codeOf(verifyPublisherRequest(asked, verify)), 'ok');
    const less = makeMemberRequest(GENESIS_TIME, alfa, pairs.slice(1));
    assert.equal(codeOf(verifyMemberRequest(less, verify)), 'REQUEST_SIGNATURE');
    const more = makePublisherRequest(GENESIS_TIME, publisher, [...acmeKeys, keysOf('x')]);
    assert.equal(codeOf(verifyPublisherRequest(more, verify)), 'REQUEST_SIGNATURE');
    const twice = { ...publisher, keys: [...publisher.keys, ...publisher.keys] };
    const doubled = makePublisherRequest(GENESIS_TIME, twice, acmeKeys);
    assert.equal(codeOf(verifyPublisherRequest(doubled, verify)), 'REQUEST_SIGNATURE');
    const observer = { ...alfa, role: ROLE.OBSERVER, validatorKey: null };
    const two = makeMemberRequest(GENESIS_TIME, observer, [pairs[0], pairs[2]] as typeof pairs);
    assert.equal(codeOf(verifyMemberRequest(two, verify)), 'ok');
  });

  test('every part of them is signed', () => {
    const changes: Partial<typeof request>[] = [
      { created: request.created + 1 },
      { member: { ...alfa, name: 'Other' } },
      { member: { ...alfa, announce: [] } },
      { signatures: request.signatures.map((s) => ({ ...s, signature: flip(s.signature, 9) })) },
    ];
    for (const change of changes) {
      const checked = verifyMemberRequest({ ...request, ...change }, verify);
      assert.equal(codeOf(checked), 'REQUEST_SIGNATURE');
    }
    const renamed = { ...asked, publisher: { ...publisher, id: 'acme2' } };
    assert.equal(codeOf(verifyPublisherRequest(renamed, verify)), 'REQUEST_SIGNATURE');
  });
});
