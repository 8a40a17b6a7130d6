/**
 * A node that alters every single field of every answer, one at a time. Whatever it alters, the
 * client gives the true answer, because the field decides nothing, or none: never another one.
 *
 * That nothing is left out is seen by the node's own schema: every method that the client asks is
 * asked here, unless it is named among those that are taken at their word, and every field that the
 * schema of its answer has was there to be altered.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TSchema } from 'typebox';
import { ANSWERS, type AnsweredMethod } from '../../../src/client/answers.ts';
import { resolvedHeight } from '../../../src/client/at.ts';
import { askProposal } from '../../../src/client/governance.ts';
import { askConsistency } from '../../../src/client/headers.ts';
import { lightStep } from '../../../src/client/light.ts';
import { askPublisher } from '../../../src/client/publishers.ts';
import {
  assetHistory,
  authenticate,
  createClient,
  http,
  type LedgerClient,
  publisherActs,
  receiptOf,
  records,
  trustGenesis,
  verifyReceipt,
  ZtcError,
} from '../../../src/client/sdk.ts';
import { askList, askValues } from '../../../src/client/state.ts';
import { timeText } from '../../../src/client/views.ts';
import { askWitness } from '../../../src/client/witness.ts';
import { toHex, utf8 } from '../../../src/common/bytes.ts';
import { BINDING } from '../../../src/ledger/bindings.ts';
import { SCHEME } from '../../../src/ledger/detached.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { ACTION } from '../../../src/ledger/governance.ts';
import { checkpointHeader, genesisCheckpoint } from '../../../src/ledger/light-client.ts';
import {
  OPERATION,
  type Operation,
  STATUS,
  type StatementOperation,
  type Status,
} from '../../../src/ledger/operations.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { METHODS } from '../../../src/rpc/schema/index.ts';
import { type Rig, startRig } from '../rpc/rig.ts';
import { assetNamed, keysOf, MEMBER_IDS, memberNamed, put, statement } from '../state/fixture.ts';
import { approved, propose, putMember, ready, setParameters } from '../state/members.ts';

let rig: Rig;
/** Of a member's node on the same ledger. */
let url: string;
const digest = assetToText(assetNamed('a'));
const unknown = assetToText(assetNamed('nobody knows it'));

/** Not in the SDK's own error: the transport's, the proof's, and what only says "no verdict". */
const REFUSALS = ['PROOF_INVALID', 'BAD_ANSWER', 'STALE', 'BEFORE_GENESIS', 'FORK'];

/** Methods that the client asks without a proof, and why nothing rests on what they say. */
const AT_ITS_WORD: { readonly [M in AnsweredMethod]?: string } = {
  chain_status: 'which chain it claims, and hints; a chain is known by its genesis',
  chain_genesis: 'is its own proof, under a fingerprint; the trust commands test it',
  chain_getRawBlocks: 'are replayed, every byte; the replay commands test it',
  chain_validators: 'for people: who is to vote',
  chain_parameters: 'limits that a transaction is made within; execution decides',
  consensus_evidence: 'is its own proof; the evidence commands test it',
  gov_list: 'for people: what counts is proven by gov_get',
  member_list: 'for people',
  node_consensus: 'how the node itself stands',
  node_info: 'how the node itself stands',
  node_peers: 'how the node itself stands',
  publisher_get: 'finds a publisher by its key; what counts is proven by publisher_prove',
  publisher_list: 'for people',
  record_get: 'for programs that ask without proof',
  record_history: 'for programs that ask without proof',
  tx_submit: 'whether it was taken; what came of it shows in state',
  tx_wait: 'when to look; what came of it shows in state',
};

