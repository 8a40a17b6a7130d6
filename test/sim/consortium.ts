/** Who takes part in a run, with which keys and parameters, and what they write to the ledger. */
import { concat, utf8 } from '../../src/common/bytes.ts';
import { encode } from '../../src/common/codec/index.ts';
import { sha256 } from '../../src/common/hash.ts';
import type { KeyPair } from '../../src/common/signature.ts';
import { chainOf, genesisValidators, ROLE, type SignedGenesis } from '../../src/ledger/genesis.ts';
import { OPERATION, type Operation, STATUS } from '../../src/ledger/operations.ts';
import { DEFAULT_PARAMETERS, type Parameters } from '../../src/ledger/parameters.ts';
import { assetOf } from '../../src/ledger/primitives.ts';
import { SALT_BYTES, transactionId, transactionSchema } from '../../src/ledger/transaction.ts';
import type { ValidatorSet } from '../../src/ledger/validators.ts';
import type { Prng } from './prng.ts';
import type { Signatures } from './signatures.ts';

export const GENESIS_TIME = 1_750_000_000_000;
const PUBLISHERS = ['acme', 'globex', 'initech'];

/** Short, so that a run of seconds holds many timeouts. */
export const SIM_PARAMETERS: Parameters = {
  ...DEFAULT_PARAMETERS,
  heartbeatMs: 5_000,
  minBlockIntervalMs: 20,
  viewTimeoutMs: 400,
  viewTimeoutMaxMs: 4_000,
  maxValidityMs: 300_000,
};

export interface SentTransaction {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

export class Consortium {
  readonly genesis: SignedGenesis;
  readonly chain: Uint8Array;
  readonly validators: ValidatorSet;
  readonly parameters: Parameters;
  readonly signatures: Signatures;
  #salts = 0;

  constructor(options: {
    readonly validators: number;
    readonly signatures: Signatures;
    readonly parameters?: Partial<Parameters>;
  }) {
    const { signatures } = options;
    this.signatures = signatures;
    this.parameters = { ...SIM_PARAMETERS, ...options.parameters };
    const members = Array.from({ length: options.validators }, (_, index) => ({
      id: memberId(index),
      name: `Member ${index}`,
      memberKey: signatures.keys(`member ${index}`).publicKey,
      role: ROLE.VALIDATOR,
      validatorKey: this.keysOf(index).publicKey,
      nodeKey: signatures.keys(`node ${index}`).publicKey,
      announce: [],
    }));
    const publishers = PUBLISHERS.map((id) => ({
      id,
      name: id,
      keys: [signatures.keys(id).publicKey],
    }));
    const { parameters } = this;
    // The signatures of a genesis are checked by who starts a node, not by what is simulated.
    this.genesis = {
      genesis: {
        version: 1,
        name: 'sim',
        time: GENESIS_TIME,
        parameters,
        members,
        publishers,
      },
      signatures: [],
    };
    this.chain = chainOf(this.genesis.genesis);
    this.validators = genesisValidators(this.genesis.genesis);
  }

  /** The voting key of a validator, by its position. */
  keysOf(index: number): KeyPair {
    return this.signatures.keys(`validator ${index}`);
  }

  /** Never the same twice; `validForMs` counts from `time`. */
  transaction(random: Prng, time: number, validForMs: number): SentTransaction {
    const number = this.#salts++;
    const sender = PUBLISHERS[number % PUBLISHERS.length] as string;
    const salt = sha256(utf8(`salt ${number}`)).subarray(0, SALT_BYTES);
    const unsigned = {
      version: 1 as const,
      chain: this.chain,
      sender,
      salt,
      validUntil: Math.max(0, Math.floor(time + validForMs)),
      operations: [operation(random, sender, number)],
    };
    const id = transactionId(unsigned);
    const keys = this.signatures.keys(sender);
    const signatures = [{ key: keys.publicKey, signature: this.signatures.sign(id, keys) }];
    return { id, bytes: encode(transactionSchema, { ...unsigned, signatures }) };
  }
}

/** In the order of positions. */
export function memberId(index: number): string {
  return `member-${String(index).padStart(3, '0')}`;
}

/** A statement, or a revision of one of a few records, some under a condition that may fail. */
function operation(random: Prng, sender: string, number: number): Operation {
  if (random.chance(0.3)) {
    return {
      op: OPERATION.STATEMENT,
      asset: assetOf(sha256(utf8(`asset ${random.between(0, 20)}`))),
      status: STATUS.TRUSTED,
      name: `asset ${number}`,
      version: '1',
      kind: 'file',
      size: number,
      attributes: [],
      reason: '',
    };
  }
  return {
    op: OPERATION.RECORD_PUT,
    namespace: `${sender}/sim`,
    key: `key ${random.between(0, 5)}`,
    value: concat(utf8(`value ${number} `), new Uint8Array(random.between(0, 200))),
    ifRevision: random.chance(0.2) ? random.between(0, 5) : null,
  };
}
