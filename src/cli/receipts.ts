/** Receipt files: written once an answer is proven, read with no network. */

import type { Proven } from '../client/authenticate.ts';
import { fetchReceipt } from '../client/receipt.ts';
import { equalBytes } from '../common/bytes.ts';
import { verify } from '../common/signature.ts';
import type { AssetAnswer } from '../ledger/authenticate.ts';
import { trustOf } from '../ledger/finality.ts';
import { firstHeightOf } from '../ledger/first-block.ts';
import { chainOf, type Genesis } from '../ledger/genesis.ts';
import { type FullGenesis, lineageOf } from '../ledger/genesis-signatures.ts';
import { assetToText } from '../ledger/primitives.ts';
import type { Opening } from '../ledger/private-words.ts';
import {
  type CheckedReceipt,
  checkReceipt,
  formatReceipt,
  type Receipt,
  readReceipt,
} from '../ledger/receipt.ts';
import type { Revision } from '../ledger/state-values.ts';
import type { OptionSpecs } from './command.ts';
import { CliError, describeError, usageError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { readText, readTextIfAny, replaceFile } from './home/files.ts';
import type { Input } from './inputs.ts';
import type { Item } from './items.ts';
import { errorJson, type Io, printable } from './output.ts';
import { knownGenesis, type Session, type Standing } from './session.ts';
import { readTrust, type Trust, trustedChain, trustFilePath } from './trust/trust-file.ts';

export const SAVE_RECEIPT_OPTIONS = {
  'save-receipt': {
    type: 'string',
    env: false,
    describe: 'write the proof to a file (default: PATH.ztc.json beside each PATH)',
    value: '[FILE]',
    valueOptional: true,
  },
  force: { type: 'boolean', env: false, describe: 'replace a receipt that exists' },
} as const satisfies OptionSpecs;

export const READ_RECEIPT_OPTIONS = {
  receipt: {
    type: 'string',
    env: false,
    describe: 'answer from this receipt, without any network unless --rpc is given',
    value: 'FILE',
  },
} as const satisfies OptionSpecs;

export interface ReceiptArgs {
  readonly rpc?: readonly string[] | undefined;
  readonly genesis?: string | undefined;
  readonly receipt?: string | undefined;
  readonly at?: string | undefined;
  readonly 'save-receipt'?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Whether a node is to be asked, too, though there is a receipt: one in ZTC_RPC is not meant. */
export function asksNode({ rpc = [] }: ReceiptArgs, io: Io): boolean {
  const ambient = (io.env.ZTC_RPC ?? '').split(/[\s,]+/).filter((url) => url !== '');
  return rpc.length > 0 && rpc.join(' ') !== ambient.join(' ');
}

/** What a receipt file is called after its path. */
const RECEIPT_SUFFIX = '.ztc.json';

/**
 * Where the receipt of each input goes; undefined: nowhere. To be asked before anything is done.
 *
 * @throws CliError USAGE, FILE_EXISTS
 */
export async function receiptFiles(
  args: ReceiptArgs,
  inputs: readonly { readonly kind: Input['kind'] | 'record'; readonly input: string }[],
): Promise<readonly (string | undefined)[]> {
  const { 'save-receipt': file, force = false } = args;
  if (file === undefined) return inputs.map(() => undefined);
  if (file !== '' && inputs.length > 1) {
    throw usageError(
      'one receipt file is for one input',
      '--save-receipt without FILE writes one each',
    );
  }
  const files = inputs.map(({ kind, input }) => {
    if (file !== '') return file;
    if (kind === 'path') return `${input}${RECEIPT_SUFFIX}`;
    throw usageError(`${input} has no path to write a receipt beside`, 'use --save-receipt=FILE');
  });
  if (force) return files;
  for (const each of files) {
    if ((await readTextIfAny(each)) === undefined) continue;
    throw new CliError('FILE_EXISTS', `${each} exists already`, {
      hint: 'replace it by --force, or name another file: --save-receipt=FILE',
      exit: EXIT.USAGE,
    });
  }
  return files;
}

/** Writes the receipt of a proven answer. @throws CliError FILE_WRITE; as `fetchReceipt` */
export async function saveReceipt(
  file: string,
  session: Session,
  proven: Proven<AssetAnswer | Revision | null>,
  openings: readonly Opening[] = [],
): Promise<void> {
  const receipt = await fetchReceipt(session.client, proven, session.fromGenesis, openings);
  await replaceFile(file, formatReceipt(receipt));
}

/**
 * Adds to an input that came to a result where its receipt is, or why it has none: then the exit
 * code is the reason's, although what was done stands.
 */
export async function withReceipt(
  item: Item,
  file: string | undefined,
  save: (file: string) => Promise<void>,
): Promise<Item> {
  if (file === undefined || item.json.error !== undefined) return item;
  try {
    await save(file);
    const text = [...item.text, `  receipt: ${printable(file)}`];
    return { ...item, json: { ...item.json, receipt: file }, text };
  } catch (error) {
    const described = describeError(error);
    const text = [...item.text, `  no receipt: ${described.message} (${described.code})`];
    const json = { ...item.json, receipt: null, receiptError: errorJson(described) };
    return { ...item, exit: described.exit, json, text };
  }
}

/** A receipt that holds, and under which genesis. */
export interface ReadReceipt {
  readonly receipt: CheckedReceipt;
  readonly standing: Standing;
}

/**
 * Reads a receipt and checks all of it under the given genesis or the trust file's.
 *
 * @throws CliError USAGE, INPUT_UNREADABLE, RECEIPT_FILE, TRUST_REQUIRED; PROOF_INVALID
 */
export async function openReceipt(file: string, args: ReceiptArgs, io: Io): Promise<ReadReceipt> {
  if (args['save-receipt'] !== undefined) {
    throw usageError('--receipt reads and --save-receipt writes: give one of them');
  }
  if (args.at !== undefined) throw usageError('a receipt is as of its own height: leave --at out');
  const read = readReceipt(await readText(file));
  if (!read.ok)
    throw new CliError(read.code, `${file} can't be used: ${read.message}`, { exit: EXIT.USAGE });
  const standing = await standingOf(read.value, args.genesis, io);
  const origin = originOf(standing.genesis, read.value.chain);
  const trust = trustOf(origin?.genesis ?? standing.genesis.genesis);
  const checked = checkReceipt({ trust, receipt: read.value, verify });
  if (!checked.ok) throw invalidReceipt(file, checked.code, checked.message);
  const { height } = checked.value.view.head;
  if (origin?.until !== undefined && height > origin.until) {
    const lost = `block ${height} of the chain before was lost, its successor lacks it`;
    throw invalidReceipt(file, 'SUCCESSOR_LOST', lost);
  }
  return { receipt: checked.value, standing };
}

interface Origin {
  readonly genesis: Genesis;
  /** The last block that a successor goes on from. */
  readonly until: number | undefined;
}

/** The genesis of a chain: this one, or one that it goes on from. */
function originOf(full: FullGenesis, chain: Uint8Array): Origin | undefined {
  const lineage = lineageOf(full);
  const at = lineage.findIndex((genesis) => equalBytes(chainOf(genesis), chain));
  const [genesis, next] = [lineage[at], lineage[at + 1]];
  return genesis && { genesis, until: next && firstHeightOf(next) - 1 };
}

/** A receipt that proves something, but not what it was given for. */
export function wrongSubject(file: string, receipt: CheckedReceipt): CliError {
  const about =
    receipt.kind === 'asset'
      ? assetToText(receipt.asset)
      : `the record ${receipt.namespace} ${printable(receipt.key)}`;
  return invalidReceipt(file, 'RECEIPT_SUBJECT', `it is about ${about}`);
}

/** A receipt of one publisher's word, where others decide. */
export function otherPublisher(file: string, what: string, hint: string): CliError {
  const message = `the receipt ${file} does not answer this: ${what}`;
  return new CliError('RECEIPT_PUBLISHER', message, { hint });
}

/** A receipt that does not prove what it has to. */
function invalidReceipt(file: string, step: string, what: string): CliError {
  return new CliError('PROOF_INVALID', `the receipt ${file} proves nothing here: ${what}`, {
    details: { step },
    hint: 'get it anew from whoever gave it to you, or ask a node: --rpc URL',
  });
}

async function standingOf(receipt: Receipt, given: string | undefined, io: Io): Promise<Standing> {
  const trust = await readTrust(trustFilePath(io.env));
  if (given === undefined) {
    const pinned = trust.chains.find(({ signed }) => originOf(signed, receipt.chain));
    if (pinned === undefined) {
      throw new CliError('TRUST_REQUIRED', 'no genesis is known to check the receipt against', {
        hint: 'give it: --genesis FILE, or pin the chain: ztc trust add URL --fingerprint HEX',
      });
    }
    const { signed, publishers } = pinned;
    return {
      origin: 'pinned',
      genesis: signed,
      pinned: publishers,
      ...authoritiesOf(trust),
      node: undefined,
    };
  }
  const known = await knownGenesis(given, trust);
  const goesOn = known.signed && originOf(known.signed, receipt.chain) !== undefined;
  if (!goesOn && !equalBytes(known.chain, receipt.chain)) {
    throw new CliError(
      'GENESIS_MISMATCH',
      'the receipt is of another chain than the given genesis',
      {
        exit: EXIT.PROOF_INVALID,
      },
    );
  }
  if (known.signed === undefined) {
    throw new CliError('TRUST_REQUIRED', 'a fingerprint does not name the first validators', {
      hint: 'give the whole signed genesis: --genesis FILE',
    });
  }
  const publishers = trustedChain(trust, known.chain)?.publishers ?? [];
  return {
    origin: 'given',
    genesis: known.signed,
    pinned: publishers,
    ...authoritiesOf(trust),
    node: undefined,
  };
}

function authoritiesOf({
  roots,
  revocationLists,
}: Trust): Pick<Trust, 'roots' | 'revocationLists'> {
  return { roots, revocationLists };
}
