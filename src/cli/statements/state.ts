/** `notarize`, `untrust` and `unsupport`: a publisher's word on many inputs, made final. */

import { resolvedHeight } from '../../client/at.ts';
import { askAlone, askAsset, hasStated, type Proven } from '../../client/authenticate.ts';
import { hashText, timeText } from '../../client/views.ts';
import { toHex } from '../../common/bytes.ts';
import type { Json } from '../../common/codec/index.ts';
import type { AssetAnswer } from '../../ledger/authenticate.ts';
import type { StatementOperation, StatusName } from '../../ledger/operations.ts';
import type { Signer } from '../../ledger/signing.ts';
import type { Statement } from '../../ledger/state-values.ts';
import { statementFieldsView } from '../../ledger/statement-view.ts';
import { invalidity } from '../../ledger/verdict.ts';
import { collected } from '../collect.ts';
import type { Outcome } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Manifest } from '../hashing/manifest.ts';
import { type Hashed, hashInput, type Input } from '../inputs.ts';
import { failedItem, type Item, mapBounded, outcomeOf } from '../items.ts';
import { publisherOfKey, type SigningKey } from '../keys/signing-key.ts';
import { type Io, paint, printable, toneOf } from '../output.ts';
import { provenPublisher } from '../publishers/voice.ts';
import { saveReceipt, withReceipt } from '../receipts.ts';
import type { Session } from '../session.ts';
import {
  type FinalTransaction,
  isConfirmed,
  limitsOf,
  sendTransaction,
  splitOperations,
  validUntil,
} from '../transactions.ts';
import { contentOfInput, requireGood } from './detached.ts';
import { tellOnce } from './first-use.ts';
import { type Intent, planStatement, saysAlready } from './intent.ts';
import { hidden, inClear, knownOpenings } from './openings.ts';

export interface StateOptions {
  readonly session: Session;
  readonly key: SigningKey;
  /** Further keys that sign with it. */
  readonly cosigners: readonly Signer[];
  readonly inputs: readonly Input[];
  readonly intent: Intent;
  /** State it even where it is said already. */
  readonly again: boolean;
  /** Folders are taken with all in them. */
  readonly recursive?: boolean | undefined;
  /** Hears what a folder or commit holds. */
  readonly onManifest?: (manifest: Manifest) => Promise<void>;
  readonly timeoutMs: number;
  /** The file that it goes to in place of the ledger, for more signatures. */
  readonly collect: string | undefined;
  /** Where the receipt of each input goes, if anywhere. */
  readonly receipts: readonly (string | undefined)[];
}

/** Reading a disk in parallel gains little beyond this. */
const HASHING_MAX = 4;
/** Proven questions to the node at a time. */
const ASKING_MAX = 8;

/** What has to be said about one asset. */
interface Plan {
  readonly operation: StatementOperation;
  /** The statement that says it already. */
  readonly already: Statement | undefined;
}

type Tried<T> = { readonly value: T } | { readonly error: unknown };

async function tried<T>(run: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { value: await run() };
  } catch (error) {
    return { error };
  }
}

