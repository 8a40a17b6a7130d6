/** Transactions about members and publishers: one of each operation, for the vectors. */
import { utf8 } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { type KeyPair, sign } from '../../../src/common/signature.ts';
import { BINDING } from '../../../src/ledger/bindings.ts';
import type { Member } from '../../../src/ledger/genesis.ts';
import { ACTION } from '../../../src/ledger/governance.ts';
import { OPERATION, type Operation } from '../../../src/ledger/operations.ts';
import { keyProofHash } from '../../../src/ledger/publishers.ts';
import { makeMemberRequest, makePublisherRequest } from '../../../src/ledger/requests.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { GENESIS_TIME, keysOf } from './keys.ts';

type Make = (
  label: string,
  sender: string,
  operations: readonly Operation[],
  signers: readonly KeyPair[],
) => ReceivedTransaction;

const ZETA = keysOf('zeta 1');
const DAY_MS = 86_400_000;

const yard = makePublisherRequest(
  GENESIS_TIME,
  { id: 'yard', name: 'Yard', keys: [keysOf('yard 1').publicKey] },
  [keysOf('yard 1')],
);

/** @param foxtrot a member that joins */
export function identityTransactions(transactionOf: Make, foxtrot: Member) {
  return {
    ...governanceTransactions(transactionOf, foxtrot),
    ...publisherTransactions(transactionOf),
    ...bindingTransactions(transactionOf),
  };
}

function governanceTransactions(transactionOf: Make, foxtrot: Member) {
  const joining = makeMemberRequest(
    GENESIS_TIME,
    foxtrot,
    ['member', 'node', 'validator'].map((kind) => keysOf(`foxtrot ${kind}`)),
  );
  return {
    propose: transactionOf(
      'propose',
      'member:alfa',
      [
        {
          op: OPERATION.PROPOSE,
          actions: [
            { action: ACTION.MEMBER_PUT, request: joining },
            { action: ACTION.MEMBER_REMOVE, id: 'echo' },
            { action: ACTION.MEMBER_SUSPEND, id: 'delta' },
            { action: ACTION.MEMBER_REINSTATE, id: 'charlie' },
            { action: ACTION.PARAMETERS, changes: [{ name: 'heartbeatMs', value: 5_000 }] },
            { action: ACTION.PROTOCOL, version: 2 },
            {
              action: ACTION.KEY_COMPROMISED,
              publisher: 'zeta',
              key: ZETA.publicKey,
              since: GENESIS_TIME,
            },
          ],
          reason: 'the year 2027',
        },
      ],
      [keysOf('alfa member')],
    ),
    vote: transactionOf(
      'vote',
      'member:bravo',
      [
        {
          op: OPERATION.VOTE,
          proposal: 7,
          transaction: sha256(utf8('proposal 7')),
          approve: false,
        },
        { op: OPERATION.WITHDRAW, proposal: 8 },
        { op: OPERATION.EXECUTE, proposal: 9 },
      ],
      [keysOf('bravo member')],
    ),
  };
}

function publisherTransactions(transactionOf: Make) {
  return {
    vouch: transactionOf(
      'vouch',
      'member:alfa',
      [
        { op: OPERATION.PUBLISHER_REGISTER, request: yard },
        { op: OPERATION.VOUCH, publisher: 'yard', until: GENESIS_TIME + DAY_MS },
        { op: OPERATION.UNVOUCH, publisher: 'zeta' },
      ],
      [keysOf('alfa member')],
    ),
    keys: transactionOf(
      'keys',
      'zeta',
      [
        {
          op: OPERATION.KEY_ADD,
          key: keysOf('zeta 2').publicKey,
          label: 'build machine',
          validFrom: null,
          validUntil: GENESIS_TIME + DAY_MS,
          scope: { names: ['app-*'], kinds: ['file'] },
          proof: sign(keyProofHash('zeta', keysOf('zeta 2').publicKey), keysOf('zeta 2')),
        },
        { op: OPERATION.KEY_REVOKE, key: ZETA.publicKey },
        {
          op: OPERATION.PUBLISHER_SET,
          approvals: 2,
          recovery: sha256(keysOf('zeta recovery').publicKey),
        },
      ],
      [ZETA],
    ),
    compromised: transactionOf(
      'compromised',
      'recovery:zeta',
      [{ op: OPERATION.KEY_COMPROMISED, key: ZETA.publicKey, since: GENESIS_TIME }],
      [keysOf('zeta recovery')],
    ),
  };
}

function bindingTransactions(transactionOf: Make) {
  return {
    binding: transactionOf(
      'binding',
      'zeta',
      [
        {
          op: OPERATION.PUBLISHER_BIND,
          claim: { kind: BINDING.PGP, key: utf8('a PGP key'), proof: utf8('its signature') },
        },
        {
          op: OPERATION.PUBLISHER_BIND,
          claim: { kind: BINDING.X509, key: utf8('a certificate'), proof: utf8('its signature') },
        },
        {
          op: OPERATION.PUBLISHER_BIND,
          claim: { kind: BINDING.DOMAIN, domain: 'zeta.example' },
        },
        {
          op: OPERATION.PUBLISHER_BIND,
          claim: { kind: BINDING.LINK, link: 'https://zeta.example/security?of=releases' },
        },
        { op: OPERATION.PUBLISHER_UNBIND, binding: sha256(utf8('a PGP key')) },
      ],
      [ZETA],
    ),
    attest: transactionOf(
      'attest',
      'member:alfa',
      [
        {
          op: OPERATION.DOMAIN_ATTEST,
          publisher: 'zeta',
          domain: 'zeta.example',
          until: GENESIS_TIME + DAY_MS,
        },
        { op: OPERATION.DOMAIN_UNATTEST, publisher: 'zeta', domain: 'zeta.example' },
      ],
      [keysOf('alfa member')],
    ),
  };
}
