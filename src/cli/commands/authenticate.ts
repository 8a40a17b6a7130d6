/** `ztc authenticate`: may I trust this file, now? */
import { askAbout } from '../../client/authenticate.ts';
import { unanswered } from '../../client/verify-receipt.ts';
import { equalBytes } from '../../common/bytes.ts';
import type { ProvenHead } from '../../ledger/finality.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { SUBJECT } from '../../ledger/receipt.ts';
import { verdictOf, withSignature } from '../../ledger/verdict.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { type Manifest, manifestChanges, parseManifest } from '../hashing/manifest.ts';
import { readText } from '../home/files.ts';
import { hashInput, INPUT_OPTIONS, INPUT_POSITIONALS, type Input, parseInputs } from '../inputs.ts';
import { failedItem, type Item, mapBounded, outcomeOf } from '../items.ts';
import { AT_OPTIONS, READ_OPTIONS } from '../options.ts';
import { type Io, printable } from '../output.ts';
import {
  asksNode,
  openReceipt,
  otherPublisher,
  READ_RECEIPT_OPTIONS,
  type ReceiptArgs,
  receiptFiles,
  SAVE_RECEIPT_OPTIONS,
  saveReceipt,
  wrongSubject,
} from '../receipts.ts';
import { openSession, type Standing } from '../session.ts';
import { checkDetached, contentOfInput } from '../statements/detached.ts';
import { knownOpenings } from '../statements/openings.ts';
import { type Judged, type Policy, verdictItem } from '../statements/verdict-item.ts';

/** Hashing and proven questions at a time. */
const INPUTS_AT_ONCE_MAX = 4;
/** Of the longest word for a change. */
const CHANGE_COLUMNS = 'removed'.length;

export const authenticate = defineCommand({
  name: 'authenticate',
  summary: 'may I trust these files, now? Verifies the answer without trusting the node',
  details: [
    'Exits 0 only for a publisher named by --publisher, pinned in the trust file (ztc trust pin),',
    'or under --any-publisher. Another TRUSTED answer is printed in full and exits 12.',
    'A PGP or X.509 signature that the statement carries is checked again; a bad one exits 12.',
    'A network failure or an old answer is no verdict: exit 5.',
    'With --publisher only its word is asked for: what others state lengthens neither answer nor',
    'receipt. Without, where more was said than an answer holds (2,000 statements), those pinned',
    'are heard alone (complete: false), and a receipt needs --publisher.',
    'A receipt (--save-receipt, --receipt) proves the answer as of its height, with no network and',
    'years later too; it needs the genesis, from the trust file or by --genesis FILE. That of one',
    "publisher's word counts for who names it, or has pinned it and nobody else.",
  ],
  examples: [
    'ztc authenticate app.tgz --publisher acme',
    'curl -sL https://example.com/app.tgz | ztc authenticate -',
    'ztc authenticate app.tgz --publisher acme --at 2026-11-01T00:00:00Z',
    'ztc authenticate app.tgz --receipt app.tgz.ztc.json --genesis genesis.json --publisher acme',
  ],
  positionals: INPUT_POSITIONALS,
  options: {
    ...INPUT_OPTIONS,
    publisher: { type: 'string', describe: "only this publisher's word counts", value: 'ID' },
    'any-publisher': { type: 'boolean', describe: "whoever it was, the members' vouch is enough" },
    manifest: {
      type: 'string',
      env: false,
      describe: 'what ztc notarize --manifest wrote: says what changed in the folder since',
      value: 'FILE',
    },
    'require-signature': {
      type: 'boolean',
      env: false,
      describe: 'TRUSTED counts only with a good PGP or X.509 signature by a bound key',
    },
    ...SAVE_RECEIPT_OPTIONS,
    ...READ_RECEIPT_OPTIONS,
    ...AT_OPTIONS,
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { publisher, 'any-publisher': anyPublisher = false } = args;
    const { 'require-signature': requireSignature = false } = args;
    if (publisher !== undefined && !ID_PATTERN.test(publisher)) {
      throw usageError(`--publisher ${publisher} is no id: 2 to 40 of a-z, 0-9 and -`);
    }
    if (publisher !== undefined && anyPublisher) {
      throw usageError('--publisher and --any-publisher exclude each other');
    }
    const inputs = parseInputs(args.paths, args.hash);
    if (args.receipt !== undefined) {
      const offline = await fromReceipt(args.receipt, inputs, args, io);
      if (!asksNode(args, io)) return outcomeOf([offline]);
    }
    const files = await receiptFiles(args, inputs);
    const session = await openSession(args, io);
    const { pinned } = session;
    const policy: Policy = { publisher, anyPublisher, pinned, requireSignature };
    const heads: ProvenHead[] = [];
    const items = await mapBounded(inputs, INPUTS_AT_ONCE_MAX, async (each, i) => {
      const { input } = each;
      try {
        const how = { recursive: args.recursive, shown: inputs.length === 1 };
        const { asset, manifest } = await hashInput(each, io, how);
        const { client, proof } = session;
        const receipt = files[i];
        const proven = await askAbout(client, asset, policy, proof);
        const { answer, view, subject } = proven;
        heads.push(view.head);
        if (receipt !== undefined) {
          if (subject === undefined) throw tooManyForOne();
          const openings = await knownOpenings(answer, io);
          await saveReceipt(receipt, session, { ...proven, subject }, openings);
        }
        const about = { input, asset, answer, view, policy, receipt };
        const item = await judgedItem(each, about, session, io);
        const isAll = publisher !== undefined || subject?.kind === SUBJECT.ASSET;
        return withChanges(withRest(item, isAll), args.manifest, manifest);
      } catch (error) {
        return failedItem(input, error);
      }
    });
    for (const head of heads) await session.remember({ head });
    return outcomeOf(items);
  },
});

