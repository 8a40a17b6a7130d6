/**
 * Evidence as a JSON document to hand to others: canonical bytes in base64url, with the links that
 * prove later validator sets from the genesis on, and the chain for people, since readers know
 * theirs. Pure.
 */
import { fromBase64url, toBase64url } from '../common/bytes.ts';
import { fromJson, type Json, toJson } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import { decodeEvidence, type Evidence, encodeEvidence } from './evidence.ts';
import { hash } from './primitives.ts';
import { type ValidatorLink, validatorLinkSchema } from './validator-links.ts';

export const EVIDENCE_FILE_SCHEMA = 'ztc.evidence/v1';

export interface EvidenceFile {
  readonly evidence: readonly Evidence[];
  /** From the genesis on. */
  readonly links: readonly ValidatorLink[];
}

export function formatEvidenceFile(chain: Uint8Array, { evidence, links }: EvidenceFile): string {
  const document = {
    schema: EVIDENCE_FILE_SCHEMA,
    chain: toJson(hash, chain),
    evidence: evidence.map((item) => toBase64url(encodeEvidence(item))),
    links: links.map((link) => toJson(validatorLinkSchema, link)),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Reads a document of evidence; nothing about its signatures is checked. */
export function parseEvidenceFile(text: string): Result<EvidenceFile, 'EVIDENCE_FILE'> {
  const document = parse(text);
  const [items, given] = [document?.evidence, document?.links];
  const lists = Array.isArray(items) && Array.isArray(given);
  if (document?.schema !== EVIDENCE_FILE_SCHEMA || !lists) {
    return failure('EVIDENCE_FILE', `it is no JSON object with schema ${EVIDENCE_FILE_SCHEMA}`);
  }
  const evidence: Evidence[] = [];
  for (const [i, item] of items.entries()) {
    const bytes = typeof item === 'string' ? fromBase64url(item) : undefined;
    if (bytes === undefined) return failure('EVIDENCE_FILE', `item ${i} is no base64url`);
    const decoded = decodeEvidence(bytes);
    if (!decoded.ok) return failure('EVIDENCE_FILE', `item ${i}: ${decoded.message}`);
    evidence.push(decoded.value);
  }
  const links: ValidatorLink[] = [];
  for (const [i, item] of given.entries()) {
    const link = fromJson(validatorLinkSchema, item as Json);
    if (!link.ok) return failure('EVIDENCE_FILE', `link ${i}: ${link.message}`);
    links.push(link.value);
  }
  return success({ evidence, links });
}

function parse(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as { readonly [name: string]: unknown })
      : undefined;
  } catch {
    return undefined;
  }
}
