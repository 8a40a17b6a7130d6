/** Receipts for programs: from the text of a file to an answer, with no network and no Node. */
import type { Json } from '../common/codec/index.ts';
import { ZtcError } from '../common/errors.ts';
import { verify } from '../common/signature.ts';
import { type CheckedReceipt, checkReceipt, readReceipt } from '../ledger/receipt.ts';
import { decidesAlone } from '../ledger/word.ts';
import type { Trust } from './trust.ts';
import {
  type Asked,
  type AssetVerdict,
  assetVerdict,
  type VerifiedRecord,
  verifiedRecord,
} from './verified.ts';

/** A receipt that proves nothing, or not what is asked. `step` is the code of what failed. */
export class ReceiptError extends ZtcError {
  readonly step: string;

  constructor(
    code: 'RECEIPT_FILE' | 'CODEC_VERSION' | 'PROOF_INVALID' | 'RECEIPT_PUBLISHER',
    step: string,
    message: string,
    hint = 'get it anew from whoever gave it to you, or ask a node',
  ) {
    const what = code === 'RECEIPT_PUBLISHER' ? 'does not answer this' : 'proves nothing';
    super(code, `the receipt ${what}: ${message}`, { hint });
    this.step = step;
  }
}

export type VerifiedReceipt =
  | ({ readonly kind: 'asset' } & AssetVerdict)
  | ({ readonly kind: 'record' } & VerifiedRecord);

/**
 * What a receipt (its text, or the parsed document) proves, as of its height. Pure.
 *
 * Compare `asset` with the digest of the file that you have: a receipt is about a digest.
 *
 * @throws ReceiptError
 * @example
 * const text = await receiptOf(client, digest); // or read from a file, years later
 * const proven = verifyReceipt(text, trust, { publisher: 'acme' });
 * proven.kind === 'asset' && proven.asset === digest && proven.status; // → 'TRUSTED'
 */
export function verifyReceipt(
  receipt: string | Json,
  trust: Trust,
  asked: Asked = {},
): VerifiedReceipt {
  const read = readReceipt(textOf(receipt));
  if (!read.ok) throw new ReceiptError(read.code, read.code, read.message);
  const checked = checkReceipt({ trust: trust.origin, receipt: read.value, verify });
  if (!checked.ok) throw new ReceiptError('PROOF_INVALID', checked.code, checked.message);
  const proven = checked.value;
  const refusal = proven.kind === 'asset' ? unanswered(proven, asked) : undefined;
  if (refusal !== undefined) {
    throw new ReceiptError('RECEIPT_PUBLISHER', 'RECEIPT_PUBLISHER', ...refusal);
  }
  return proven.kind === 'asset'
    ? { kind: 'asset', ...assetVerdict(proven.asset, proven.answer, proven.view, asked) }
    : {
        kind: 'record',
        ...verifiedRecord(proven.namespace, proven.key, proven.answer, proven.view),
      };
}

/** Why a receipt of one publisher's word doesn't answer what is asked, and what does. */
export function unanswered(
  { publisher: of, answer }: Extract<CheckedReceipt, { readonly kind: 'asset' }>,
  { publisher, pinned = [], anyPublisher = false }: Asked,
): [message: string, hint: string] | undefined {
  if (of === undefined) return undefined;
  if (decidesAlone(of, answer, { asked: publisher, pinned, anyPublisher })) return undefined;
  const what = `it holds the word of ${of} alone, and others may decide what you ask`;
  return publisher === undefined
    ? [what, `name ${of} if you mean it, or get a receipt of everything that was said`]
    : [what, `get a receipt of the word of ${publisher}, or one of everything that was said`];
}

/** Programs may give anything: what has no JSON is no receipt. */
function textOf(receipt: string | Json): string {
  if (typeof receipt === 'string') return receipt;
  try {
    return JSON.stringify(receipt) ?? '';
  } catch {
    return '';
  }
}
