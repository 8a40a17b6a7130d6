import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decode, encode, fromJson, toJson } from '../../../src/common/codec/index.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { verify } from '../../../src/common/signature.ts';
import {
  BINDING,
  BINDING_BYTES_MAX,
  DOMAINS_MAX,
  LINKS_MAX,
} from '../../../src/ledger/bindings.ts';
import { type Block, makeBlock } from '../../../src/ledger/block.ts';
import { DETACHED_BYTES_MAX } from '../../../src/ledger/detached.ts';
import { type ChainTrust, trustOf } from '../../../src/ledger/finality.ts';
import { MEMBERS_MAX } from '../../../src/ledger/genesis.ts';
import { keyHash } from '../../../src/ledger/merkle/sparse.ts';
import { RECORD_VALUE_BYTES_MAX } from '../../../src/ledger/operations.ts';
import {
  PROVEN_STATE_BYTES_MAX,
  type ProvenState,
  provenStateSchema,
  STATE_KEY_BYTES_MAX,
  STATE_VALUE_BYTES_MAX,
  verifyProvenState,
} from '../../../src/ledger/proven-state.ts';
import { VOUCHES_PER_MEMBER_MAX } from '../../../src/ledger/publishers.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import {
  PUBLISHER_KEYS_MAX,
  publisherStateSchema,
  revisionSchema,
} from '../../../src/ledger/state-values.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import {
  asset,
  blocks,
  certify,
  chain,
  extend,
  flip,
  genesis,
  keysOf,
  otherAsset,
  proveInHistory,
  proveKeys,
  revision,
  state,
  tree,
  validators,
} from './world.ts';

const trust = trustOf(genesis);
const shown = [
  stateKey.assetStatements(asset),
  stateKey.publisher('acme'),
  stateKey.assetStatements(otherAsset),
];
const good = proveKeys(shown);
const [, one, two, three] = blocks as [Block, Block, Block, Block];

function codeOf(proven: ProvenState, under: ChainTrust = trust): string {
  const checked = verifyProvenState({ trust: under, proven, verify });
  return checked.ok ? 'ok' : checked.code;
}

const withCertificate = (certificate: ProvenState['finality']['certificate']): ProvenState => ({
  ...good,
  finality: { ...good.finality, certificate },
});

