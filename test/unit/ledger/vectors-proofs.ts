/** Test vectors of state and its proofs, and of the trees by themselves. */
import { toHex, utf8 } from '../../../src/common/bytes.ts';
import { encode, type Json, toJson } from '../../../src/common/codec/index.ts';
import { sha256 } from '../../../src/common/hash.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { SCHEME } from '../../../src/ledger/detached.ts';
import { type FinalHeaderProof, finalHeaderSchema } from '../../../src/ledger/finality.ts';
import { CLOSED } from '../../../src/ledger/governance.ts';
import { consistencyProof, inclusionProof, subtreesOf } from '../../../src/ledger/merkle/prover.ts';
import {
  append,
  EMPTY_FRONTIER,
  frontierRoot,
  frontierSchema,
  merkleRoot,
} from '../../../src/ledger/merkle/rfc6962.ts';
import { keyHash, stateRootOf } from '../../../src/ledger/merkle/sparse.ts';
import type { ProposeOperation } from '../../../src/ledger/operations.ts';
import { parametersSchema } from '../../../src/ledger/parameters.ts';
import { type ProvenState, provenStateSchema } from '../../../src/ledger/proven-state.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import {
  activeMembersSchema,
  epochStateSchema,
  keyOwnerSchema,
  listHeadSchema,
  memberStateSchema,
  memberVoteSchema,
  openProposalsSchema,
  proposalSchema,
  proposalStateSchema,
  publisherStateSchema,
  revisionSchema,
  STANDING,
  statementSchema,
} from '../../../src/ledger/state-values.ts';
import { type ValidatorLink, validatorLinkSchema } from '../../../src/ledger/validator-links.ts';
import { validatorsHash } from '../../../src/ledger/validators.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { linkOf, links, sets } from './epochs-world.ts';
import { type InvalidVector, invalid, type VectorFile, vector } from './vector.ts';
import {
  asset,
  blocks,
  certify,
  chain,
  flip,
  GENESIS_TIME,
  genesis,
  items,
  members,
  otherAsset,
  privateStatement,
  proveInHistory,
  proveKeys,
  publisherStates,
  revision,
  state,
  statements,
  transactions,
  tree,
  validators,
} from './world.ts';

const [one, two, three] = blocks.slice(1) as [Block, Block, Block];
const alfa = members[0] as (typeof members)[0];

type ProvenEntry = ProvenState['entries'][number];

function governanceVectors(): VectorFile['vectors'] {
  const { id: transaction, transaction: made } = transactions.propose;
  const [operation] = made.operations as [ProposeOperation];
  const [{ key }] = made.signatures as [(typeof made.signatures)[0]];
  const provenance = { height: 1, time: GENESIS_TIME, transaction, operation: 0 };
  const { actions, reason } = operation;
  const [proposer, expires] = ['alfa', GENESIS_TIME + 14 * 86_400_000];
  const parts = { proposer, key, ...provenance, expires, actions, reason };
  const proposal = { version: 1, proposal: 7, ...parts } as const;
  return [
    vector('proposal', 'proposal', proposalSchema, proposal),
    vector('proposal that is open', 'proposal-state', proposalStateSchema, {
      proposal: { ...proposal, actions: actions.slice(1, 2) },
      votes: [{ member: 'alfa', approve: true }],
      decided: null,
      closed: null,
    }),
    vector('proposal that is executed', 'proposal-state', proposalStateSchema, {
      proposal: { ...proposal, actions: actions.slice(4) },
      votes: [
        { member: 'alfa', approve: true },
        { member: 'bravo', approve: false },
      ],
      decided: GENESIS_TIME + 1,
      closed: { how: CLOSED.EXECUTED, ...provenance, height: 2 },
    }),
    vector('vote on a proposal', 'member-vote', memberVoteSchema, {
      version: 1,
      proposal: 7,
      member: 'bravo',
      key,
      ...provenance,
      approve: false,
    }),
    vector('open proposals', 'open-proposals', openProposalsSchema, [
      { proposal: 7, proposer, expires },
    ]),
  ];
}

