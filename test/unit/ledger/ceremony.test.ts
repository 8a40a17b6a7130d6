import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../src/common/bytes.ts';
import { verify } from '../../../src/common/signature.ts';
import {
  chainOf,
  type GenesisPublisher,
  type Member,
  ROLE,
  signGenesis,
} from '../../../src/ledger/genesis.ts';
import { buildGenesis, type GenesisInputs } from '../../../src/ledger/genesis-build.ts';
import {
  formatGenesisFile,
  formatSignatureFile,
  genesisDocument,
  parseGenesisFile,
  parseSignatureFile,
  readGenesisDocument,
  sealGenesis,
} from '../../../src/ledger/genesis-file.ts';
import { DEFAULT_PARAMETERS } from '../../../src/ledger/parameters.ts';
import {
  formatMemberRequest,
  formatPublisherRequest,
  makeMemberRequest,
  makePublisherRequest,
  parseMemberRequest,
  parsePublisherRequest,
} from '../../../src/ledger/requests.ts';
import { acmeKeys, chain, GENESIS_TIME, genesis, keysOf, members, signedGenesis } from './world.ts';

type Checked = { ok: true } | { ok: false; code: string };
const codeOf = (checked: Checked): string => (checked.ok ? 'ok' : checked.code);

const requestOf = (member: Member, created = GENESIS_TIME) => {
  const kinds =
    member.role === ROLE.VALIDATOR ? ['member', 'validator', 'node'] : ['member', 'node'];
  return makeMemberRequest(
    created,
    member,
    kinds.map((kind) => keysOf(`${member.id} ${kind}`)),
  );
};
const [acme] = genesis.publishers as readonly [GenesisPublisher];
const publisherRequest = makePublisherRequest(GENESIS_TIME, acme, acmeKeys);
const inputs: GenesisInputs = {
  name: genesis.name,
  parameters: DEFAULT_PARAMETERS,
  members: members.map((member) => requestOf(member)),
  publishers: [publisherRequest],
};

describe('building a genesis', () => {
  test('any order of the requests gives the same bytes', () => {
    const built = buildGenesis(inputs);
    assert.ok(built.ok);
    const text = formatGenesisFile({ genesis: built.value, signatures: [] });
    const shuffled = fc.shuffledSubarray([...inputs.members], { minLength: members.length });
    fc.assert(
      fc.property(shuffled, (order) => {
        const again = buildGenesis({ ...inputs, members: order });
        assert.ok(again.ok);
        assert.equal(formatGenesisFile({ genesis: again.value, signatures: [] }), text);
      }),
      { numRuns: 20 },
    );
  });

  test('its time is that of the newest request', () => {
    const [first, ...others] = members as readonly [Member, ...Member[]];
    const later = [requestOf(first, GENESIS_TIME + 5), ...others.map((each) => requestOf(each))];
    const built = buildGenesis({ ...inputs, members: later });
    assert.ok(built.ok);
    assert.equal(built.value.time, GENESIS_TIME + 5);
  });

  const [alfa, bravo] = members as readonly [Member, Member];
  const rows: readonly [string, Partial<GenesisInputs>, string][] = [
    [
      'the same member twice',
      { members: [requestOf(alfa), requestOf(alfa)] },
      'GENESIS_DUPLICATE_ID',
    ],
    [
      'the same publisher twice',
      { publishers: [publisherRequest, publisherRequest] },
      'GENESIS_DUPLICATE_ID',
    ],
    [
      "a member's key for another member, too",
      { members: [requestOf(alfa), requestOf({ ...bravo, nodeKey: alfa.nodeKey })] },
      'GENESIS_INVALID',
    ],
    ['nobody who votes', { members: [] }, 'GENESIS_INVALID'],
    ['a name with capitals', { name: 'Trust' }, 'GENESIS_INVALID'],
  ];
  for (const [what, change, code] of rows) {
    test(`${what}: ${code}`, () => {
      assert.equal(codeOf(buildGenesis({ ...inputs, ...change })), code);
    });
  }
});

