/**
 * Evidence as a JSON document to hand to others: canonical bytes in base64url, and the chain for
 * people; readers know theirs. Pure.
 */
import { fromBase64url, toBase64url } from '../common/bytes.ts';
import { toJson } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import { decodeEvidence, type Evidence, encodeEvidence } from './evidence.ts';
import { hash } from './primitives.ts';

export const EVIDENCE_FILE_SCHEMA = 'ztc.evidence/v1';

export function formatEvidenceFile(chain: Uint8Array, evidence: readonly Evidence[]): string {
  const document = {
    schema: EVIDENCE_FILE_SCHEMA,
    chain: toJson(hash, chain),
    evidence: evidence.map((item) => toBase64url(encodeEvidence(item))),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Reads a document of evidence; nothing about its signatures is checked. */
export function parseEvidenceFile(text: string): Result<readonly Evidence[], 'EVIDENCE_FILE'> {
  const document = parse(text);
  const items = document?.evidence;
  if (document?.schema !== EVIDENCE_FILE_SCHEMA || !Array.isArray(items)) {
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
  return success(evidence);
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