function publisherVectors(): VectorFile['vectors'] {
  const [publisher, bound] = publisherStates as [
    (typeof publisherStates)[0],
    (typeof publisherStates)[0],
  ];
  return [
    vector('publisher', 'publisher-state', publisherStateSchema, publisher),
    vector('publisher with a compromised key', 'publisher-state', publisherStateSchema, {
      ...publisher,
      keys: publisher.keys.map((key, i) =>
        i === 0 ? { ...key, validUntil: GENESIS_TIME + 9, compromisedSince: GENESIS_TIME } : key,
      ),
    }),
    vector('bound to keys and a domain', 'publisher-state', publisherStateSchema, bound),
  ];
}

export function stateVectors(): VectorFile {
  const [statement, untrust] = statements as [(typeof statements)[0], (typeof statements)[0]];
  const frontier = items.reduce(append, EMPTY_FRONTIER);
  return {
    vectors: [
      vector('parameters', 'parameters', parametersSchema, genesis.parameters),
      vector('epoch', 'epoch-state', epochStateSchema, {
        epoch: 1,
        firstHeight: 0,
        validators,
        nextValidators: validators,
        nextParameters: null,
      }),
      vector('member', 'member-state', memberStateSchema, {
        member: alfa,
        standing: STANDING.ACTIVE,
        since: 0,
      }),
      vector('epoch with a change that is due', 'epoch-state', epochStateSchema, {
        epoch: 7,
        firstHeight: 4_294_967_296,
        validators,
        nextValidators: validators.slice(1),
        nextParameters: { ...genesis.parameters, protocolVersion: 2 },
      }),
      vector('a member that is gone', 'member-state', memberStateSchema, {
        member: members[4] as (typeof members)[0],
        standing: STANDING.GONE,
        since: 12,
      }),
      ...governanceVectors(),
      vector('active members', 'active-members', activeMembersSchema, ['alfa', 'bravo']),
      ...publisherVectors(),
      vector('key owner', 'key-owner', keyOwnerSchema, { member: null, publisher: 'acme' }),
      vector('trusted', 'statement', statementSchema, statement),
      vector('untrusted', 'statement', statementSchema, untrust),
      vector('private', 'statement', statementSchema, privateStatement),
      vector('with a PGP signature', 'statement', statementSchema, {
        ...statement,
        statement: {
          ...statement.statement,
          detached: { scheme: SCHEME.PGP, signature: utf8('a signature') },
        },
      }),
      vector('revision', 'revision', revisionSchema, revision),
      vector('head of two statements', 'list-head', listHeadSchema, {
        count: items.length,
        root: merkleRoot(items),
      }),
      vector('frontier of two statements', 'frontier', frontierSchema, frontier, {
        root: frontierRoot(frontier),
      }),
    ],
    invalid: [
      invalid(
        'a frontier with a node too many',
        'frontier',
        encode(frontierSchema, frontier).with(1, 4 + 3),
      ),
      invalid('a statement cut off', 'statement', (items[0] as Uint8Array).subarray(0, -1)),
    ],
  };
}