/** What is asked, each by a client that knows the genesis only. */
const OPERATIONS: Readonly<Record<string, (client: LedgerClient) => Promise<unknown>>> = {
  'a known asset': (client) => authenticate(client, digest, { publisher: 'acme' }),
  'everything about an asset': (client) => authenticate(client, digest, { anyPublisher: true }),
  'an unknown asset': (client) => authenticate(client, unknown, { publisher: 'acme' }),
  'one who said nothing': (client) => authenticate(client, digest, { publisher: 'nobody' }),
  'a word by a stolen key': (client) => authenticate(client, digest, { publisher: 'globex' }),
  'an asset at a height': (client) => authenticate(client, digest, { at: { height: 1 } }),
  'an asset at a time': (client) => {
    const time = rig.ledger.header(2)?.time as number;
    return authenticate(client, digest, { at: { time } });
  },
  'a record': (client) => records.get(client, { namespace: 'acme/x', key: 'k' }),
  'an absent record': (client) => records.get(client, { namespace: 'acme/x', key: 'l' }),
  'entries of the state': async ({ caller, context }) => {
    const keys = [stateKey.publisher('acme'), stateKey.publisher('nobody'), stateKey.epoch];
    return askValues(caller, keys, { ...context(), at: resolvedHeight(5) });
  },
  'a page of a list': async ({ caller, context }) => {
    const key = stateKey.publisherActs('acme');
    const { from, items, count } = await askList(caller, { key, from: 1, limit: 2 }, context());
    return { from, items, count };
  },
  'the latest of a list': async ({ caller, context }) => {
    const key = stateKey.recordRevisions('acme/x', 'k');
    const { from, items, count } = await askList(caller, { key, limit: 1 }, context());
    return { from, items, count };
  },
  'the revisions of a record': (client) =>
    records.history(client, { namespace: 'acme/x', key: 'k', limit: 5 }),
  'the acts of a publisher': (client) => publisherActs(client, { publisher: 'acme', limit: 3 }),
  'all statements on an asset': (client) => assetHistory(client, digest),
  'a publisher': async ({ caller, context }) => {
    return (await askPublisher(caller, 'acme', context())).answer;
  },
  'a publisher that is none': async ({ caller, context }) => {
    return (await askPublisher(caller, 'nobody', context())).answer;
  },
  'an open proposal': async ({ caller, context }) => {
    return (await askProposal(caller, 2, context())).answer;
  },
  'an executed proposal': async ({ caller, context }) => {
    return (await askProposal(caller, 1, context())).answer;
  },
  'one history': async ({ caller, context }) => {
    const { from, to } = await askConsistency(caller, { from: 3, to: 6 }, context().validators);
    return [from.header, to.header];
  },
  "a member's node behind a block": async ({ caller, context }) => {
    const [{ header }, hash] = [rig.ledger.head, rig.ledger.head.hash];
    const head = { height: header.height, time: header.time, hash };
    const member = await askWitness(caller, head, context());
    if (member === undefined) throw new ZtcError('STALE', 'nobody stands behind it');
    return member;
  },
  'a receipt': async (client) => verifyReceipt(await receiptOf(client, digest), client.trust),
  'a receipt of one publisher': async (client) => {
    const receipt = await receiptOf(client, digest, { publisher: 'globex' });
    return verifyReceipt(receipt, client.trust, { publisher: 'globex' });
  },
  'a step of the light client': async (client) => {
    const step = await lightStep(client.caller, genesisCheckpoint(rig.genesis.genesis));
    // A node may always say that it is behind: then it has shown nothing.
    if (step === undefined) throw new ZtcError('STALE', 'behind');
    const header = checkpointHeader(step.checkpoint);
    return header && { height: header.height, time: timeText(header.time), epoch: header.epoch };
  },
};

async function block(...made: readonly ReceivedTransaction[]): Promise<void> {
  for (const each of made) rig.pool.set(toHex(each.id), each);
  await rig.seal(Date.now());
}

const more = ['b', 'c', 'd'].map((name) => statement(name));

/** With a signature of another kind, so that its fields are lied about, too. */
function signed(name: string, status: Status = STATUS.TRUSTED): Operation {
  const detached = { scheme: SCHEME.PGP, signature: utf8('a signature') };
  return { ...(statement(name, status) as StatementOperation), detached };
}

