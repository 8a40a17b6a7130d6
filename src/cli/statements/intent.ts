/** What a publisher wants to say about an asset, and whether it has said so already. */
import { compareText, equalBytes } from '../../common/bytes.ts';
import type { Detached } from '../../ledger/detached.ts';
import {
  type Attributes,
  attributesSchema,
  OPERATION,
  STATUS,
  type StatementOperation,
  type StatusName,
  statementOperation,
} from '../../ledger/operations.ts';
import type { Statement } from '../../ledger/state-values.ts';
import { writable } from '../check.ts';
import { usageError } from '../errors.ts';
import type { Hashed } from '../inputs.ts';

export const DEFAULT_KIND = 'file';

/** The words of one command; what is undefined has a default or stays as it was said before. */
export interface Intent {
  readonly status: StatusName;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly kind: string | undefined;
  readonly attributes: Attributes | undefined;
  readonly reason: string | undefined;
  /** The publisher's signature of the old kind; it is said anew each time. */
  readonly detached?: Detached | undefined;
  /** True: what was said before stays, unless it is named anew. */
  readonly keepsDetails: boolean;
  /** Name, version, size and attributes are hidden. */
  readonly isPrivate: boolean;
}

/** `k=v` as attributes, sorted by key. @throws CliError USAGE */
export function parseAttributes(pairs: readonly string[]): Attributes {
  const entries = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw usageError(`--attr ${pair} is not KEY=VALUE`);
    return { key: pair.slice(0, at), value: pair.slice(at + 1) };
  });
  entries.sort((a, b) => compareText(a.key, b.key));
  return writable(attributesSchema, entries, 'the attributes');
}

/**
 * The statement to make, in clear words, given what this publisher said last. What was private then
 * and is kept stays so.
 *
 * @throws CliError USAGE
 */
export function planStatement(
  intent: Intent,
  hashed: Hashed,
  current: Statement | undefined,
): StatementOperation {
  const before = intent.keepsDetails ? current?.statement : undefined;
  const operation: StatementOperation = {
    op: OPERATION.STATEMENT,
    asset: hashed.asset,
    status: STATUS[intent.status],
    name: intent.name ?? before?.name ?? hashed.name,
    version: intent.version ?? before?.version ?? hashed.version ?? '',
    kind: intent.kind ?? before?.kind ?? hashed.kind ?? DEFAULT_KIND,
    size: before?.commitment ? null : (hashed.size ?? before?.size ?? null),
    attributes: intent.attributes ?? before?.attributes ?? hashed.attributes ?? [],
    reason: intent.reason ?? '',
    commitment: before?.commitment ?? null,
    detached: intent.detached ?? null,
  };
  return writable(statementOperation, operation, hashed.name || 'this');
}

/**
 * Whether the current statement says the same already: status, name, version, kind and attributes,
 * and either both in private or both in public. A name that is only the file's own by default,
 * and a reason that is not given, don't count.
 *
 * @param current in clear words, where they are known
 */
export function saysAlready(
  intent: Intent,
  planned: StatementOperation,
  current: Statement | undefined,
): boolean {
  if (current === undefined) return false;
  const said = current.statement;
  const isPrivate = intent.isPrivate || planned.commitment !== null;
  return (
    isPrivate === (said.commitment !== null) &&
    said.status === planned.status &&
    (intent.name === undefined || said.name === planned.name) &&
    said.version === planned.version &&
    said.kind === planned.kind &&
    (intent.reason === undefined || said.reason === planned.reason) &&
    (intent.detached === undefined || sameDetached(intent.detached, said.detached)) &&
    sameAttributes(said.attributes, planned.attributes)
  );
}

function sameDetached(a: Detached, b: Detached | null): boolean {
  return b !== null && a.scheme === b.scheme && equalBytes(a.signature, b.signature);
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  return (
    a.length === b.length &&
    a.every(({ key, value }, i) => key === b[i]?.key && value === b[i]?.value)
  );
}