/** Makes the statements and reports on every input. */
export async function stateAll(options: StateOptions, io: Io): Promise<Outcome> {
  const { session, key, inputs } = options;
  const publisher = await publisherOfKey(key, session.client);
  await tellOnce(key.signer.publicKey, io);
  const how = { recursive: options.recursive, recognised: true, shown: inputs.length === 1 };
  const hashed = await mapBounded(inputs, HASHING_MAX, (input) =>
    tried(() => hashInput(input, io, how)),
  );
  for (const each of hashed) {
    if ('value' in each && each.value.manifest) await options.onManifest?.(each.value.manifest);
  }
  // The same content twice is one asset and one statement; the first name counts.
  const assets = new Map<string, Hashed>();
  for (const each of hashed) {
    if (!('value' in each)) continue;
    const id = toHex(each.value.asset);
    if (!assets.has(id)) assets.set(id, each.value);
  }
  const ids = [...assets.keys()];
  const plans = new Map<string, Tried<Plan>>();
  await mapBounded(ids, ASKING_MAX, async (id) => {
    const plan = await tried(() => planOne(options, publisher, assets.get(id) as Hashed, io));
    plans.set(id, plan);
  });
  await checkSignatures(options, publisher, plans);
  const { collect } = options;
  if (collect !== undefined) {
    for (const each of [...hashed, ...plans.values()]) if ('error' in each) throw each.error;
    return collectAll(options, publisher, collect, entriesOf(ids, plans), io);
  }
  const sent = await sendAll(options, publisher, ids, plans, io);
  const items = inputs.map((input, i) => {
    const each = hashed[i] as Tried<Hashed>;
    if ('error' in each) return failedItem(input.input, each.error);
    const id = toHex(each.value.asset);
    const plan = plans.get(id) as Tried<Plan>;
    if ('error' in plan) return failedItem(input.input, plan.error);
    const { operation, already } = plan.value;
    if (already !== undefined) return alreadyItem(input.input, already, io);
    const fate = sent.get(id) as Tried<Sent>;
    if ('error' in fate) return failedItem(input.input, fate.error);
    return madeItem(input.input, publisher, operation, fate.value, io);
  });
  await session.remember({ written: highest(sent) });
  const saved = await mapBounded(items, ASKING_MAX, (item, i) =>
    withReceipt(item, options.receipts[i], async (file) => {
      const { asset } = (hashed[i] as { readonly value: Hashed }).value;
      const proof = { ...session.proof, minHeight: item.json.height as number };
      const proven = await askAlone(session.client, asset, publisher, proof);
      await saveReceipt(file, session, proven, await knownOpenings(proven.answer, io));
    }),
  );
  return outcomeOf(saved, { publisher, chain: hashText(session.chain), trust: session.origin });
}

async function planOne(
  options: StateOptions,
  publisher: string,
  hashed: Hashed,
  io: Io,
): Promise<Plan> {
  const { session, intent, again } = options;
  const { client, proof } = session;
  const { asset } = hashed;
  const committed = { chain: session.chain, publisher, asset };
  const plan = async (clear: StatementOperation): Promise<Plan> => {
    const operation = intent.isPrivate ? await hidden(clear, committed, io) : clear;
    return { operation, already: undefined };
  };
  const fresh = again && !intent.keepsDetails;
  if (fresh || !(await hasStated(client, asset, publisher, proof.minHeight))) {
    return plan(planStatement(intent, hashed, undefined));
  }
  const { answer } = await askAlone(client, asset, publisher, proof);
  const current = answer.statements.findLast((statement) => statement.publisher === publisher);
  const operation = planStatement(intent, hashed, current);
  const judged = answer.publishers.get(publisher);
  const counts = current !== undefined && judged && invalidity(current, judged.publisher) === null;
  const known = current && (await inClear(current, io));
  const said = !again && counts === true && saysAlready(intent, operation, known);
  return said ? { operation, already: current } : plan(operation);
}

/** Of the one input that has a detached signature; throws where every reader would call it bad. */
async function checkSignatures(
  { session, inputs }: StateOptions,
  id: string,
  plans: ReadonlyMap<string, Tried<Plan>>,
): Promise<void> {
  const [plan] = plans.values();
  const [input] = inputs;
  if (plan === undefined || input === undefined || 'error' in plan) return;
  const { operation, already } = plan.value;
  if (operation.detached === null || already !== undefined) return;
  const { judged, time } = await provenPublisher(session, id);
  const content = await contentOfInput(input);
  const statement = { statement: operation, time };
  await requireGood({ chain: session.chain, publisher: judged.publisher, statement, content });
}

interface Sent extends FinalTransaction {
  readonly verified: boolean;
}

/** What is to be said. */
function entriesOf(
  ids: readonly string[],
  plans: ReadonlyMap<string, Tried<Plan>>,
): { readonly id: string; readonly operation: StatementOperation }[] {
  return ids.flatMap((id) => {
    const plan = plans.get(id);
    if (plan === undefined || 'error' in plan || plan.value.already !== undefined) return [];
    return [{ id, operation: plan.value.operation }];
  });
}