const bound: readonly Operation[] = [
  { kind: BINDING.PGP, key: utf8('a key'), proof: utf8('its signature') } as const,
  { kind: BINDING.DOMAIN, domain: 'acme.example' } as const,
  { kind: BINDING.LINK, link: 'https://acme.example' } as const,
].map((claim) => ({ op: OPERATION.PUBLISHER_BIND, claim }));

function attesting(member: string): ReceivedTransaction {
  const until = Date.now() + 86_400_000;
  const attest = { op: OPERATION.DOMAIN_ATTEST, publisher: 'acme', domain: 'acme.example', until };
  const as = { sender: `member:${member}`, signers: [keysOf(`member ${member}`)] };
  return rig.sign([attest], as);
}

before(async () => {
  rig = await startRig({ genesisTime: Date.now() - 5_000 });
  const b = { make: rig.sign };
  await block(rig.make([signed('a'), put('acme/x', 'k', 'v'), ...more, ...bound])); // 1
  await block(attesting('ada'), ...approved(b, [putMember(memberNamed('eve'))])); // 2
  await block(ready(b, 'eve')); // 3
  await block(); // 4: eve votes from here on
  await block(rig.make([signed('a', STATUS.UNTRUSTED), statement('z')], 'globex')); // 5
  const since = rig.ledger.head.header.time;
  await block(propose(b, [setParameters({ heartbeatMs: 9_000 })])); // 6
  const key = keysOf('globex').publicKey;
  const stolen = { action: ACTION.KEY_COMPROMISED, publisher: 'globex', key, since } as const;
  await block(...approved(b, [stolen], [...MEMBER_IDS, 'eve'], 3)); // 7
  assert.equal(rig.ledger.results(7)?.at(-1)?.code, '');
  await block();
  url = await rig.beside('bob');
});
after(() => rig.stop());

type Path = readonly (string | number)[];
type Holder = Record<string | number, unknown>;
/** An answer of the node, by method and how often it was asked before. */
type Answers = Map<string, unknown>;

/** What the node said so far: the same question on a chain that stands still has one answer. */
const known = new Map<string, string>();

async function ask(question: string, init: RequestInit | undefined): Promise<string> {
  const body = question.replace(/"id":\d+/, '"id":0');
  const text = known.get(body) ?? (await (await fetch(url, { ...init, body })).text());
  known.set(body, text);
  return text;
}

/** A client whose node's answers pass through `change`. */
function clientWith(change: (name: string, result: unknown) => unknown): LedgerClient {
  const counts = new Map<string, number>();
  const fetcher: typeof fetch = async (_, init) => {
    const { method, id } = JSON.parse(init?.body as string) as { method: string; id: number };
    const count = counts.get(method) ?? 0;
    counts.set(method, count + 1);
    const answer = JSON.parse(await ask(init?.body as string, init)) as { result: unknown };
    const result = change(`${method} ${count}`, answer.result);
    return new Response(JSON.stringify({ ...answer, id, result }));
  };
  const transport = http(url, { fetch: fetcher, retries: 0 });
  return createClient({ transport, trust: trustGenesis(formatGenesisFile(rig.genesis)) });
}

/** Ways to alter a value; undefined where one does not apply. */
const LIES: readonly ((value: unknown) => unknown)[] = [
  (value) => (typeof value === 'number' ? value + 1 : undefined),
  (value) => (typeof value === 'string' && value !== '' ? altered(value) : undefined),
  (value) => (typeof value === 'string' && value !== '' ? value.slice(0, -1) : undefined),
  (value) => (typeof value === 'boolean' ? !value : undefined),
  (value) => (Array.isArray(value) && value.length > 0 ? value.slice(1) : undefined),
  (value) => (Array.isArray(value) && value.length > 0 ? [...value, value[0]] : undefined),
  (value) => (Array.isArray(value) && value.length > 1 ? value.toReversed() : undefined),
  (value) => (value === null ? '' : null),
];

