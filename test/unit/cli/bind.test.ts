/** From PGP, X.509 and a domain to a publisher, by commands: bound, notarized, checked again. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatKeyFile } from '../../../src/cli/keys/key-file.ts';
import { toBase64url, toHex, utf8 } from '../../../src/common/bytes.ts';
import {
  BINDING,
  type BindingClaim,
  bindingText,
  domainRecord,
} from '../../../src/ledger/bindings.ts';
import { SCHEME } from '../../../src/ledger/detached.ts';
import { chainOf } from '../../../src/ledger/genesis.ts';
import {
  OPERATION,
  type Operation,
  type StatementOperation,
} from '../../../src/ledger/operations.ts';
import { dnsServer } from '../../support/dns.ts';
import {
  certificatePair,
  DAY,
  der,
  pgpPair,
  revocationList,
  signCms,
  signPgp,
} from '../detached/fixtures.ts';
import { keysOf, statement } from '../state/fixture.ts';
import { startWorld, type World, ztc } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

const at = (name: string): string => path.join(world.dir, name);
const run = (...words: string[]) => ztc([...words, '--json'], world.env);

async function result(...words: string[]) {
  const { exit, stdout, json } = await run(...words);
  assert.equal(exit, 0, stdout);
  return json.result;
}

async function code(...words: string[]) {
  const { exit, json } = await run(...words);
  return [exit, json.error?.code ?? json.result.items[0].error.code];
}

function memberKey(id: string): string[] {
  const key = { purpose: 'member', publisher: undefined, keys: keysOf(`member ${id}`) } as const;
  return ['--key', world.file(`${id}.member.key`, formatKeyFile(key))];
}

async function judged(file: string, ...words: string[]) {
  const { exit, json } = await run('authenticate', file, '--publisher', 'acme', ...words);
  const [{ status, reason, detached }] = json.result.items;
  const found = detached && [detached.result, detached.code, detached.bound];
  return [exit, status, reason, found];
}

const chain = () => chainOf(world.genesis.genesis);

/** What no honest command would write. */
async function put(operation: Operation): Promise<void> {
  const { id, bytes } = world.make([operation]);
  await world.call('tx_submit', { tx: toBase64url(bytes) });
  await world.call('tx_wait', { hash: `0x${toHex(id)}`, timeoutMs: 10_000 });
}

const RELEASE = 'the release';
const now = Date.now();
const gpg = await pgpPair('ACME Releases', { from: now - 10 * DAY });
const text = (publisher = 'acme') => utf8(bindingText(chain(), publisher));

test('a PGP user moves over with the signatures that he makes', async () => {
  const key = world.file('acme.pgp', gpg.publicKey);
  const release = world.file('release.bin', RELEASE);
  const signature = world.file('release.bin.sig', await signPgp(utf8(RELEASE), gpg, now));
  const early = await run('notarize', release, '--pgp', signature);
  assert.deepEqual([early.exit, early.json.error.code], [2, 'SIGNATURE_KEY_UNKNOWN']);
  assert.match(early.json.error.hint, /ztc publisher bind --pgp/);

  const first = await result('publisher', 'bind', '--pgp', key, '-o', at('acme.txt'));
  assert.deepEqual([first.publisher, first.file], ['acme', at('acme.txt')]);
  const proof = world.file('acme.txt.asc', await signPgp(text(), gpg, now));
  const bound = await result('publisher', 'bind', '--pgp', key, '--signature', proof);
  const [binding] = bound.bindings;
  const fingerprint = gpg.privateKey.getFingerprint().toUpperCase();
  assert.deepEqual(
    [binding.kind, binding.fingerprint, binding.signer, binding.counts],
    ['pgp', fingerprint, 'ACME Releases <releases@acme.example>', true],
  );
  assert.deepEqual(await code('publisher', 'bind', '--pgp', key, '--signature', proof), [
    7,
    'BINDING_EXISTS',
  ]);

  const made = await result('notarize', release, '--pgp', signature);
  assert.equal(made.items[0].detached.kind, 'pgp');
  assert.equal((await result('notarize', release, '--pgp', signature)).items[0].already, true);
  assert.deepEqual(await judged(release), [0, 'TRUSTED', null, ['good', null, true]]);
  assert.deepEqual(await judged(release, '--require-signature'), [
    0,
    'TRUSTED',
    null,
    ['good', null, true],
  ]);
  const { stdout } = await ztc(['authenticate', release, '--publisher', 'acme'], world.env);
  assert.match(stdout, new RegExp(`PGP signature: good by ACME Releases .*${fingerprint}, bound`));

  const digest = made.items[0].asset;
  const byHash = await run('authenticate', '--hash', digest, '--publisher', 'acme');
  assert.equal(byHash.exit, 0);
  assert.equal(byHash.json.result.items[0].detached.code, 'CONTENT_MISSING');
});