describe('request files', () => {
  const [alfa] = members as readonly [Member];
  const text = formatMemberRequest(requestOf(alfa));

  test('come back as they went', () => {
    assert.deepEqual(parseMemberRequest(text, verify), { ok: true, value: requestOf(alfa) });
    const publisher = formatPublisherRequest(publisherRequest);
    assert.deepEqual(parsePublisherRequest(publisher, verify), {
      ok: true,
      value: publisherRequest,
    });
  });

  test('changed ones and others are refused with a code', () => {
    for (const [changed, code] of [
      [text.replace(alfa.name, 'Somebody else'), 'REQUEST_SIGNATURE'],
      [text.replace('/v1', '/v2'), 'REQUEST_FILE'],
      [text.replace('"created"', '"made"'), 'REQUEST_FILE'],
      [formatPublisherRequest(publisherRequest), 'REQUEST_FILE'],
      ['null', 'REQUEST_FILE'],
      ['{', 'REQUEST_FILE'],
    ] as const) {
      assert.equal(codeOf(parseMemberRequest(changed, verify)), code, changed.slice(0, 80));
    }
  });
});

describe('the genesis file', () => {
  const text = formatGenesisFile(signedGenesis);

  test('comes back as it went, with its chain computed', () => {
    const read = parseGenesisFile(text);
    assert.ok(read.ok);
    assert.deepEqual(read.value, { ...signedGenesis, ancestors: [], chain });
  });

  test("reads what nodes serve, which has no schema or a node's address beside", () => {
    const document = genesisDocument(signedGenesis);
    const { schema: _schema, ...answer } = document;
    assert.equal(codeOf(readGenesisDocument(answer)), 'ok');
    assert.equal(codeOf(readGenesisDocument({ ...document, rpc: 'http://127.0.0.1:1' })), 'ok');
  });

  test('another content under the same name of the chain is refused', () => {
    const { name } = genesis;
    for (const [changed, code] of [
      [text.replace(`"name": "${name}"`, '"name": "other"'), 'GENESIS_CHAIN'],
      [text.replace(`0x${toHex(chain)}`, `0x${'0'.repeat(64)}`), 'GENESIS_CHAIN'],
      [text.replace('ztc.genesis/v1', 'ztc.genesis/v9'), 'GENESIS_FILE'],
      [text.replace('"publishers"', '"people"'), 'GENESIS_FILE'],
      ['[]', 'GENESIS_FILE'],
      ['', 'GENESIS_FILE'],
    ] as const) {
      assert.equal(codeOf(parseGenesisFile(changed)), code, changed.slice(0, 80));
    }
  });
});

describe('signature files', () => {
  const [alfa] = members as readonly [Member];
  const signature = signGenesis(genesis, alfa.id, keysOf(`${alfa.id} member`));

  test('come back for their chain only', () => {
    const text = formatSignatureFile(chain, signature);
    assert.deepEqual(parseSignatureFile(chain, text), { ok: true, value: signature });
    const other = chainOf({ ...genesis, name: 'other' });
    assert.equal(codeOf(parseSignatureFile(other, text)), 'GENESIS_CHAIN');
    assert.equal(codeOf(parseSignatureFile(chain, text.replace('/v1', '/v2'))), 'GENESIS_FILE');
    assert.equal(codeOf(parseSignatureFile(chain, '7')), 'GENESIS_FILE');
  });

  test('those of all members, in any order, seal the genesis', () => {
    const all = signedGenesis.signatures;
    assert.deepEqual(sealGenesis(genesis, all.toReversed(), verify), {
      ok: true,
      value: signedGenesis,
    });
    assert.equal(codeOf(sealGenesis(genesis, [...all, ...all], verify)), 'ok');
    assert.equal(codeOf(sealGenesis(genesis, all.slice(1), verify)), 'GENESIS_UNSIGNED');
    const stranger = { member: 'zulu', signature: signature.signature };
    assert.equal(codeOf(sealGenesis(genesis, [...all, stranger], verify)), 'GENESIS_SIGNATURE');
    const wrong = all.map((each) => ({ ...each, signature: signature.signature }));
    assert.equal(codeOf(sealGenesis(genesis, wrong, verify)), 'GENESIS_SIGNATURE');
  });
});