/** One character in the middle is another one of the same alphabet. */
function altered(text: string): string {
  const at = Math.floor(text.length / 2);
  return text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
}

/** Calls back with the path of everything in a document, itself too. */
function visit(value: unknown, path: Path, each: (path: Path) => void): void {
  each(path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key], each);
}

/** The document with what is at `path` altered; undefined where the lie does not apply. */
function lying(document: unknown, path: Path, lie: (value: unknown) => unknown): unknown {
  const box: Holder = { it: structuredClone(document) };
  const steps: Path = ['it', ...path];
  const holder = steps.slice(0, -1).reduce((at, key) => (at as Holder)[key], box as unknown);
  const name = steps.at(-1) as string;
  const changed = lie((holder as Holder)[name]);
  if (changed === undefined) return undefined;
  (holder as Holder)[name] = changed;
  return box.it;
}

/** What was altered: methods, and their fields as `items.*.name`. */
const altering = new Map<string, Set<string>>();

function noteAltered(method: string, path: Path): void {
  const fields = altering.get(method) ?? new Set();
  altering.set(
    method,
    fields.add(path.map((key) => (/^\d+$/.test(`${key}`) ? '*' : key)).join('.')),
  );
}

/** The fields that a schema gives an answer; of several kinds of object an answer has one. */
function fieldsOf(schema: TSchema, path: Path = []): string[] {
  const { properties, items, anyOf } = schema as {
    properties?: Readonly<Record<string, TSchema>>;
    items?: TSchema;
    anyOf?: readonly TSchema[];
  };
  const kinds = (anyOf ?? []).filter((part) => (part as { type?: string }).type !== 'null');
  return [
    ...Object.entries(properties ?? {}).flatMap(([name, inner]) => [
      [...path, name].join('.'),
      ...fieldsOf(inner, [...path, name]),
    ]),
    ...(items === undefined ? [] : fieldsOf(items, [...path, '*'])),
    ...(kinds.length === 1 ? kinds.flatMap((kind) => fieldsOf(kind, path)) : []),
  ];
}

/** Runs the operation once for each lie in turn. @returns how many were refused */
async function lieAbout(operation: (client: LedgerClient) => Promise<unknown>): Promise<number> {
  const honest: Answers = new Map();
  const truth = await operation(
    clientWith((method, result) => {
      honest.set(method, result);
      return result;
    }),
  );
  let refused = 0;
  for (const [method, document] of honest) {
    const paths: Path[] = [];
    visit(document, [], (path) => paths.push(path));
    for (const path of paths) {
      noteAltered(method.split(' ')[0] as string, path);
      for (const lie of LIES) {
        const lied = lying(document, path, lie);
        if (lied === undefined) continue;
        const client = clientWith((asked, result) => (asked === method ? lied : result));
        const where = `${method}: ${path.join('.')}`;
        try {
          assert.deepEqual(await operation(client), truth, where);
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          const code = error instanceof ZtcError ? error.code : String(error);
          assert.ok(REFUSALS.includes(code), `${where}: ${code}`);
          refused++;
        }
      }
    }
  }
  return refused;
}

describe('a lying node', () => {
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    test(`about ${name}: every field of every answer`, async () => {
      const refused = await lieAbout(operation);
      assert.ok(refused > 20, `${refused} lies were refused`);
    });
  }

  test('has lied in every method whose answer is to be proven, and in every field of it', () => {
    const proven = Object.keys(ANSWERS).filter((method) => !(method in AT_ITS_WORD));
    assert.deepEqual([...altering.keys()].sort(), proven.sort());
    const missed = proven.flatMap((method) => {
      const fields = altering.get(method) as Set<string>;
      const { result } = METHODS[method as AnsweredMethod];
      return fieldsOf(result).flatMap((field) => (fields.has(field) ? [] : `${method} ${field}`));
    });
    assert.deepEqual(missed, []);
  });
});
