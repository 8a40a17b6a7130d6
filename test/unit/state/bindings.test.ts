/** What publishers are bound to: keys and certificates as data, domains by attestation. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../../src/common/bytes.ts';
import { decode, encode, literal, text, tuple } from '../../../src/common/codec/index.ts';
import { sha256 } from '../../../src/common/hash.ts';
import {
  ATTESTATION_MS_MAX,
  BINDING,
  type BindingClaim,
  bindingClaimSchema,
  bindingId,
  DOMAINS_MAX,
  domainsAt,
  isBoundAt,
  isKeyBinding,
  LINKS_MAX,
} from '../../../src/ledger/bindings.ts';
import { DETACHED_BYTES_MAX, SCHEME } from '../../../src/ledger/detached.ts';
import {
  OPERATION,
  type Operation,
  type StatementOperation,
} from '../../../src/ledger/operations.ts';
import * as queries from '../../../src/state/queries.ts';
import { assetNamed, type Bench, bench, keysOf, MEMBER_IDS, statement } from './fixture.ts';
import { byMember, codes } from './members.ts';

const DAY_MS = 86_400_000;
const DOMAIN = 'acme.example';

const pgp = (key: string, proof = 'its signature'): BindingClaim => ({
  kind: BINDING.PGP,
  key: utf8(key),
  proof: utf8(proof),
});
const domain = (name = DOMAIN): BindingClaim => ({ kind: BINDING.DOMAIN, domain: name });
const bind = (claim: BindingClaim): Operation => ({ op: OPERATION.PUBLISHER_BIND, claim });
const unbind = (claim: BindingClaim): Operation => ({
  op: OPERATION.PUBLISHER_UNBIND,
  binding: bindingId(claim),
});
const attest = (until: number, publisher = 'acme', name = DOMAIN): Operation => ({
  op: OPERATION.DOMAIN_ATTEST,
  publisher,
  domain: name,
  until,
});
const unattest = (publisher = 'acme', name = DOMAIN): Operation => ({
  op: OPERATION.DOMAIN_UNATTEST,
  publisher,
  domain: name,
});

const now = (b: Bench): number => b.ledger.head.header.time;

function stateOf(b: Bench, id = 'acme') {
  const publisher = queries.publisher(b.ledger.state(), id);
  assert.ok(publisher);
  return publisher;
}

function domainsOf(b: Bench, at = now(b)): string[] {
  const state = b.ledger.state();
  const needed = queries.parameters(state).domainAttestations;
  return domainsAt(stateOf(b).bindings, { needed, active: queries.activeMembers(state) }, at);
}

suite('keys and certificates', () => {
  test('are kept with the signature by them, whatever that is, and from when to when', async () => {
    const b = await bench();
    const claim = pgp('a key');
    assert.deepEqual(await codes(b, b.make([bind(claim)])), ['']);
    const from = now(b);
    await b.grow();
    assert.deepEqual(await codes(b, b.make([unbind(claim)])), ['']);
    const until = now(b);
    assert.deepEqual(stateOf(b).bindings, [{ ...claim, from, until }]);
    const [binding] = stateOf(b).bindings;
    assert.ok(binding !== undefined && isKeyBinding(binding));
    assert.deepEqual(
      [from - 1, from, until - 1, until].map((at) => isBoundAt(binding, at)),
      [false, true, true, false],
    );
  });

  test('are bound once at a time, again after their end, and ended once', async () => {
    const b = await bench();
    const claim = pgp('a key');
    assert.deepEqual(
      await codes(b, b.make([bind(claim)]), b.make([bind(pgp('a key', 'another signature'))])),
      ['', 'BINDING_EXISTS'],
    );
    assert.deepEqual(await codes(b, b.make([unbind(claim)]), b.make([unbind(claim)])), [
      '',
      'BINDING_UNKNOWN',
    ]);
    assert.deepEqual(await codes(b, b.make([bind(claim)])), ['']);
    assert.equal(stateOf(b).bindings.length, 2);
  });

  test('are the same for two publishers: whose they are, clients find', async () => {
    const b = await bench();
    const both = ['acme', 'globex'].map((sender) => b.make([bind(pgp('a key'))], { sender }));
    assert.deepEqual(await codes(b, ...both), ['', '']);
  });

  test('have a bound in number and in bytes, and what is refused changes nothing', async () => {
    const b = await bench();
    const large = (i: number): BindingClaim => ({
      kind: BINDING.X509,
      key: new Uint8Array(DETACHED_BYTES_MAX).fill(i),
      proof: new Uint8Array(DETACHED_BYTES_MAX),
    });
    const made = [1, 2, 3].map((i) => b.make([bind(large(i))]));
    assert.deepEqual(await codes(b, ...made), ['', '', 'BINDINGS_FULL']);
    const before = stateOf(b);
    const names = Array.from({ length: DOMAINS_MAX + 1 }, (_, i) => domain(`a${i}.example`));
    const results = await codes(b, ...names.map((claim) => b.make([bind(claim)])));
    assert.deepEqual(results, [...names.slice(1).map(() => ''), 'BINDINGS_FULL']);
    assert.deepEqual(stateOf(b).bindings.slice(0, 2), before.bindings);
  });

  test('are bound by as many keys as the publisher asks for; recovery only ends them', async () => {
    const b = await bench();
    const recovery = sha256(keysOf('safe').publicKey);
    const set: Operation = { op: OPERATION.PUBLISHER_SET, approvals: null, recovery };
    const recovering = (operation: Operation) =>
      b.make([operation], { sender: 'recovery:acme', signers: [keysOf('safe')] });
    await codes(b, b.make([set]), b.make([bind(pgp('a key'))]));
    assert.deepEqual(
      await codes(b, recovering(bind(pgp('another'))), recovering(unbind(pgp('a key')))),
      ['UNAUTHORISED', ''],
    );
    assert.deepEqual(await codes(b, byMember(b, 'ada', [bind(pgp('mine'))])), ['UNAUTHORISED']);
  });
});

suite('a link', () => {
  const link = (to: string): BindingClaim => ({ kind: BINDING.LINK, link: to });

  test("is the publisher's own word until it takes it back, and has a bound", async () => {
    const b = await bench();
    const site = link('https://acme.example');
    assert.deepEqual(await codes(b, b.make([bind(site)]), b.make([bind(site)])), [
      '',
      'BINDING_EXISTS',
    ]);
    assert.deepEqual(stateOf(b).bindings, [{ ...site, from: now(b) }]);
    const more = Array.from({ length: LINKS_MAX }, (_, i) => link(`https://acme.example/${i}`));
    const results = await codes(b, ...more.map((claim) => b.make([bind(claim)])));
    assert.deepEqual(results, [...more.slice(1).map(() => ''), 'BINDINGS_FULL']);
    assert.deepEqual(await codes(b, b.make([unbind(site)]), b.make([unbind(site)])), [
      '',
      'BINDING_UNKNOWN',
    ]);
    assert.equal(stateOf(b).bindings.length, LINKS_MAX - 1);
  });

  test('is an https address that hides nothing', () => {
    const anyText = tuple({ kind: literal(BINDING.LINK), link: text(1_000) });
    const isTaken = (to: string): boolean => {
      const bytes = encode(anyText, { kind: BINDING.LINK, link: to });
      return decode(bindingClaimSchema, bytes, bytes.length).ok;
    };
    const taken = [
      'https://acme.example',
      'https://acme.example:8443/',
      'https://xn--bcher-kva.example/a/b?c=d#e',
    ];
    const refused = [
      'http://acme.example',
      'javascript:alert(1)',
      'https://acme',
      'https://ACME.example',
      'https://acme.example@evil.example',
      'https://127.0.0.1/',
      'https://acme.example/a b',
      'https://acme.example/\u202egro.live',
      'https://аcme.example/',
      'https://acme.example\n',
      `https://acme.example/${'a'.repeat(240)}`,
    ];
    for (const to of taken) assert.ok(isTaken(to), to);
    for (const to of refused) assert.ok(!isTaken(to), to);
  });
});

suite('a domain', () => {
  test('counts once enough members attest it, until their word expires', async () => {
    const b = await bench();
    await codes(b, b.make([bind(domain())]));
    assert.deepEqual(domainsOf(b), []);
    const until = now(b) + DAY_MS;
    await codes(b, byMember(b, 'ada', [attest(until)]));
    assert.deepEqual(domainsOf(b), [], 'one of two');
    await codes(b, byMember(b, 'bob', [attest(until + 5)]));
    assert.deepEqual(domainsOf(b), [DOMAIN]);
    assert.deepEqual(domainsOf(b, until - 1), [DOMAIN]);
    assert.deepEqual(domainsOf(b, until), [], 'one of them has expired, by the time alone');
  });

  test('needs as many as governance says, or all where there are fewer', async () => {
    const b = await bench({ parameters: { domainAttestations: 100 } });
    await codes(b, b.make([bind(domain())]));
    const until = now(b) + DAY_MS;
    for (const member of MEMBER_IDS) {
      assert.deepEqual(domainsOf(b), []);
      await codes(b, byMember(b, member, [attest(until)]));
    }
    assert.deepEqual(domainsOf(b), [DOMAIN]);
  });

  test('counts a member once, however often it attests; the newest word stands', async () => {
    const b = await bench();
    await codes(b, b.make([bind(domain())]));
    const first = byMember(b, 'ada', [attest(now(b) + DAY_MS)]);
    const second = byMember(b, 'ada', [attest(now(b) + 2 * DAY_MS)]);
    assert.deepEqual(await codes(b, first, second), ['', '']);
    assert.deepEqual(domainsOf(b), []);
    assert.equal(
      stateOf(b).bindings.flatMap((each) => ('attestations' in each ? each.attestations : []))
        .length,
      1,
    );
  });

  test('loses what is withdrawn, and all of it when the publisher lets go', async () => {
    const b = await bench();
    const until = now(b) + DAY_MS;
    await codes(b, b.make([bind(domain())]));
    await codes(b, byMember(b, 'ada', [attest(until)]), byMember(b, 'bob', [attest(until)]));
    assert.deepEqual(
      await codes(b, byMember(b, 'ada', [unattest()]), byMember(b, 'ada', [unattest()])),
      ['', 'ATTESTATION_MISSING'],
    );
    assert.deepEqual(domainsOf(b), []);
    await codes(b, b.make([unbind(domain())]), b.make([bind(domain())]));
    assert.deepEqual(stateOf(b).bindings, [{ ...domain(), from: now(b), attestations: [] }]);
  });

  test('is attested by members only, not for themselves, not for ever, not unclaimed', async () => {
    const b = await bench();
    await codes(b, b.make([bind(domain())]));
    const before = stateOf(b);
    const until = now(b) + DAY_MS;
    const tooLong = now(b) + ATTESTATION_MS_MAX + DAY_MS;
    const refused: readonly (readonly [string, Operation, string])[] = [
      ['PUBLISHER_UNKNOWN', attest(until, 'nobody'), 'ada'],
      ['BINDING_UNKNOWN', attest(until, 'acme', 'other.example'), 'ada'],
      ['BINDING_UNKNOWN', attest(until, 'globex'), 'ada'],
      ['TIME_INVALID', attest(now(b)), 'ada'],
      ['TIME_INVALID', attest(tooLong), 'ada'],
      ['PUBLISHER_UNKNOWN', unattest('nobody'), 'ada'],
      ['BINDING_UNKNOWN', unattest('globex'), 'ada'],
    ];
    for (const [code, operation, member] of refused) {
      assert.deepEqual(await codes(b, byMember(b, member, [operation])), [code]);
    }
    assert.deepEqual(await codes(b, b.make([attest(until)])), ['UNAUTHORISED']);
    assert.deepEqual(stateOf(b), before);
  });

  test('of a suspended member is not attested by it', () => {
    const attestations = ['ada', 'bob'].map((member) => ({ member, from: 0, until: 10 }));
    const bindings = [{ kind: BINDING.DOMAIN, domain: DOMAIN, from: 0, attestations }];
    const count = (active: readonly string[]) => domainsAt(bindings, { needed: 2, active }, 5);
    assert.deepEqual(count(['ada', 'bob', 'cyd']), [DOMAIN]);
    assert.deepEqual(count(['ada', 'cyd']), []);
    assert.deepEqual(count([]), [], 'nobody is not enough');
  });
});

test('a signature of another kind is kept with the statement, byte by byte', async () => {
  const b = await bench();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (signature) => {
      const detached = { scheme: SCHEME.X509, signature };
      const said = { ...(statement('tool') as StatementOperation), detached };
      assert.deepEqual(await codes(b, b.make([said])), ['']);
      const last = queries.statementsOn(b.ledger.state(), assetNamed('tool')).at(-1);
      assert.deepEqual(last?.statement.detached, detached);
    }),
    { numRuns: 20 },
  );
});
