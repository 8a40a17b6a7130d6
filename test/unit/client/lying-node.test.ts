/**
 * A node that alters every single field of every answer, one at a time. Whatever it alters, the
 * client gives the true answer, because the field decides nothing, or none: never another one.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resolvedHeight } from '../../../src/client/at.ts';
import { lightStep } from '../../../src/client/light.ts';
import {
  authenticate,
  createClient,
  http,
  type LedgerClient,
  receiptOf,
  records,
  trustGenesis,
  verifyReceipt,
  ZtcError,
} from '../../../src/client/sdk.ts';
import { askList, askValues } from '../../../src/client/state.ts';
import { timeText } from '../../../src/client/views.ts';
import { toHex } from '../../../src/common/bytes.ts';
import { formatGenesisFile } from '../../../src/ledger/genesis-file.ts';
import { checkpointHeader, genesisCheckpoint } from '../../../src/ledger/light-client.ts';
import { STATUS } from '../../../src/ledger/operations.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { type Rig, startRig } from '../rpc/rig.ts';
import { assetNamed, memberNamed, put, statement } from '../state/fixture.ts';
import { approved, putMember, ready } from '../state/members.ts';

let rig: Rig;
const digest = assetToText(assetNamed('a'));
const unknown = assetToText(assetNamed('nobody knows it'));

/** Not in the SDK's own error: the transport's, the proof's, and what only says "no verdict". */
const REFUSALS = ['PROOF_INVALID', 'BAD_ANSWER', 'STALE', 'BEFORE_GENESIS', 'FORK'];

/** What is asked, each by a client that knows the genesis only. */
const OPERATIONS: Readonly<Record<string, (client: LedgerClient) => Promise<unknown>>> = {
  'a known asset': (client) => authenticate(client, digest, { publisher: 'acme' }),
  'an unknown asset': (client) => authenticate(client, unknown, { publisher: 'acme' }),
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
  'a receipt': async (client) => verifyReceipt(await receiptOf(client, digest), client.trust),
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

before(async () => {
  rig = await startRig({ genesisTime: Date.now() - 5_000 });
  const b = { make: rig.sign };
  await block(rig.make([statement('a'), put('acme/x', 'k', 'v'), ...more])); // 1
  await block(...approved(b, [putMember(memberNamed('eve'))])); // 2
  await block(ready(b, 'eve')); // 3
  await block(); // 4: eve votes from here on
  await block(rig.make([statement('a', STATUS.UNTRUSTED)], 'globex')); // 5
  await block();
});
after(() => rig.stop());

type Path = readonly (string | number)[];
type Holder = Record<string | number, unknown>;
/** An answer of the node, by method and how often it was asked before. */
type Answers = Map<string, unknown>;

/** A client whose node's answers pass through `change`. */
function clientWith(change: (name: string, result: unknown) => unknown): LedgerClient {
  const counts = new Map<string, number>();
  const fetcher: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    const { method } = JSON.parse(init?.body as string) as { method: string };
    const count = counts.get(method) ?? 0;
    counts.set(method, count + 1);
    const answer = (await response.json()) as { result: unknown };
    return new Response(
      JSON.stringify({ ...answer, result: change(`${method} ${count}`, answer.result) }),
    );
  };
  const transport = http(rig.url, { fetch: fetcher, retries: 0 });
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

describe('a lying node', () => {
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    test(`about ${name}: every field of every answer`, async () => {
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
      assert.ok(refused > 20, `${refused} lies were refused`);
    });
  }
});