export function provenVectors(): VectorFile {
  const keys = [stateKey.assetStatements(asset), stateKey.assetStatements(otherAsset)];
  const good = proveKeys(keys);
  const [present, absent] = good.entries as [(typeof good.entries)[0], (typeof good.entries)[0]];
  const bad = (name: string, change: Partial<typeof good>): InvalidVector =>
    invalid(name, 'proven-state', encode(provenStateSchema, { ...good, ...change }));
  const finality = (certificate: typeof good.finality.certificate) => ({
    finality: { ...good.finality, certificate },
  });
  return {
    vectors: [
      vector('a list head and an absence', 'proven-state', provenStateSchema, good),
      vector('with its own finalization', 'proven-state', provenStateSchema, {
        ...good,
        finality: { certificate: certify(VOTE.FINALIZE, two), headers: [] },
      }),
    ],
    invalid: [
      bad('a sibling changed', { siblings: good.siblings.with(1, flip(chain, 0)) }),
      bad('a sibling left out', { siblings: good.siblings.slice(1) }),
      bad('a sibling too many', { siblings: [...good.siblings, chain] }),
      bad('siblings out of order', { siblings: good.siblings.toReversed() }),
      bad('a path that ends higher', {
        entries: [{ ...present, depth: present.depth - 1 }, absent],
      }),
      bad('a present key with an end', {
        entries: [{ ...present, end: { keyHash: chain, valueHash: chain } }, absent],
      }),
      bad('a leaf that is not on the path', {
        entries: [present, { ...absent, end: { keyHash: chain, valueHash: chain } }],
      }),
      bad('another value', {
        entries: [{ ...present, value: flip(present.value ?? chain, 3) }, absent],
      }),
      bad('a present key as absent', { entries: [{ ...present, value: null }, absent] }),
      bad('a present key as absent, by its own leaf', { entries: [asAbsent(present), absent] }),
      bad('an absent key as empty', {
        entries: [present, { ...absent, value: new Uint8Array(0), end: null }],
      }),
      bad('the proof of another key', {
        entries: [present, { ...absent, key: stateKey.record(revision.namespace, revision.key) }],
      }),
      bad('a key twice', { entries: [present, present] }),
      bad('acceptance for finalization', finality(certify(VOTE.ACCEPT, three))),
      bad('finalization of another block', finality(certify(VOTE.FINALIZE, two))),
      bad('two of four', finality(certify(VOTE.FINALIZE, three, [0, 1]))),
      bad('another view', finality({ ...good.finality.certificate, view: 9 })),
      bad('a header left out', { header: one.headerBytes }),
      bad('the header of the genesis', {
        header: (blocks[0] as Block).headerBytes,
        finality: { certificate: certify(VOTE.FINALIZE, blocks[0] as Block), headers: [] },
      }),
      bad('garbage for a header', { header: Uint8Array.of(0x90) }),
    ],
  };
}

export function finalHeaderVectors(): VectorFile {
  const old = proveInHistory(1);
  const history = old.history as NonNullable<typeof old.history>;
  const of = (proof: FinalHeaderProof) => ({ version: 1 as const, ...proof });
  const bad = (name: string, change: Partial<FinalHeaderProof>): InvalidVector =>
    invalid(name, 'final-header', encode(finalHeaderSchema, of({ ...old, ...change })));
  const direct = {
    history: null,
    finality: { certificate: certify(VOTE.FINALIZE, two), headers: [] },
  };
  return {
    vectors: [
      vector('in the history of block 3', 'final-header', finalHeaderSchema, of(old)),
      vector('the genesis block', 'final-header', finalHeaderSchema, of(proveInHistory(0))),
      vector('with its own finalization', 'final-header', finalHeaderSchema, {
        ...of(old),
        header: two.headerBytes,
        ...direct,
      }),
    ],
    invalid: [
      bad('the history of another block', { header: two.headerBytes }),
      bad('a header of its own future', { header: three.headerBytes }),
      bad('a step changed', {
        history: {
          ...history,
          path: history.path.map((step, i) => (i === 0 ? flip(step, 9) : step)),
        },
      }),
      bad('a step left out', { history: { ...history, path: history.path.slice(1) } }),
      bad('a step too many', { history: { ...history, path: [...history.path, chain] } }),
      bad('a history that is not final', {
        history: { ...history, header: two.headerBytes },
      }),
      bad('no history', { history: null }),
      bad('garbage for a header', { header: Uint8Array.of(0x90) }),
    ],
  };
}

