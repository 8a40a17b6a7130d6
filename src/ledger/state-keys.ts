/**
 * The keys of the authenticated state. Text, so that anybody can spell one and ask `state_get`.
 * Ids hold no slash, so the parts can't run together; a record's key comes last and may hold any.
 */
import { toHex } from '../common/bytes.ts';
import { assetToText } from './primitives.ts';

export const stateKey = {
  /** `parametersSchema` */
  parameters: 'chain/parameters',
  /** `epochStateSchema` */
  epoch: 'chain/epoch',
  /** `activeMembersSchema`: who votes on proposals, and whose vouches count. */
  activeMembers: 'chain/members',
  /** Authenticated list of the ids of all members that ever were, in order of admission. */
  members: 'members',
  /** `memberStateSchema` */
  member: (id: string): string => `member/${id}`,
  /** Authenticated list of all proposals (`proposalSchema`); number n stands at position n − 1. */
  proposals: 'proposals',
  /** `openProposalsSchema` */
  openProposals: 'proposals/open',
  /** `proposalStateSchema` */
  proposal: (number: number): string => `proposal/${number}`,
  /** Authenticated list of all votes on a proposal (`memberVoteSchema`). */
  proposalVotes: (number: number): string => `votes/${number}`,
  /** Authenticated list of publisher ids, in order of registration. */
  publishers: 'publishers',
  /** `publisherStateSchema` */
  publisher: (id: string): string => `publisher/${id}`,
  /** `usageSchema`: what a sender used of its quota. */
  usage: (sender: string): string => `usage/${sender}`,
  /** The publisher's id, in UTF-8, that first had a name or id of this likeness: for good. */
  likeness: (likeness: string): string => `likeness/${likeness}`,
  /** Empty: the publisher made a statement on something of this name. */
  product: (publisher: string, name: string): string => `product/${publisher}/${name}`,
  /** Authenticated list of the publisher's statements on assets (`statementSchema`). */
  publisherActs: (id: string): string => `publisher-acts/${id}`,
  /** `keyOwnerSchema`: which member or publisher a key belongs to. */
  keyOwner: (publicKey: Uint8Array): string => `key/${toHex(publicKey)}`,
  /** Authenticated list of all statements on an asset (`statementSchema`). */
  assetStatements: (asset: Uint8Array): string => `asset/${assetToText(asset)}`,
  /** The publisher's current statement on an asset (`statementSchema`). */
  assetStatement: (asset: Uint8Array, publisher: string): string =>
    stateKey.statementBeside(stateKey.assetStatements(asset), publisher),
  /** The same by the key of the asset's list. */
  statementBeside: (assetStatements: string, publisher: string): string =>
    `${assetStatements}/${publisher}`,
  /** The record's current revision (`revisionSchema`). */
  record: (namespace: string, key: string): string => `record/${namespace}/${key}`,
  /** Authenticated list of all revisions of a record (`revisionSchema`). */
  recordRevisions: (namespace: string, key: string): string => `revisions/${namespace}/${key}`,
  /** Authenticated list of the namespace's keys, in order of first appearance. */
  namespaceKeys: (namespace: string): string => `namespace/${namespace}`,
} as const;