describe('proven state', () => {
  test('shows values and absences as of the height before its header', () => {
    const checked = verifyProvenState({ trust, proven: good, verify });
    assert.ok(checked.ok);
    const view = checked.value;
    assert.equal(view.height, 1);
    assert.equal(view.time, two.header.time);
    assert.deepEqual(view.head, {
      height: 3,
      time: three.header.time,
      hash: three.hash,
    });
    assert.deepEqual(view.get(shown[0] as string), state.get(shown[0] as string));
    assert.equal(view.get(shown[2] as string), null);
    assert.equal(view.get(stateKey.parameters), undefined);
    assert.equal(view.get('__proto__'), undefined);
  });

  test('goes through bytes and JSON', () => {
    const read = decode(provenStateSchema, encode(provenStateSchema, good), PROVEN_STATE_BYTES_MAX);
    assert.ok(read.ok);
    assert.equal(codeOf(read.value), 'ok');
    const json: unknown = JSON.parse(JSON.stringify(toJson(provenStateSchema, good)));
    const parsed = fromJson(provenStateSchema, json);
    assert.ok(parsed.ok);
    assert.equal(codeOf(parsed.value), 'ok');
  });

  test('a header with its own finalization needs no others', () => {
    const finality = { certificate: certify(VOTE.FINALIZE, two), headers: [] };
    assert.equal(codeOf({ ...good, finality }), 'ok');
  });

  test('an old state is proven through the history, without a certificate of its time', () => {
    const old = { ...good, ...proveInHistory(2) };
    const checked = verifyProvenState({ trust, proven: old, verify });
    assert.ok(checked.ok);
    assert.equal(checked.value.height, 1);
    assert.equal(checked.value.time, two.header.time);
    assert.equal(checked.value.head.height, 3);
    assert.equal(codeOf({ ...good, ...proveInHistory(1) }), 'PROOF_STATE_ROOT');
    assert.equal(codeOf({ ...old, header: one.headerBytes }), 'PROOF_HISTORY');
    assert.equal(codeOf({ ...old, history: null }), 'PROOF_FINALITY');
  });

  test('nobody but the trusted validators counts', () => {
    const stranger = { member: 'mallory', key: keysOf('mallory validator').publicKey };
    assert.equal(codeOf(good, { ...trust, chain: new Uint8Array(32) }), 'PROOF_CHAIN');
    assert.equal(codeOf(good, { ...trust, epoch: 2 }), 'PROOF_EPOCH');
    const others = [...validators.slice(0, 3), stranger];
    assert.equal(codeOf(good, { ...trust, validators: others }), 'PROOF_EPOCH');
    assert.equal(codeOf(good, { ...trust, validators: [] }), 'PROOF_EPOCH');
  });

  test('the certificate must be a finalization of the last header by a quorum', () => {
    const cases = {
      accept: certify(VOTE.ACCEPT, three),
      nullify: certify(VOTE.NULLIFY, three),
      'of the first header': certify(VOTE.FINALIZE, two),
      'of an older block': certify(VOTE.FINALIZE, one),
    };
    for (const [what, certificate] of Object.entries(cases)) {
      assert.equal(codeOf(withCertificate(certificate)), 'PROOF_FINALITY', what);
    }
    const few = certify(VOTE.FINALIZE, three, [0, 3]);
    assert.equal(codeOf(withCertificate(few)), 'PROOF_QUORUM');
    const twice = certify(VOTE.FINALIZE, three, [0, 0, 3]);
    assert.equal(codeOf(withCertificate(twice)), 'PROOF_QUORUM');
    const good3 = certify(VOTE.FINALIZE, three);
    const unknown = good3.signatures.map((entry, i) =>
      i === 2 ? { ...entry, validator: 9 } : entry,
    );
    assert.equal(codeOf(withCertificate({ ...good3, signatures: unknown })), 'PROOF_QUORUM');
    const swapped = good3.signatures.map((entry, i) =>
      i === 2 ? { ...entry, validator: 2 } : entry,
    );
    assert.equal(codeOf(withCertificate({ ...good3, signatures: swapped })), 'PROOF_SIGNATURE');
    assert.equal(codeOf(withCertificate({ ...good3, epoch: 2 })), 'PROOF_EPOCH');
    assert.equal(codeOf(withCertificate({ ...good3, view: 4 })), 'PROOF_SIGNATURE');
    assert.equal(codeOf(withCertificate({ ...good3, chain: flip(chain, 0) })), 'PROOF_CHAIN');
  });

  test('the headers must be a chain', () => {
    const { certificate } = good.finality;
    const gap = { ...good, header: one.headerBytes };
    assert.equal(codeOf(gap), 'PROOF_LINK');
    assert.equal(codeOf({ ...good, finality: { certificate, headers: [] } }), 'PROOF_FINALITY');
    const fork = [...blocks.slice(0, 3)];
    extend(fork, { parent: flip(two.hash, 5) });
    const forked = fork[3] as Block;
    const finality = {
      certificate: certify(VOTE.FINALIZE, forked),
      headers: [forked.headerBytes],
    };
    assert.equal(codeOf({ ...good, finality }), 'PROOF_LINK');
    const skipping = [...blocks.slice(0, 3)];
    extend(skipping, { height: 7 });
    const skipped = skipping[3] as Block;
    const finalityOfSkipped = {
      certificate: certify(VOTE.FINALIZE, skipped),
      headers: [skipped.headerBytes],
    };
    assert.equal(codeOf({ ...good, finality: finalityOfSkipped }), 'PROOF_LINK');
  });

  test('a header of garbage, of another epoch, or of the genesis carries nothing', () => {
    assert.equal(codeOf({ ...good, header: Uint8Array.of(1, 2) }), 'PROOF_HEADER');
    const other = makeBlock({ ...two.header, validators: flip(two.hash, 0) }, []);
    const signed = { certificate: certify(VOTE.FINALIZE, other), headers: [] };
    assert.equal(codeOf({ ...good, header: other.headerBytes, finality: signed }), 'PROOF_EPOCH');
    const first = blocks[0] as Block;
    const finality = { certificate: certify(VOTE.FINALIZE, first), headers: [] };
    assert.equal(codeOf({ ...good, header: first.headerBytes, finality }), 'PROOF_HEADER');
  });

  test('root, values, absences and keys must be those of the tree', () => {
    const { siblings } = good;
    const changed = siblings.map((each, i) => siblings.with(i, flip(each, 31)));
    for (const one of changed) assert.equal(codeOf({ ...good, siblings: one }), 'PROOF_STATE_ROOT');
    const [head, publisher, absent] = good.entries as [Entry, Entry, Entry];
    const end = { keyHash: keyHash(head.key), valueHash: sha256(head.value as Uint8Array) };
    const heads: Record<string, readonly [Entry, string]> = {
      'another value': [{ ...head, value: flip(head.value as Uint8Array, 0) }, 'PROOF_STATE_ROOT'],
      'a present key as absent': [{ ...head, value: null }, 'PROOF_ENTRY'],
      'a present key as absent, by its leaf': [{ ...head, value: null, end }, 'PROOF_ENTRY'],
      'a present key with an end': [{ ...head, end }, 'PROOF_ENTRY'],
      'another key': [{ ...head, key: stateKey.parameters }, 'PROOF_ENTRY'],
      'a path that ends higher': [{ ...head, depth: head.depth - 1 }, 'PROOF_ENTRY'],
      'a path that ends lower': [{ ...head, depth: head.depth + 1 }, 'PROOF_ENTRY'],
      'a path without end': [{ ...head, depth: Number.MAX_SAFE_INTEGER }, 'PROOF_ENTRY'],
    };
    for (const [what, [entry, code]] of Object.entries(heads)) {
      assert.equal(codeOf({ ...good, entries: [entry, publisher, absent] }), code, what);
    }
    const empty = { ...absent, value: new Uint8Array(0), end: null };
    assert.equal(codeOf({ ...good, entries: [head, publisher, empty] }), 'PROOF_STATE_ROOT');
    for (const entries of [[head, head], [head, { ...head, value: null }], [], [head]]) {
      assert.equal(codeOf({ ...good, entries }), 'PROOF_ENTRY', `${entries.length}`);
    }
    const swapped = { ...good, siblings: siblings.toReversed() };
    assert.equal(codeOf(swapped), 'PROOF_STATE_ROOT');
    assert.equal(codeOf({ ...good, siblings: siblings.slice(1) }), 'PROOF_ENTRY');
    assert.equal(codeOf({ ...good, siblings: [...siblings, tree.root] }), 'PROOF_ENTRY');
  });

  test('the longest key and the largest values of the state fit', () => {
    const key = stateKey.recordRevisions(`${'p'.repeat(40)}/${'n'.repeat(64)}`, 'k'.repeat(256));
    assert.ok(key.length <= STATE_KEY_BYTES_MAX);
    const time = 2 ** 50;
    const lasting = { from: time, until: time };
    const span = { validFrom: time, validUntil: time, compromisedSince: time };
    const scope = { names: Array(4).fill('n'.repeat(64)), kinds: Array(4).fill('k'.repeat(32)) };
    const whole = { label: 'l'.repeat(64), ...span, scope };
    const publisher = encode(publisherStateSchema, {
      id: 'p'.repeat(40),
      name: 'n'.repeat(96),
      keys: new Array(PUBLISHER_KEYS_MAX).fill({ key: keysOf('p').publicKey, ...whole }),
      approvals: 16,
      recovery: new Uint8Array(32),
      vouches: new Array(MEMBERS_MAX * VOUCHES_PER_MEMBER_MAX).fill({
        member: 'v'.repeat(40),
        from: time,
        until: time,
      }),
      since: 2 ** 50,
      bindings: [
        ...new Array(DOMAINS_MAX).fill({
          kind: BINDING.DOMAIN,
          domain: 'd'.repeat(60).concat('.').repeat(4).concat('example'),
          from: time,
          attestations: new Array(MEMBERS_MAX).fill({ member: 'v'.repeat(40), ...lasting }),
        }),
        ...new Array(LINKS_MAX).fill({
          kind: BINDING.LINK,
          link: 'https://link.example/'.padEnd(256, 'l'),
          from: time,
        }),
        ...new Array(BINDING_BYTES_MAX / (2 * DETACHED_BYTES_MAX)).fill({
          kind: BINDING.PGP,
          key: new Uint8Array(DETACHED_BYTES_MAX),
          proof: new Uint8Array(DETACHED_BYTES_MAX),
          ...lasting,
        }),
      ],
    });
    assert.ok(publisher.length <= STATE_VALUE_BYTES_MAX);
    const value = new Uint8Array(RECORD_VALUE_BYTES_MAX);
    const record = encode(revisionSchema, { ...revision, key: 'k'.repeat(256), value });
    assert.ok(record.length <= STATE_VALUE_BYTES_MAX);
  });

  test('every byte that is changed is noticed, or shows another true absence', () => {
    const bytes = encode(provenStateSchema, proveKeys(shown.slice(1)));
    const check = (at: number, bit: number): void => {
      const read = decode(provenStateSchema, flip(bytes, at, bit), PROVEN_STATE_BYTES_MAX);
      if (!read.ok) return;
      const checked = verifyProvenState({ trust, proven: read.value, verify });
      if (!checked.ok) return;
      for (const { key } of read.value.entries) {
        assert.deepEqual(checked.value.get(key), state.get(key) ?? null, `byte ${at}`);
      }
      assert.ok(
        read.value.entries.some(({ key }) => !shown.includes(key)),
        `byte ${at}`,
      );
    };
    for (let at = 0; at < bytes.length; at++) check(at, at % 8);
    const position = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) });
    fc.assert(fc.property(position, ({ at, bit }) => check(at, bit)));
  });

  test('every field of the JSON form that is changed is noticed', () => {
    const [present] = shown as [string];
    const json = JSON.stringify(toJson(provenStateSchema, proveKeys([present])));
    const leaves: Path[] = [];
    visit(JSON.parse(json), [], (path) => leaves.push(path));
    assert.ok(leaves.length > 20, `${leaves.length} fields`);
    for (const path of leaves) {
      for (const change of CHANGES) {
        const document: unknown = JSON.parse(json);
        if (!alter(document, path, change)) continue;
        const read = fromJson(provenStateSchema, document);
        assert.notEqual(read.ok ? codeOf(read.value) : read.code, 'ok', path.join('.'));
      }
    }
  });
});

type Path = readonly (string | number)[];
type Holder = Record<string | number, unknown>;

/** Ways to change a value; undefined where one does not apply. */
const CHANGES: readonly ((value: unknown) => unknown)[] = [
  (value) => (typeof value === 'number' ? value + 1 : undefined),
  (value) => (typeof value === 'string' ? `${value.slice(0, -2)}00` : undefined),
  (value) => (typeof value === 'string' ? value.slice(1) : undefined),
  (value) => (value === null ? '' : null),
  () => [],
];

/** Calls `leaf` with the path of everything that is no object and no array. */
function visit(value: unknown, path: Path, leaf: (path: Path) => void): void {
  if (typeof value !== 'object' || value === null) leaf(path);
  else for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key], leaf);
}

/** Changes what is at `path`; false where that makes no difference. */
function alter(document: unknown, path: Path, change: (value: unknown) => unknown): boolean {
  const holder = path.slice(0, -1).reduce((at, key) => (at as Holder)[key], document) as Holder;
  const name = path.at(-1) as string;
  const changed = change(holder[name]);
  if (changed === undefined || changed === holder[name]) return false;
  holder[name] = changed;
  return true;
}

type Entry = ProvenState['entries'][number];