export function linkVectors(): VectorFile {
  const [one, two] = links;
  const [first, second] = sets;
  const bad = (name: string, link: ValidatorLink): InvalidVector =>
    invalid(name, 'validator-link', encode(validatorLinkSchema, link));
  return {
    vectors: [
      vector('to the second epoch', 'validator-link', validatorLinkSchema, one, {
        validators: validatorsHash(chain, second),
      }),
    ],
    invalid: [
      bad('the link after it, without it', two),
      bad('to another set', { ...one, validators: first }),
      bad('two of four', linkOf(4, first, second, [0, 1])),
      bad('by the next set', linkOf(4, second, second)),
      bad('a block that ends no epoch', linkOf(3, first, first)),
      bad('votes on another block', { ...one, certificate: certify(VOTE.FINALIZE, three) }),
    ],
  };
}

/** Paths that show nothing, in the tree of all leaves: of leaf 3, and of the first four. */
function badPaths(leaves: readonly Uint8Array[]): Json {
  const subtrees = subtreesOf(leaves);
  const count = leaves.length;
  const inclusion = inclusionProof(subtrees, count, 3);
  const consistency = consistencyProof(subtrees, 3, count);
  const spoilt = (path: readonly Uint8Array[]): Uint8Array[][] => [
    path.map((step, i) => (i === 0 ? flip(step, 4) : step)),
    path.slice(1),
    path.slice(0, -1),
    [...path, path[0] as Uint8Array],
    path.toReversed(),
    [],
  ];
  const bad = (fields: { readonly [name: string]: Json }, paths: readonly Uint8Array[][]): Json =>
    paths.map((path) => ({ ...fields, path: path.map(toHex) }));
  return {
    inclusion: [
      ...(bad({ index: 3, leaf: 3 }, spoilt(inclusion)) as Json[]),
      ...(bad({ index: 2, leaf: 3 }, [inclusion]) as Json[]),
      ...(bad({ index: 3, leaf: 2 }, [inclusion]) as Json[]),
      ...(bad({ index: 7, leaf: 3 }, [inclusion]) as Json[]),
    ],
    consistency: [
      ...(bad({ older: 3 }, spoilt(consistency)) as Json[]),
      ...(bad({ older: 2 }, [consistency]) as Json[]),
      ...(bad({ older: 8 }, [consistency]) as Json[]),
    ],
  };
}

function asAbsent(entry: ProvenEntry): ProvenEntry {
  const end = { keyHash: keyHash(entry.key), valueHash: sha256(entry.value ?? chain) };
  return { ...entry, value: null, end };
}

/** The part of proven state that the tree's root is computed from. */
function sharedProof(keys: readonly string[]): Json {
  const json = toJson(provenStateSchema, proveKeys(keys)) as { readonly [name: string]: Json };
  return { entries: json.entries as Json, siblings: json.siblings as Json };
}

/** Trees by themselves: leaves and roots, paths, prefixes, and proofs of the state tree. */
export function merkleVectors(): Json {
  const leaves = Array.from({ length: 7 }, (_, i) => utf8(`leaf ${i}`));
  const subtrees = subtreesOf(leaves);
  const record = stateKey.record(revision.namespace, revision.key);
  const absent = stateKey.assetStatements(otherAsset);
  const asked = [[stateKey.parameters], [record], [absent], [absent, record, stateKey.epoch]];
  return {
    rfc6962: {
      leaves: leaves.map(toHex),
      roots: Array.from({ length: 8 }, (_, count) => toHex(merkleRoot(leaves.slice(0, count)))),
      inclusion: leaves.map((_, index) =>
        inclusionProof(subtrees, leaves.length, index).map(toHex),
      ),
      consistency: Array.from({ length: 8 }, (_, older) =>
        consistencyProof(subtrees, older, leaves.length).map(toHex),
      ),
      invalid: badPaths(leaves),
    },
    state: {
      chain: toHex(chain),
      treeRoot: toHex(tree.root),
      stateRoot: toHex(stateRootOf(chain, tree.root)),
      entries: [...state].map(([key, value]) => ({
        key,
        keyHash: toHex(keyHash(key)),
        value: toHex(value),
      })),
      proofs: [...asked, [...state.keys()]].map(sharedProof),
    },
  };
}
