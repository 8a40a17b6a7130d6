/** Who takes part in a run, with which keys and parameters, and what they write to the ledger. */
import { compareBytes, concat, utf8 } from '../../src/common/bytes.ts';
import { encode } from '../../src/common/codec/index.ts';
import { sha256 } from '../../src/common/hash.ts';
import type { KeyPair } from '../../src/common/signature.ts';
import {
  chainOf,
  genesisValidators,
  type Member,
  ROLE,
  type SignedGenesis,
} from '../../src/ledger/genesis.ts';
import { OPERATION, type Operation, STATUS } from '../../src/ledger/operations.ts';
import {
  DEFAULT_PARAMETERS,
  type Parameters,
  RECOVERY_VOTES_PERCENT,
} from '../../src/ledger/parameters.ts';
import { assetOf } from '../../src/ledger/primitives.ts';
import { SALT_BYTES, transactionId, transactionSchema } from '../../src/ledger/transaction.ts';
import type { ValidatorSet } from '../../src/ledger/validators.ts';
import type { Prng } from './prng.ts';
import type { Signatures } from './signatures.ts';

export const GENESIS_TIME = 1_750_000_000_000;
/** Longer than a run. */
const CHANGE_VALID_MS = 280_000;
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

/** Voting keys that a member has in the course of a run. */
export const KEYS_MAX = 3;

export class Consortium {
  readonly genesis: SignedGenesis;
  readonly chain: Uint8Array;
  /** Of the first epoch. */
  readonly validators: ValidatorSet;
  readonly parameters: Parameters;
  readonly signatures: Signatures;
  #salts = 0;

  constructor(options: {
    /** Members of the genesis, each with a validator. */
    readonly validators: number;
    readonly signatures: Signatures;
    readonly parameters?: Partial<Parameters>;
  }) {
    const { signatures } = options;
    this.signatures = signatures;
    this.parameters = { ...SIM_PARAMETERS, ...options.parameters };
    const members = Array.from({ length: options.validators }, (_, member) =>
      this.entryOf(member, 0),
    );
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
        recoveryVotesPercent: RECOVERY_VOTES_PERCENT,
        predecessor: null,
        members,
        publishers,
      },
      signatures: [],
    };
    this.chain = chainOf(this.genesis.genesis);
    this.validators = genesisValidators(this.genesis.genesis);
  }

  /** A member's entry with one of its voting keys; undefined: an observer's. */
  entryOf(member: number, key: number | undefined): Member {
    const { signatures } = this;
    return {
      id: memberId(member),
      name: `Member ${member}`,
      memberKey: this.memberKeys(member).publicKey,
      role: key === undefined ? ROLE.OBSERVER : ROLE.VALIDATOR,
      validatorKey: key === undefined ? null : this.keysOf(member, key).publicKey,
      nodeKey: signatures.keys(`node ${member}`).publicKey,
      announce: [],
    };
  }

  memberKeys(member: number): KeyPair {
    return this.signatures.keys(`member ${member}`);
  }

  /** One of the voting keys of a member. */
  keysOf(member: number, key = 0): KeyPair {
    return this.signatures.keys(`validator ${member} ${key}`);
  }

  /** A transaction about the membership. */
  change(
    sender: string,
    operations: readonly Operation[],
    signers: readonly KeyPair[],
    time: number,
  ): SentTransaction {
    return this.#signed({ sender, operations, time, validForMs: CHANGE_VALID_MS }, signers);
  }

  /** Never the same twice; `validForMs` counts from `time`. */
  transaction(random: Prng, time: number, validForMs: number): SentTransaction {
    const number = this.#salts;
    const sender = PUBLISHERS[number % PUBLISHERS.length] as string;
    const operations = [operation(random, sender, number)];
    return this.#signed({ sender, operations, time, validForMs }, [this.signatures.keys(sender)]);
  }

  #signed(
    parts: {
      readonly sender: string;
      readonly operations: readonly Operation[];
      readonly time: number;
      readonly validForMs: number;
    },
    signers: readonly KeyPair[],
  ): SentTransaction {
    const salt = sha256(utf8(`salt ${this.#salts++}`)).subarray(0, SALT_BYTES);
    const { sender, operations, time, validForMs } = parts;
    const validUntil = Math.max(0, Math.floor(time + validForMs));
    const { chain } = this;
    const unsigned = { version: 1 as const, chain, sender, salt, validUntil, operations };
    const id = transactionId(unsigned);
    const signatures = signers
      .map((keys) => ({ key: keys.publicKey, signature: this.signatures.sign(id, keys) }))
      .sort((a, b) => compareBytes(a.key, b.key));
    return { id, bytes: encode(transactionSchema, { ...unsigned, signatures }) };
  }
}

/** In the order of numbers. */
export function memberId(member: number): string {
  return `member-${String(member).padStart(3, '0')}`;
}

/** The number in a member's id. */
export function memberOf(id: string): number {
  return Number(id.slice(-3));
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
      commitment: null,
      detached: null,
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