test('a receipt carries the signature and the binding: no network is needed', async () => {
  const genesis = at('genesis.json');
  const { exit } = await ztc(['rpc', 'chain_genesis'], world.env);
  assert.equal(exit, 0);
  const served = await (await fetch(`${world.env.ZTC_RPC}/.well-known/ztc.json`)).text();
  world.file('genesis.json', served);
  const release = at('release.bin');
  await result('authenticate', release, '--publisher', 'acme', '--save-receipt');
  const offline = ['--receipt', `${release}.ztc.json`, '--genesis', genesis];
  assert.deepEqual(await judged(release, ...offline), [0, 'TRUSTED', null, ['good', null, true]]);
});

test('what every reader would call bad is refused before it is public', async () => {
  const other = world.file('other.bin', 'another release');
  const signature = at('release.bin.sig');
  assert.deepEqual(await code('notarize', other, '--pgp', signature), [2, 'SIGNATURE_MISMATCH']);
  const garbage = world.file('garbage.sig', 'garbage');
  assert.deepEqual(await code('notarize', other, '--pgp', garbage), [2, 'SIGNATURE_MALFORMED']);
  assert.deepEqual(await code('notarize', other, '--x509', garbage), [2, 'SIGNATURE_MALFORMED']);
  const large = world.file('large.sig', new Uint8Array(80 * 1024));
  assert.deepEqual(await code('notarize', other, '--pgp', large), [2, 'SIGNATURE_TOO_LARGE']);
  const two = ['notarize', other, at('release.bin'), '--pgp', signature];
  assert.deepEqual(await code(...two), [2, 'USAGE']);
  const key = world.file('own.pgp', gpg.privateKey.write());
  assert.deepEqual(await code('publisher', 'bind', '--pgp', key), [2, 'KEY_PRIVATE']);
  const stranger = await pgpPair('Stranger', { from: now - DAY });
  const pgp = ['--pgp', world.file('stranger.pgp', stranger.publicKey)];
  const replay = world.file('replay.asc', await signPgp(text('globex'), stranger, now));
  const bind = ['publisher', 'bind', ...pgp, '--signature'];
  assert.deepEqual(await code(...bind, replay), [2, 'BINDING_INVALID']);
  assert.deepEqual(await code(...bind, at('acme.txt.asc')), [2, 'BINDING_INVALID']);
});

test('a bad signature on the ledger is shown, and is no exit 0', async () => {
  const file = world.file('forged.bin', 'forged');
  const detached = { scheme: SCHEME.PGP, signature: await signPgp(utf8('else'), gpg, now) };
  const forged = { ...(statement('forged') as StatementOperation), detached };
  await put(forged);
  assert.deepEqual(await judged(file), [
    12,
    'TRUSTED',
    'SIGNATURE_BAD',
    ['bad', 'SIGNATURE_MISMATCH', true],
  ]);
  const { stdout } = await ztc(['authenticate', file, '--publisher', 'acme'], world.env);
  assert.match(stdout, /PGP signature: BAD by ACME.*\n {4}SIGNATURE_MISMATCH: /);
  for (const list of [
    ['history', file],
    ['publisher', 'acts', 'acme', '--limit', '1'],
  ]) {
    const listed = await ztc(list, world.env);
    assert.match(listed.stdout, /forged 1\.0 {2}\(PGP signature, not checked here\)$/m);
  }
  const { transaction } = (await result('history', file)).items[0].statements[0];
  const shown = await ztc(['tx', 'show', transaction], world.env);
  assert.match(shown.stdout, /statement TRUSTED .*, pgp signature, not checked here/);
  const plain = world.file('plain.bin', 'plain');
  await result('notarize', plain);
  assert.deepEqual(await judged(plain), [0, 'TRUSTED', null, null]);
  assert.deepEqual(await judged(plain, '--require-signature'), [
    12,
    'TRUSTED',
    'SIGNATURE_MISSING',
    null,
  ]);
});

