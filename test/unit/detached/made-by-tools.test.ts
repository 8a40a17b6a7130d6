/** Keys, certificates and signatures that GnuPG and OpenSSL made, not the libraries that check. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { utf8 } from '../../../src/common/bytes.ts';
import { sha256 } from '../../../src/common/hash.ts';
import { contentOf } from '../../../src/detached/content.ts';
import {
  boundCertificate,
  detachedChecker,
  readCms,
  readPgpKey,
  readPgpSignature,
} from '../../../src/detached/index.ts';
import { BINDING, type KeyBinding } from '../../../src/ledger/bindings.ts';
import { type Detached, SCHEME } from '../../../src/ledger/detached.ts';
import { STATUS } from '../../../src/ledger/operations.ts';
import { assetOf } from '../../../src/ledger/primitives.ts';
import type { PublisherState } from '../../../src/ledger/state-values.ts';

const made = JSON.parse(readFileSync(new URL('./made-by-tools.json', import.meta.url), 'utf8'));

/** After all of it was made, before any of it expires. */
const AT = Date.UTC(2026, 11, 24);
const chain = sha256(utf8(made.chainOf));
const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** What a checker says of the release, or of other content. */
function ask(binding: KeyBinding, detached: Detached, roots: Uint8Array[], content = made.content) {
  const bytes = utf8(content);
  const said = { asset: assetOf(sha256(bytes)), status: STATUS.TRUSTED, name: '', version: '' };
  const rest = { kind: 'file', size: null, attributes: [], reason: '', commitment: null, detached };
  return detachedChecker({ roots })({
    chain,
    publisher: { id: made.publisher, bindings: [binding] } as unknown as PublisherState,
    statement: { time: AT, statement: { ...said, ...rest } },
    content: contentOf(bytes),
  });
}

function readOf<T>(read: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(read.ok);
  return read.value;
}

test('gpg: an RSA key is bound and signs', async () => {
  const key = readOf(await readPgpKey(utf8(made.pgp.key)));
  const proof = readOf(await readPgpSignature(utf8(made.pgp.proof))).bytes;
  const { bytes: signature } = readOf(await readPgpSignature(utf8(made.pgp.signature)));
  const binding = { kind: BINDING.PGP, key: key.bytes, proof, from: AT, until: null };
  const detached = { scheme: SCHEME.PGP, signature };
  const found = await ask(binding, detached, []);
  assert.deepEqual([found.result, found.code, found.bound], ['good', null, true]);
  assert.equal(found.signer, 'ACME Releases <releases@acme.example>');
  assert.equal((await ask(binding, detached, [], 'else')).code, 'SIGNATURE_MISMATCH');
});

test('openssl: a certificate under an authority is bound and signs', async () => {
  const key = readOf(boundCertificate(utf8(made.x509.certificate)));
  const root = readOf(boundCertificate(utf8(made.x509.root)));
  const proof = readOf(readCms(base64(made.x509.proof))).bytes;
  const { bytes: signature } = readOf(readCms(base64(made.x509.signature)));
  const binding = { kind: BINDING.X509, key, proof, from: AT, until: null };
  const detached = { scheme: SCHEME.X509, signature };
  const found = await ask(binding, detached, [root]);
  assert.deepEqual([found.result, found.code, found.bound], ['good', null, true]);
  assert.deepEqual([found.signer, found.root], ['ACME Ltd', 'ACME Root CA, ACME Ltd']);
  assert.equal((await ask(binding, detached, [root], 'else')).code, 'SIGNATURE_MISMATCH');
});