/** Where more was said than one holds, a receipt is of one publisher's word. */
function tooManyForOne(): CliError {
  return new CliError('TOO_MANY_STATEMENTS', 'more was stated on this than a receipt holds', {
    hint: 'a receipt of one publisher: --publisher ID',
    exit: EXIT.USAGE,
  });
}

/** Says where others said more than an answer holds, which plays no part in the verdict. */
function withRest(item: Item, isComplete: boolean): Item {
  if (isComplete) return item;
  const text = [...item.text, '  others said more on this than an answer holds: ztc history'];
  return { ...item, json: { ...item.json, complete: false }, text };
}

/** One byte in one file of a folder or commit is another digest: nobody knows that one. */
const HOW_TO_COMPARE =
  '  one change in it is enough; what changed shows: --manifest LIST, from ztc notarize --manifest';

/** Says beside the verdict, which is on what is there now, what differs from a list of before. */
async function withChanges(
  item: Item,
  file: string | undefined,
  now: Manifest | undefined,
): Promise<Item> {
  if (now === undefined) return item;
  if (file === undefined) {
    const isUnknown = item.json.status === 'UNKNOWN';
    return isUnknown ? { ...item, text: [...item.text, HOW_TO_COMPARE] } : item;
  }
  const changes = manifestChanges(parseManifest(await readText(file), file), now);
  const lines = changes.map(
    ({ path, change }) => `  ${change.padEnd(CHANGE_COLUMNS)} ${printable(path)}`,
  );
  const text = lines.length === 0 ? [`  nothing changed since ${file}`] : lines;
  return {
    ...item,
    json: { ...item.json, changes: changes.map((each) => ({ ...each })) },
    text: [...item.text, ...text],
  };
}

/** Whose word is asked for. */
interface Asked {
  readonly publisher?: string | undefined;
  readonly 'any-publisher'?: boolean | undefined;
  readonly 'require-signature'?: boolean | undefined;
  readonly recursive?: boolean | undefined;
}

/** The verdict that a receipt proves, as of its height. */
async function fromReceipt(
  file: string,
  inputs: readonly Input[],
  args: ReceiptArgs & Asked,
  io: Io,
): Promise<Item> {
  const [only] = inputs;
  if (only === undefined || inputs.length > 1) throw usageError('one receipt is for one input');
  const { asset } = await hashInput(only, io, { recursive: args.recursive, shown: true });
  const { receipt, standing } = await openReceipt(file, args, io);
  if (receipt.kind !== 'asset' || !equalBytes(receipt.asset, asset)) {
    throw wrongSubject(file, receipt);
  }
  const { publisher, 'any-publisher': anyPublisher = false } = args;
  const { 'require-signature': requireSignature = false } = args;
  const { pinned } = standing;
  const policy: Policy = { publisher, anyPublisher, pinned, requireSignature };
  const refusal = unanswered(receipt, policy);
  if (refusal !== undefined) throw otherPublisher(file, ...refusal);
  const { answer, view } = receipt;
  const { input } = only;
  return judgedItem(only, { input, asset, answer, view, policy, receipt: file }, standing, io);
}

/** The verdict, and what is found about the PGP or X.509 signature of the statement behind it. */
async function judgedItem(
  input: Input,
  about: Omit<Judged, 'verdict' | 'check'>,
  standing: Standing,
  io: Io,
): Promise<Item> {
  const { answer, view, policy } = about;
  const plain = verdictOf({ ...answer, ...policy, asked: policy.publisher });
  const { statement } = plain;
  const by = statement?.statement.detached && answer.publishers.get(statement.publisher);
  const check = by
    ? await checkDetached(
        {
          chain: view.chain,
          publisher: by.publisher,
          statement,
          content: await contentOfInput(input),
        },
        standing,
      )
    : null;
  const verdict = withSignature(plain, check, policy.requireSignature);
  return verdictItem({ ...about, verdict, check }, standing, io);
}