test('a certificate user moves over, and readers choose their roots', async () => {
  const span = { from: now - 10 * DAY, to: now + 300 * DAY };
  const root = await certificatePair({ name: 'ACME Root', isCa: true, ...span });
  const own = await certificatePair({ issuer: root, ...span });
  const certificate = world.file('cert.der', der(own));
  const proof = world.file('acme.p7s', await signCms(text(), own));
  await result('publisher', 'bind', '--x509', certificate, '--signature', proof);
  const file = world.file('signed.bin', 'signed');
  const signature = world.file('signed.p7s', await signCms(utf8('signed'), own));
  await result('notarize', file, '--x509', signature);
  assert.deepEqual(await judged(file), [0, 'TRUSTED', null, ['unchecked', 'ROOTS_MISSING', true]]);
  const other = await certificatePair({ name: 'Other Root', isCa: true, ...span });
  const { roots } = await result('trust', 'root', world.file('other.der', der(other)));
  assert.deepEqual(await judged(file), [
    12,
    'TRUSTED',
    'SIGNATURE_BAD',
    ['bad', 'CERTIFICATE_UNTRUSTED', true],
  ]);
  await result('trust', 'root', world.file('root.der', der(root)));
  assert.deepEqual(await judged(file, '--require-signature'), [
    0,
    'TRUSTED',
    null,
    ['good', null, true],
  ]);
  const list = world.file('root.crl', await revocationList(root, [own], { at: now - DAY }));
  const old = world.file('old.crl', await revocationList(other, []));
  await result('trust', 'crl', old);
  await result('trust', 'crl', list);
  await result('trust', 'crl', list);
  const { revocationLists } = await result('trust', 'list');
  assert.deepEqual(
    revocationLists.map(({ issuer }: { issuer: string }) => issuer),
    ['Other Root', 'ACME Root'],
  );
  assert.deepEqual(await judged(file), [
    12,
    'TRUSTED',
    'SIGNATURE_BAD',
    ['bad', 'CERTIFICATE_REVOKED', true],
  ]);
  await result('trust', 'remove', revocationLists[1].fingerprint);
  assert.deepEqual(await judged(file), [0, 'TRUSTED', null, ['good', null, true]]);
  assert.deepEqual(await code('trust', 'crl', certificate), [2, 'REVOCATION_LIST']);
  const listed = (await result('trust', 'list')).roots;
  assert.deepEqual(
    listed.map(({ subject }: { subject: string }) => subject),
    ['Other Root', 'ACME Root'],
  );
  await result('trust', 'remove', roots[0].fingerprint);
  assert.equal((await result('trust', 'list')).roots.length, 1);
  assert.deepEqual(await code('trust', 'root', certificate.replace('cert.der', 'garbage.sig')), [
    2,
    'SIGNATURE_MALFORMED',
  ]);
});

test('an ended binding keeps what was signed before it, and nothing after', async () => {
  const fingerprint = gpg.privateKey.getFingerprint();
  const shown = await result('publisher', 'unbind', fingerprint);
  assert.ok(shown.bindings[0].until !== null);
  assert.deepEqual(await judged(at('release.bin')), [0, 'TRUSTED', null, ['good', null, true]]);
  const late = world.file('late.bin', 'late');
  const signature = world.file('late.sig', await signPgp(utf8('late'), gpg, now));
  await result('notarize', late, '--pgp', signature);
  assert.deepEqual(await judged(late), [0, 'TRUSTED', null, ['good', null, false]]);
  assert.equal((await judged(late, '--require-signature'))[0], 12);
  assert.deepEqual(await code('publisher', 'unbind', fingerprint), [2, 'USAGE']);
});

