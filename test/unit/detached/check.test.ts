/** PGP and X.509 signatures beside statements: good, bad and not checked, each with its code. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { checkBinding, detachedChecker, readPgpKey } from '../../../src/detached/index.ts';
import { BINDING, bindingText, type KeyBinding } from '../../../src/ledger/bindings.ts';
import { SCHEME, type Scheme } from '../../../src/ledger/detached.ts';
import { STATUS } from '../../../src/ledger/operations.ts';
import { assetOf } from '../../../src/ledger/primitives.ts';
import type { PublisherState, Statement } from '../../../src/ledger/state-values.ts';
import {
  type CertificatePair,
  certificatePair,
  DAY,
  der,
  EMAIL,
  NOW,
  type PgpPair,
  pgpPair,
  revocationList,
  signCms,
  signPgp,
} from './fixtures.ts';

const chain = sha256(utf8('a chain'));
const file = utf8('the release');
const text = (publisher = 'acme', of = chain) => utf8(bindingText(of, publisher));

interface Asked {
  readonly scheme?: Scheme;
  readonly bindings?: readonly KeyBinding[];
  readonly roots?: readonly Uint8Array[];
  readonly revocationLists?: readonly Uint8Array[];
  readonly at?: number;
  readonly publisher?: string;
  readonly hasContent?: boolean;
  readonly content?: Uint8Array;
}

async function check(signature: Uint8Array, asked: Asked = {}) {
  const { scheme = SCHEME.PGP, bindings = [], at = NOW, publisher = 'acme' } = asked;
  const { content = file, hasContent = true } = asked;
  const said = {
    asset: assetOf(sha256(content)),
    status: STATUS.TRUSTED,
    name: 'release',
    version: '',
    kind: 'file',
    size: content.length,
    attributes: [],
    reason: '',
    detached: { scheme, signature },
  };
  return detachedChecker({
    roots: asked.roots ?? [],
    revocationLists: asked.revocationLists ?? [],
  })({
    chain,
    publisher: { id: publisher, bindings } as unknown as PublisherState,
    statement: { time: at, statement: said } as unknown as Statement,
    content: hasContent
      ? async function* () {
          for (let i = 0; i < content.length; i += 3) yield content.subarray(i, i + 3);
        }
      : undefined,
  });
}

async function bound(
  pair: PgpPair,
  { of = text(), from = NOW - DAY, until = null as number | null, by = pair } = {},
): Promise<KeyBinding> {
  const read = await readPgpKey(pair.publicKey);
  assert.ok(read.ok);
  const proof = await signPgp(of, by, NOW - DAY);
  return { kind: BINDING.PGP, key: read.value.bytes, proof, from, until };
}

async function certified(
  pair: CertificatePair,
  { of = text(), from = NOW - DAY, until = null as number | null } = {},
): Promise<KeyBinding> {
  return { kind: BINDING.X509, key: der(pair), proof: await signCms(of, pair), from, until };
}

/** `result CODE` and whether it is bound. */
const short = (found: Awaited<ReturnType<typeof check>>): string =>
  [found.result, found.code, found.bound ? 'bound' : null]
    .filter((word) => word !== null)
    .join(' ');

