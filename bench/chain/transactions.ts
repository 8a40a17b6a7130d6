/** The transactions of all scenarios. */
import { randomBytes } from 'node:crypto';
import { buildTransaction } from '../../src/client/submit.ts';
import { concat, toHex } from '../../src/common/bytes.ts';
import type { KeyPair } from '../../src/common/signature.ts';
import { OPERATION, type Operation, STATUS } from '../../src/ledger/operations.ts';
import type { ReceivedTransaction } from '../../src/ledger/transaction.ts';

export interface Signer {
  readonly chain: Uint8Array;
  readonly publisher: string;
  readonly keys: KeyPair;
}

const ALGORITHM_SHA256 = Uint8Array.of(1);
const DIGEST_BYTES = 32;
const KEY_BYTES = 12;
/** With its key, namespace and frame a record is about 250 bytes then. */
const VALUE_BYTES = 200;

/** A statement on an asset that nobody named before: one operation, about 250 bytes. */
export function notarization(signer: Signer, validUntil: number): ReceivedTransaction {
  const operation = {
    op: OPERATION.STATEMENT,
    asset: concat(ALGORITHM_SHA256, randomBytes(DIGEST_BYTES)),
    status: STATUS.TRUSTED,
    name: 'artifact.tar.gz',
    version: '1.0.0',
    kind: 'file',
    size: 1_000_000,
    attributes: [],
    reason: '',
    commitment: null,
    detached: null,
  };
  return signed(signer, validUntil, [operation]);
}

/** So many records under keys that nobody used before; by default of about 250 bytes each. */
export function recordPuts(
  signer: Signer,
  validUntil: number,
  count: number,
  valueBytes: number = VALUE_BYTES,
): ReceivedTransaction {
  const keys = randomBytes(KEY_BYTES * count);
  const values = randomBytes(valueBytes * count);
  const operations = Array.from({ length: count }, (_, i) => ({
    op: OPERATION.RECORD_PUT,
    namespace: `${signer.publisher}/bench`,
    key: toHex(keys.subarray(KEY_BYTES * i, KEY_BYTES * (i + 1))),
    value: values.subarray(valueBytes * i, valueBytes * (i + 1)),
    ifRevision: null,
  }));
  return signed(signer, validUntil, operations);
}

/** A new revision of a record. */
export function recordUpdate(
  signer: Signer,
  validUntil: number,
  key: string,
  valueBytes: number,
): ReceivedTransaction {
  const namespace = `${signer.publisher}/bench`;
  const value = randomBytes(valueBytes);
  return signed(signer, validUntil, [
    { op: OPERATION.RECORD_PUT, namespace, key, value, ifRevision: null },
  ]);
}

function signed(
  { chain, publisher, keys }: Signer,
  validUntil: number,
  operations: readonly Operation[],
): ReceivedTransaction {
  return buildTransaction({ chain, sender: publisher, operations, validUntil, keys });
}
