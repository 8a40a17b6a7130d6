/** Test vectors of the verdict rule, and of nodes' words. */
import { toHex } from '../../../src/common/bytes.ts';
import { encode } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import { signAttestation, verifyAttestation } from '../../../src/ledger/attestation.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { STATUS, type Status } from '../../../src/ledger/operations.ts';
import type { PublisherKey } from '../../../src/ledger/publishers.ts';
import { levelAt } from '../../../src/ledger/publishers.ts';
import {
  type PublisherState,
  publisherStateSchema,
  type Statement,
  statementSchema,
} from '../../../src/ledger/state-values.ts';
import { type VerdictQuestion, verdictOf } from '../../../src/ledger/verdict.ts';
import { blocks, chain, flip, GENESIS_TIME, keysOf, publisherStates, statements } from './world.ts';

const two = blocks[2] as Block;

/** A node's word on a block; `code` where it is none. */
export function attestationVectors() {
  const keys = keysOf('bravo node');
  const { hash, header }: Block = two;
  const nonce: Uint8Array = new Uint8Array(32).fill(7);
  const attested = { nonce, height: header.height, hash };
  const signature = signAttestation(chain, attested, keys);
  const word = { ...attested, chain, nodeKey: keys.publicKey, signature };
  const cases: readonly [string, Partial<typeof word>][] = [
    ['a node stands behind block 2', {}],
    ['another nonce', { nonce: flip(nonce, 3) }],
    ['another height', { height: header.height + 1 }],
    ['another block', { hash: flip(hash, 9) }],
    ['another chain', { chain: flip(chain, 0) }],
    ["another node's key", { nodeKey: keysOf('alfa node').publicKey }],
    ['a signature changed', { signature: flip(signature, 40) }],
    ['the key of another job', { nodeKey: keysOf('bravo validator').publicKey }],
  ];
  return cases.map(([name, change]) => {
    const { chain: of, nodeKey, signature: signed, ...said } = { ...word, ...change };
    const holds = verifyAttestation(of, said, { nodeKey, signature: signed }, verify);
    return {
      name,
      chain: toHex(of),
      nonce: toHex(said.nonce),
      height: said.height,
      hash: toHex(said.hash),
      nodeKey: toHex(nodeKey),
      signature: toHex(signed),
      ...(holds ? {} : { code: 'PROOF_ATTESTATION' }),
    };
  });
}

const AT = GENESIS_TIME + 60_000;
const [acme, zeta] = publisherStates as [PublisherState, PublisherState];
const [{ key: acmeKey }] = acme.keys as [PublisherKey];
const [{ key: zetaKey }] = zeta.keys as [PublisherKey];

function said(by: PublisherState, status: Status, time = GENESIS_TIME + 1_000): Statement {
  const template = statements[0] as Statement;
  const key = by.id === 'acme' ? acmeKey : zetaKey;
  return {
    ...template,
    publisher: by.id,
    key,
    time,
    statement: { ...template.statement, status },
  };
}

function withKey(publisher: PublisherState, change: Partial<PublisherKey>): PublisherState {
  return {
    ...publisher,
    keys: publisher.keys.map((key, i) => (i === 0 ? { ...key, ...change } : key)),
  };
}

interface Facts {
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly publishers?: readonly PublisherState[];
  readonly active?: readonly string[];
}

const ALL = ['alfa', 'bravo', 'charlie', 'delta'];
const lower: PublisherState = { ...zeta, vouches: zeta.vouches.slice(0, 1) };
const { TRUSTED, UNTRUSTED, UNSUPPORTED } = STATUS;
const LATER = GENESIS_TIME + 5_000;

const FACTS: readonly Facts[] = [
  { name: 'nobody', statements: [] },
  { name: 'one publisher', statements: [said(acme, TRUSTED)] },
  { name: 'its last word', statements: [said(acme, TRUSTED), said(acme, UNSUPPORTED, LATER)] },
  {
    name: 'two publishers of one level',
    statements: [said(acme, TRUSTED), said(zeta, UNTRUSTED, LATER)],
  },
  {
    name: 'a publisher of a lower level',
    statements: [said(acme, TRUSTED), said(zeta, UNTRUSTED, LATER)],
    publishers: [acme, lower],
  },
  {
    name: 'members that are gone vouch for nobody',
    statements: [said(acme, UNSUPPORTED), said(zeta, UNTRUSTED, LATER)],
    publishers: [acme, lower],
    active: ['bravo'],
  },
  {
    name: 'a key that is compromised since',
    statements: [said(acme, TRUSTED), said(acme, TRUSTED, LATER)],
    publishers: [withKey(acme, { compromisedSince: LATER })],
  },
  {
    name: 'a key that was always compromised',
    statements: [said(acme, TRUSTED)],
    publishers: [withKey(acme, { compromisedSince: GENESIS_TIME })],
  },
  {
    name: 'a key that was revoked before',
    statements: [said(acme, TRUSTED, LATER)],
    publishers: [withKey(acme, { validUntil: LATER - 1 })],
  },
  {
    name: 'a key that counts until that moment',
    statements: [said(acme, TRUSTED, LATER)],
    publishers: [withKey(acme, { validUntil: LATER })],
  },
  {
    name: 'a key that counts from later on',
    statements: [said(acme, TRUSTED)],
    publishers: [withKey(acme, { validFrom: LATER })],
  },
  {
    name: 'a key that is none of the publisher',
    statements: [{ ...said(acme, TRUSTED), key: zetaKey }],
  },
];

export const QUESTIONS = [
  {},
  { asked: 'acme' },
  { asked: 'zeta' },
  { pinned: ['zeta'] },
  { pinned: ['acme', 'zeta'] },
  { anyPublisher: true },
  { anyPublisher: true, pinned: ['zeta'] },
] as const;

/** Each set of facts with each question, and what follows. */
export function verdictVectors() {
  return FACTS.map(({ name, statements: all, publishers = [acme, zeta], active = ALL }) => {
    const by = new Map(
      publishers.map((publisher) => {
        const level = levelAt(publisher.vouches, active, AT);
        return [publisher.id, { publisher, level, active, domains: [] }];
      }),
    );
    const makers = new Map([...by].filter(([id]) => all.some((each) => each.publisher === id)));
    const verdicts = QUESTIONS.map((question) => {
      const asking: VerdictQuestion = {
        statements: all,
        publishers: makers,
        asked: undefined,
        pinned: [],
        anyPublisher: false,
        ...question,
      };
      const { status, reason, publisher } = verdictOf(asking);
      return { ...question, status, reason, publisher };
    });
    return {
      name,
      time: AT,
      active,
      statements: all.map((each) => toHex(encode(statementSchema, each))),
      publishers: [...makers.values()].map((each) =>
        toHex(encode(publisherStateSchema, each.publisher)),
      ),
      verdicts,
    };
  });
}