async function collectAll(
  { session, key, cosigners }: StateOptions,
  sender: string,
  file: string,
  entries: readonly { readonly operation: StatementOperation }[],
  io: Io,
): Promise<Outcome> {
  const chunks = splitOperations(entries, limitsOf(session));
  if (chunks.length !== 1) {
    throw usageError(
      chunks.length === 0
        ? 'all of it is stated already'
        : 'this is more than one transaction holds: give fewer files to --collect',
    );
  }
  const operations = entries.map(({ operation }) => operation);
  return collected(file, { session, sender, signers: [key.signer, ...cosigners], operations }, io);
}

async function sendAll(
  options: StateOptions,
  publisher: string,
  ids: readonly string[],
  plans: ReadonlyMap<string, Tried<Plan>>,
  io: Io,
): Promise<ReadonlyMap<string, Tried<Sent>>> {
  const { session, key, timeoutMs } = options;
  const sent = new Map<string, Tried<Sent>>();
  for (const chunk of splitOperations(entriesOf(ids, plans), limitsOf(session))) {
    const fate = await tried(async () => {
      const operations = chunk.map(({ operation }) => operation);
      const until = await validUntil(session, io);
      const signers = [key.signer, ...options.cosigners];
      const send = { session, sender: publisher, signers, operations, validUntil: until };
      const final = await sendTransaction({ ...send, timeoutMs }, io);
      const [first] = operations as [StatementOperation, ...StatementOperation[]];
      const check = (): Promise<boolean> => isOnLedger(session, publisher, first, final);
      return { ...final, verified: await isConfirmed(check, final, session, io) };
    });
    for (const { id } of chunk) sent.set(id, fate);
  }
  return sent;
}

/** A transaction is applied all or nothing: one of its statements proven is all of them proven. */
async function isOnLedger(
  session: Session,
  publisher: string,
  operation: StatementOperation,
  final: FinalTransaction,
): Promise<boolean> {
  const { client } = session;
  const proof = { ...session.proof, minHeight: final.height };
  const isIn = ({ answer }: Proven<AssetAnswer>): boolean =>
    answer.statements.some(({ transaction }) => hashText(transaction) === final.id);
  const at = { ...proof, at: resolvedHeight(final.height) };
  const word = await askAlone(client, operation.asset, publisher, at);
  await session.remember({ head: word.view.head });
  // Another one of its transactions may have said more in the same block.
  return isIn(word) || isIn(await askAsset(client, operation.asset, proof));
}

function highest(sent: ReadonlyMap<string, Tried<Sent>>): number {
  const heights = [...sent.values()].map((fate) => ('value' in fate ? fate.value.height : 0));
  return heights.reduce((a, b) => Math.max(a, b), 0);
}

function alreadyItem(input: string, said: Statement, io: Io): Item {
  const { statement, publisher, height, time } = said;
  const json = {
    ...statementFieldsView(statement),
    publisher,
    already: true,
    height,
    time: timeText(time),
    transaction: hashText(said.transaction),
  };
  const when = `already, since height ${height}, ${timeText(time)}`;
  return { input, exit: EXIT.OK, json, text: linesOf(input, json, when, io) };
}

function madeItem(
  input: string,
  publisher: string,
  operation: StatementOperation,
  sent: Sent,
  io: Io,
): Item {
  const { id, height, time, verified } = sent;
  const made = { already: false, height, time, transaction: id, verified };
  const json = { ...statementFieldsView(operation), publisher, ...made };
  const when = `final at height ${height}${time === null ? '' : `, ${time}`}`;
  return { input, exit: EXIT.OK, json, text: linesOf(input, json, when, io) };
}

type JsonWords = { readonly [name: string]: Json } & {
  readonly status: StatusName;
  readonly commitment: string | null;
};

function linesOf(input: string, json: JsonWords, when: string, io: Io): readonly string[] {
  return [
    `${paint(io, toneOf(json.status), json.status)}  ${printable(input)}`,
    `  ${json.asset}`,
    `  by ${json.publisher}, ${when}`,
    ...(json.commitment === null ? [] : ['  name, version, size and attributes are private']),
  ];
}