suite('a PGP signature', () => {
  test('is good by a bound key, in pieces of any size', async () => {
    const pair = await pgpPair();
    const found = await check(await signPgp(file, pair), { bindings: [await bound(pair)] });
    assert.equal(short(found), 'good bound');
    assert.equal(found.fingerprint, pair.privateKey.getFingerprint().toUpperCase());
    assert.equal(found.signer, 'ACME Releases <releases@acme.example>');
  });

  test('is bad on another file, by garbage, and by a key that had expired', async () => {
    const pair = await pgpPair();
    const bindings = [await bound(pair)];
    const other = await signPgp(utf8('another file'), pair);
    assert.equal(short(await check(other, { bindings })), 'bad SIGNATURE_MISMATCH bound');
    for (const garbage of [utf8('garbage'), new Uint8Array(16_384), Uint8Array.of(0x89)]) {
      assert.equal(short(await check(garbage, { bindings })), 'bad SIGNATURE_MALFORMED');
    }
    const brief = await pgpPair('Brief', { from: NOW - 10 * DAY, seconds: (20 * DAY) / 1000 });
    const signed = await signPgp(file, brief);
    const own = [await bound(brief)];
    assert.equal(short(await check(signed, { bindings: own })), 'good bound');
    assert.equal(
      short(await check(signed, { bindings: own, at: NOW + 30 * DAY })),
      'bad SIGNATURE_KEY_INVALID bound',
      'by the ledger time of the statement, whatever the signature says',
    );
  });

  test('is not checked without the content, or by a key that nobody bound', async () => {
    const pair = await pgpPair();
    const signed = await signPgp(file, pair);
    const bindings = [await bound(pair)];
    assert.equal(
      short(await check(signed, { bindings, hasContent: false })),
      'unchecked CONTENT_MISSING bound',
    );
    const unknown = await check(signed);
    assert.equal(short(unknown), 'unchecked SIGNATURE_KEY_UNKNOWN');
    assert.equal(unknown.fingerprint, pair.privateKey.getKeyID().toHex().toUpperCase());
    const strangers = [await bound(await pgpPair('Another'))];
    assert.equal(
      short(await check(signed, { bindings: strangers })),
      'unchecked SIGNATURE_KEY_UNKNOWN',
    );
  });

  test('is not by a bound key before and after the binding', async () => {
    const pair = await pgpPair();
    const signed = await signPgp(file, pair);
    const ended = await bound(pair, { until: NOW });
    assert.equal(short(await check(signed, { bindings: [ended] })), 'good');
    assert.equal(short(await check(signed, { bindings: [ended], at: NOW - 1 })), 'good bound');
    const late = await bound(pair, { from: NOW + 1 });
    assert.equal(short(await check(signed, { bindings: [late] })), 'good');
  });

  test('is bad where the key never signed for this publisher on this ledger', async () => {
    const [pair, thief] = [await pgpPair(), await pgpPair('Thief')];
    const signed = await signPgp(file, pair);
    const replays = [
      await bound(pair, { of: text('globex') }),
      await bound(pair, { of: text('acme', sha256(utf8('another chain'))) }),
      await bound(pair, { by: thief }),
    ];
    for (const binding of replays) {
      const found = await check(signed, { bindings: [binding] });
      assert.equal(short(found), 'bad BINDING_INVALID');
    }
    const own = await bound(pair);
    const stolen = await check(signed, { bindings: [own], publisher: 'thief' });
    assert.equal(short(stolen), 'bad BINDING_INVALID', "another publisher's binding, copied");
  });

  test('needs a public key: a private one is refused, whatever its armor', async () => {
    const { privateKey } = await pgpPair();
    for (const given of [privateKey.write(), utf8(privateKey.armor())]) {
      const read = await readPgpKey(given);
      assert.equal(read.ok ? '' : read.code, 'KEY_PRIVATE');
    }
    const broken = await readPgpKey(utf8('no key'));
    assert.equal(broken.ok ? '' : broken.code, 'SIGNATURE_MALFORMED');
  });
});

