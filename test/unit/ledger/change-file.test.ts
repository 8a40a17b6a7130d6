import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { utf8 } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { type KeyPair, keyPairOf, verify } from '../../../src/common/signature.ts';
import {
  type Change,
  formatChangeFile,
  formatChangeSignature,
  parseChangeFile,
  parseChangeSignature,
  type ReadChange,
  signChange,
} from '../../../src/ledger/change-file.ts';
import { type Member, type MemberRequest, ROLE } from '../../../src/ledger/genesis.ts';
import { OPERATION, type Operation } from '../../../src/ledger/operations.ts';
import { makeMemberRequest } from '../../../src/ledger/requests.ts';
import { joinSignatures, signTransaction } from '../../../src/ledger/transaction.ts';

const CHAIN = sha256(utf8('a chain'));
const keys = (name: string): KeyPair => keyPairOf(sha256(utf8(name)));

function requestOf(changes: Partial<Member> = {}): MemberRequest {
  const member: Member = {
    id: 'echo',
    name: 'Echo',
    memberKey: keys('member').publicKey,
    role: ROLE.VALIDATOR,
    validatorKey: keys('validator').publicKey,
    nodeKey: keys('node').publicKey,
    announce: [],
    ...changes,
  };
  return makeMemberRequest(1_000, member, ['member', 'validator', 'node'].map(keys));
}

function changeOf(operations: readonly Operation[], requests: readonly MemberRequest[]): Change {
  const salt = sha256(utf8('salt')).subarray(0, 16);
  const sender = 'member:acme';
  const transaction = {
    version: 1,
    chain: CHAIN,
    sender,
    salt,
    validUntil: 9,
    operations,
  } as const;
  return { transaction, requests };
}

const request = requestOf();
const put = { op: OPERATION.MEMBER_PUT, member: request.member } as const;
const good = changeOf([put, { op: OPERATION.MEMBER_REMOVE, id: 'dune' }], [request]);

function codeOf(text: string): string {
  const read = parseChangeFile(text, verify);
  return read.ok ? '' : read.code;
}

function read(change: Change): ReadChange {
  const parsed = parseChangeFile(formatChangeFile(change), verify);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.message);
  return parsed.value;
}

describe('a change file', () => {
  test('comes back as it was written', () => {
    assert.deepEqual(read(good).transaction, good.transaction);
    assert.deepEqual(read(good).requests, good.requests);
  });

  test('puts only what all keys of the entry have asked for', () => {
    const other = { op: OPERATION.MEMBER_PUT, member: { ...request.member, name: 'Eve' } } as const;
    assert.equal(codeOf(formatChangeFile(changeOf([other], [request]))), 'REQUEST_SIGNATURE');
    assert.equal(codeOf(formatChangeFile(changeOf([put], []))), 'REQUEST_SIGNATURE');
    const forged = { ...request, member: other.member };
    assert.equal(codeOf(formatChangeFile(changeOf([other], [forged]))), 'REQUEST_SIGNATURE');
  });

  test('changes members and nothing else', () => {
    const ready = changeOf([{ op: OPERATION.READY }], []);
    assert.equal(codeOf(formatChangeFile(ready)), 'CHANGE_FILE');
    assert.equal(codeOf(formatChangeFile(changeOf([], []))), 'CHANGE_FILE');
    const { transaction, requests } = good;
    const byPublisher = { transaction: { ...transaction, sender: 'acme' }, requests };
    assert.equal(codeOf(formatChangeFile(byPublisher)), 'CHANGE_FILE');
  });

  test('names the id that its content has', () => {
    const text = formatChangeFile(good);
    assert.equal(codeOf(text.replace('dune', 'fern')), 'CHANGE_FILE');
    assert.equal(codeOf('{'), 'CHANGE_FILE');
    assert.equal(codeOf('null'), 'CHANGE_FILE');
  });
});

describe('a signature on a change', () => {
  const change = read(good);

  test('made one by one, they make the transaction that signing at once makes', () => {
    const signers = [keys('a'), keys('b'), keys('c')];
    const signatures = signers.map((each) => {
      const text = formatChangeSignature(change, signChange(change, each));
      const parsed = parseChangeSignature(change, text, verify);
      assert.ok(parsed.ok);
      return parsed.value;
    });
    const joined = joinSignatures(change.transaction, signatures.reverse());
    const { bytes, id } = signTransaction(change.transaction, signers);
    assert.deepEqual([joined.bytes, joined.id], [bytes, id]);
    assert.deepEqual(id, change.id);
  });

  test('of another change, or a bad one, is refused', () => {
    const other = read(changeOf([{ op: OPERATION.MEMBER_REMOVE, id: 'fern' }], []));
    const theirs = formatChangeSignature(other, signChange(other, keys('a')));
    const refused = parseChangeSignature(change, theirs, verify);
    assert.equal(refused.ok ? '' : refused.code, 'CHANGE_SIGNATURE');
    const moved = { ...signChange(other, keys('a')) };
    const bad = parseChangeSignature(change, formatChangeSignature(change, moved), verify);
    assert.equal(bad.ok ? '' : bad.code, 'CHANGE_SIGNATURE');
    const none = parseChangeSignature(change, formatChangeFile(good), verify);
    assert.equal(none.ok ? '' : none.code, 'CHANGE_FILE');
  });
});