test('a link is shown as the own word, until it is taken back', async () => {
  const link = 'https://acme.example/security';
  const { bindings } = await result('publisher', 'bind', '--link', link);
  const { kind, link: to, counts } = bindings.at(-1);
  assert.deepEqual([kind, to, counts], ['link', link, false]);
  const { stdout } = await ztc(['publisher', 'show', 'acme'], world.env);
  assert.match(stdout, /^link {5}https:\/\/acme\.example\/security {2}\(its own word\)$/m);
  for (const bad of ['http://acme.example', 'https://acme.example/\u202e']) {
    assert.deepEqual(await code('publisher', 'bind', '--link', bad), [2, 'USAGE']);
  }
  const left = await result('publisher', 'unbind', link);
  assert.equal(left.bindings.length, bindings.length - 1);
});

test('a domain counts once members have looked it up', async () => {
  const bound = await result('publisher', 'bind', '--domain', 'acme.example');
  const record = domainRecord(chain(), 'acme');
  assert.equal(bound.record, `_ztc.acme.example. IN TXT "${record}"`);
  assert.equal(bound.bindings.at(-1).counts, false);
  const right = await dnsServer('_ztc.acme.example', ['v=spf1 -all', record]);
  const wrong = await dnsServer('_ztc.acme.example', [domainRecord(chain(), 'globex')]);
  try {
    const by = (id: string, server: Socket, ...words: string[]) => {
      const resolver = `127.0.0.1:${server.address().port}`;
      const asked = ['acme', 'acme.example', '--resolver', resolver, ...words];
      return ['publisher', 'attest-domain', ...asked, ...memberKey(id)];
    };
    assert.deepEqual(await code(...by('ada', wrong)), [10, 'DOMAIN_RECORD']);
    const one = await result(...by('ada', right));
    assert.deepEqual([one.member, one.bindings.at(-1).counts], ['ada', false]);
    const two = await result(...by('bob', right));
    assert.deepEqual(two.bindings.at(-1).attesters, ['ada', 'bob']);
    assert.equal(two.bindings.at(-1).counts, true);
    const { stdout } = await ztc(
      ['authenticate', at('plain.bin'), '--publisher', 'acme'],
      world.env,
    );
    assert.match(stdout, /by Publisher acme \(acme, acme\.example, level \d/);
    const less = await result(...by('ada', wrong, '--withdraw'));
    assert.equal(less.bindings.at(-1).counts, false, 'nothing is looked up');
    assert.deepEqual(await code(...by('ada', right, '--withdraw')), [7, 'ATTESTATION_MISSING']);
    assert.deepEqual(await code(...by('ada', right, '--until', '2999-01-01')), [7, 'TIME_INVALID']);
    const strange = ['--key', world.env.ZTC_KEY_FILE ?? ''];
    const resolver = ['--resolver', `127.0.0.1:${right.address().port}`];
    const stranger = [
      'publisher',
      'attest-domain',
      'acme',
      'acme.example',
      ...resolver,
      ...strange,
    ];
    assert.notEqual((await run(...stranger)).exit, 0);
  } finally {
    right.close();
    wrong.close();
  }
  assert.deepEqual(await code('publisher', 'bind', '--domain', 'Acme.Example'), [2, 'USAGE']);
});

test('a binding that nobody could check is shown as that', async () => {
  const claim: BindingClaim = { kind: BINDING.PGP, key: utf8('no key'), proof: utf8('no proof') };
  await put({ op: OPERATION.PUBLISHER_BIND, claim });
  const { exit, stdout } = await ztc(['publisher', 'show', 'acme'], world.env);
  assert.equal(exit, 0);
  assert.match(stdout, /pgp {6}unreadable {2}unreadable {2}BINDING_INVALID/);
});