suite('an X.509 signature', () => {
  const x509 = { scheme: SCHEME.X509 } as const;

  test('is good by a certificate under a pinned root, bound or not', async () => {
    const root = await certificatePair({ name: 'Root', isCa: true });
    const between = await certificatePair({ name: 'Between', isCa: true, issuer: root });
    const own = await certificatePair({ issuer: between });
    const signed = await signCms(file, own, { chain: [between] });
    const roots = [der(await certificatePair({ name: 'Other', isCa: true })), der(root)];
    const free = await check(signed, { ...x509, roots });
    assert.equal(short(free), 'good');
    assert.deepEqual([free.signer, free.root], ['ACME Ltd', 'Root']);
    const bindings = [await certified(own)];
    assert.equal(short(await check(signed, { ...x509, roots, bindings })), 'good bound');
    const short512 = await signCms(file, own, { chain: [between], digest: 'SHA-512' });
    assert.equal(short(await check(short512, { ...x509, roots, bindings })), 'good bound');
    assert.equal(
      short(await check(signed, { ...x509, roots, bindings, hasContent: false })),
      'good bound',
      'SHA-256 is what the ledger knows a file by',
    );
    assert.equal(
      short(await check(short512, { ...x509, roots, hasContent: false })),
      'unchecked CONTENT_MISSING',
    );
  });

  test('is bad under no pinned root, and not checked where none is pinned', async () => {
    const own = await certificatePair();
    const signed = await signCms(file, own);
    const bindings = [await certified(own)];
    assert.equal(
      short(await check(signed, { ...x509, bindings })),
      'unchecked ROOTS_MISSING bound',
    );
    const roots = [der(await certificatePair({ name: 'ACME Ltd', isCa: true }))];
    assert.equal(
      short(await check(signed, { ...x509, bindings, roots })),
      'bad CERTIFICATE_UNTRUSTED bound',
    );
    assert.equal(
      short(await check(signed, { ...x509, bindings, roots: [der(own)] })),
      'good bound',
      'a certificate can be pinned itself',
    );
    const notCa = await certificatePair({ issuer: own, name: 'Below' });
    const below = await signCms(file, notCa, { chain: [own] });
    assert.equal(
      short(await check(below, { ...x509, roots: [der(own)] })),
      'bad CERTIFICATE_UNTRUSTED',
      'who may sign code is no authority',
    );
  });

  test('goes by the ledger time of the statement', async () => {
    const root = await certificatePair({ name: 'Root', isCa: true, to: NOW + 900 * DAY });
    const own = await certificatePair({ issuer: root, to: NOW + DAY });
    const signed = await signCms(file, own);
    const asked = { ...x509, roots: [der(root)] };
    assert.equal(short(await check(signed, asked)), 'good');
    for (const at of [NOW + 2 * DAY, NOW - 20 * DAY]) {
      assert.equal(short(await check(signed, { ...asked, at })), 'bad CERTIFICATE_EXPIRED');
    }
  });

  test('is bad from the day on which a pinned list of its authority revokes it', async () => {
    const root = await certificatePair({ name: 'Root', isCa: true });
    const between = await certificatePair({ name: 'Between', isCa: true, issuer: root });
    const own = await certificatePair({ issuer: between });
    const signed = await signCms(file, own, { chain: [between] });
    const by = async (...lists: Uint8Array[]): Promise<string> =>
      short(await check(signed, { ...x509, roots: [der(root)], revocationLists: lists }));
    assert.equal(await by(await revocationList(between, [between])), 'good', 'another one');
    assert.equal(await by(await revocationList(between, [own])), 'bad CERTIFICATE_REVOKED');
    assert.equal(await by(await revocationList(root, [between])), 'bad CERTIFICATE_REVOKED');
    const later = { at: NOW + DAY };
    assert.equal(await by(await revocationList(between, [own], later)), 'good', 'stated before');
    const since = await revocationList(between, [own], { ...later, invalidFrom: NOW - DAY });
    assert.equal(await by(since), 'bad CERTIFICATE_REVOKED', 'stolen before it was noticed');
    const forged = await revocationList(between, [own], { signer: await certificatePair() });
    assert.equal(await by(forged), 'good', 'nobody revokes for another');
    assert.equal(await by(await revocationList(root, [own])), 'good', 'of another issuer');
    assert.equal(await by(utf8('garbage'), forged), 'good');
  });

  test('is bad on another file, by another key, for another purpose, or bare', async () => {
    const root = await certificatePair({ name: 'Root', isCa: true });
    const own = await certificatePair({ issuer: root });
    const asked = { ...x509, roots: [der(root)] };
    const other = await signCms(utf8('another file'), own);
    assert.equal(short(await check(other, asked)), 'bad SIGNATURE_MISMATCH');
    const { keys } = await certificatePair();
    const forged = await signCms(file, { ...own, keys });
    assert.equal(short(await check(forged, asked)), 'bad SIGNATURE_MISMATCH');
    const mailing = await certificatePair({ issuer: root, purposes: [EMAIL] });
    const mail = await signCms(file, mailing);
    assert.equal(short(await check(mail, asked)), 'bad CERTIFICATE_PURPOSE');
    const bare = await signCms(file, own, { attributes: false });
    assert.equal(short(await check(bare, asked)), 'bad SIGNATURE_ALGORITHM');
    for (const garbage of [utf8('garbage'), new Uint8Array(16_384), der(own)]) {
      assert.equal(short(await check(garbage, asked)), 'bad SIGNATURE_MALFORMED');
    }
  });

  test('is bad where the certificate never signed for this publisher', async () => {
    const own = await certificatePair();
    const signed = await signCms(file, own);
    const bindings = [await certified(own, { of: text('globex') })];
    const asked = { ...x509, roots: [der(own)], bindings };
    assert.equal(short(await check(signed, asked)), 'bad BINDING_INVALID');
  });
});

test('whatever bytes stand in a statement or a binding, there is an answer', async () => {
  const pair = await pgpPair();
  const own = await certificatePair();
  const good = [await bound(pair), await certified(own)];
  const signatures = [await signPgp(file, pair), await signCms(file, own)];
  const bytes = (of: Uint8Array) =>
    fc.tuple(fc.nat(of.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const changed = Uint8Array.from(of);
      changed[at] = (changed[at] as number) ^ by;
      return changed;
    });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1).chain((i) =>
        fc.record({
          i: fc.constant(i),
          signature: bytes(signatures[i] as Uint8Array),
          key: bytes((good[i] as KeyBinding).key),
          proof: bytes((good[i] as KeyBinding).proof),
        }),
      ),
      async ({ i, signature, key, proof }) => {
        const scheme = i === 0 ? SCHEME.PGP : SCHEME.X509;
        const binding = good[i] as KeyBinding;
        const roots = [der(own)];
        await check(signature, { scheme, bindings: [binding], roots });
        const broken = [{ ...binding, key }];
        await check(signatures[i] as Uint8Array, { scheme, bindings: broken, roots });
        const claim = { ...binding, proof };
        await checkBinding(claim, { chain, publisher: 'acme', at: NOW });
      },
    ),
    { numRuns: 30 },
  );
});
