/**
 * What we read of each method's answer. The compiler checks against the node's own schema that
 * every honest answer fits; a call to a method whose shape has drifted does not compile.
 */
import type { Methods } from '../rpc/schema/index.ts';
import {
  arrayOf,
  boolean,
  integer,
  json,
  mapOf,
  object,
  oneOfWords,
  orNull,
  type ShapeOf,
  string,
  time,
} from './shape.ts';

/** Which operation did it. */
export const provenance = { height: integer, time, transaction: string, operation: integer };

/** What a statement says, in answers and in the feed. */
export const stated = {
  publisher: string,
  asset: string,
  status: oneOfWords('TRUSTED', 'UNTRUSTED', 'UNSUPPORTED'),
  name: string,
  version: string,
  kind: string,
  size: orNull(integer),
  attributes: mapOf(string),
  reason: string,
  commitment: orNull(string),
  /** Its bytes are read from what is proven. */
  detached: orNull(object({ kind: oneOfWords('pgp', 'x509'), size: integer })),
  ...provenance,
};

const statement = object({
  ...stated,
  key: string,
  first: boolean,
  level: integer,
  valid: boolean,
  invalidity: orNull(oneOfWords('KEY_COMPROMISED', 'KEY_INVALID')),
});

const record = object({
  namespace: string,
  key: string,
  revision: integer,
  value: string,
  ...provenance,
});

/** What the bytes say is read from them. */
const evidence = object({ member: string, key: string, bytes: string, seenAt: time });

const limits = object({
  transactionBytesMax: integer,
  transactionOperationsMax: integer,
  maxValidityMs: integer,
});

const validators = arrayOf(object({ member: string, key: string }));

const member = object({
  id: string,
  name: string,
  role: oneOfWords('validator', 'observer'),
  memberKey: string,
  validatorKey: orNull(string),
  nodeKey: string,
  announce: arrayOf(string),
  active: boolean,
  standing: oneOfWords('active', 'suspended', 'gone'),
  since: integer,
});

/** As the list shows it; what counts is proven by `gov_get`. */
const proposal = object({
  proposal: integer,
  proposer: string,
  status: oneOfWords('OPEN', 'DECIDED', 'EXECUTED', 'WITHDRAWN', 'EXPIRED'),
  reason: string,
  actions: arrayOf(json),
  approvals: integer,
  rejections: integer,
  votesNeeded: integer,
  expires: time,
  transaction: string,
});

const kept = object({ oldest: integer, blocks: orNull(integer) });

export const ANSWERS = {
  chain_status: object({
    chain: string,
    name: string,
    genesisTime: time,
    protocolVersion: integer,
    head: object({ height: integer, hash: string, time, closed: boolean }),
    stateRoot: string,
    syncing: boolean,
    members: integer,
    validators: integer,
    quorum: integer,
    faultsTolerated: integer,
    heartbeatMs: integer,
    limits,
  }),
  chain_validators: orNull(
    object({
      height: integer,
      epoch: integer,
      firstHeight: integer,
      validators,
      nextValidators: validators,
      pending: validators,
    }),
  ),
  chain_genesis: object(
    {
      chain: string,
      genesis: json,
      signatures: arrayOf(object({ member: string, signature: string })),
    },
    { ancestors: arrayOf(json) },
  ),
  chain_getHeaderAt: orNull(object({ height: integer, time, header: string, isNewest: boolean })),
  chain_getHeaderProof: orNull(object({ height: integer, proof: json })),
  chain_getConsistency: orNull(object({ path: arrayOf(string) })),
  chain_links: object({ links: arrayOf(json), next: orNull(integer) }),
  chain_getRawBlocks: object({
    blocks: arrayOf(object({ height: integer, block: string, certificate: orNull(string) })),
    next: orNull(integer),
  }),
  tx_submit: object(
    { hash: string, status: oneOfWords('pending', 'final', 'rejected') },
    { height: integer, code: string },
  ),
  tx_wait: object(
    { hash: string, status: oneOfWords('pending', 'final', 'rejected', 'expired', 'unknown') },
    { height: integer, time, index: integer, code: string },
  ),
  tx_get: orNull(
    object(
      {
        hash: string,
        status: oneOfWords('final', 'rejected'),
        height: integer,
        time,
        index: integer,
        sender: string,
        validUntil: time,
        operations: arrayOf(json),
        signatures: arrayOf(object({ key: string, signature: string })),
        bytes: string,
        result: object({ code: string }),
      },
      { proof: string },
    ),
  ),
  asset_authenticate: object(
    { digest: string, statements: arrayOf(object({ publisher: string })) },
    {
      proof: object(
        { state: json, items: arrayOf(string) },
        { acts: object({ items: arrayOf(string), from: integer, path: arrayOf(string) }) },
      ),
    },
  ),
  asset_history: object(
    { nextCursor: orNull(string) },
    {
      proof: object({
        state: json,
        items: arrayOf(string),
        from: integer,
        path: arrayOf(string),
      }),
    },
  ),
  record_get: orNull(record),
  record_history: object({
    items: arrayOf(record),
    nextCursor: orNull(string),
    prevCursor: orNull(string),
    limit: integer,
  }),
  member_list: object({ items: arrayOf(member), nextCursor: orNull(string) }),
  gov_get: object({ height: integer, time }, { proof: json }),
  gov_list: object({ items: arrayOf(proposal), nextCursor: orNull(string) }),
  consensus_evidence: object({
    items: arrayOf(evidence),
    nextCursor: orNull(string),
    prevCursor: orNull(string),
    limit: integer,
  }),
  publisher_prove: object({ height: integer, proof: json }),
  publisher_list: object({
    items: arrayOf(object({ id: string, name: string, level: integer })),
    nextCursor: orNull(string),
  }),
  publisher_get: orNull(object({ id: string, name: string, level: integer })),
  state_getMany: object({ height: integer, values: arrayOf(orNull(string)) }, { proof: json }),
  state_list: object(
    { key: string, height: integer, count: integer, from: integer, items: arrayOf(string) },
    { proof: object({ state: json, path: arrayOf(string) }) },
  ),
  state_get: object({ key: string, value: orNull(string), height: integer }, { proof: json }),
  node_info: object({
    member: orNull(string),
    role: string,
    version: string,
    peerId: string,
    startedAt: time,
    height: integer,
    retained: object({ states: kept, blocks: kept }),
    consensus: object({ epoch: integer, view: integer, voting: boolean, diverged: boolean }),
  }),
  node_attest: object({ height: integer, hash: string, nodeKey: string, signature: string }),
  chain_parameters: orNull(object({ height: integer, parameters: mapOf(integer) })),
  node_peers: object({ peers: arrayOf(object({ member: orNull(string), connected: boolean })) }),
  node_consensus: object({
    summary: string,
    findings: arrayOf(
      object({
        code: string,
        severity: oneOfWords('error', 'warning', 'info'),
        text: string,
        remedy: orNull(string),
      }),
    ),
  }),
} as const;

export type AnsweredMethod = keyof typeof ANSWERS;

/** The answer of a method; never, where an honest one would not fit. */
export type AnswerOf<M extends AnsweredMethod> =
  Methods[M]['result'] extends ShapeOf<(typeof ANSWERS)[M]> ? ShapeOf<(typeof ANSWERS)[M]> : never;

/** A statement as nodes and our own commands show it. */
export type StatementView = ShapeOf<typeof statement>;
export type EvidenceView = ShapeOf<typeof evidence>;
export type RecordView = ShapeOf<typeof record>;
export type MemberView = ShapeOf<typeof member>;
