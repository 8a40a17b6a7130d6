/** The transactions of all scenarios: signed notarizations of one operation, about 250 bytes. */
import { randomBytes } from 'node:crypto';
import { buildTransaction } from '../../src/client/submit.ts';
import { concat } from '../../src/common/bytes.ts';
import type { KeyPair } from '../../src/common/signature.ts';
import { OPERATION, STATUS } from '../../src/ledger/operations.ts';
import type { ReceivedTransaction } from '../../src/ledger/transaction.ts';

export interface Signer {
  readonly chain: Uint8Array;
  readonly publisher: string;
  readonly keys: KeyPair;
}

const ALGORITHM_SHA256 = Uint8Array.of(1);
const DIGEST_BYTES = 32;

/** A statement on an asset that nobody named before. */
export function notarization(
  { chain, publisher, keys }: Signer,
  validUntil: number,
): ReceivedTransaction {
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
  };
  return buildTransaction({ chain, sender: publisher, operations: [operation], validUntil, keys });
}
