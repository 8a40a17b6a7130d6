/** `state_get`, `node_*` and `rpc.discover`: raw state, and the node itself. */
import { Type } from 'typebox';
import { method } from './method.ts';
import {
  Base64url,
  document,
  Hash,
  Height,
  Id,
  MinHeight,
  nullable,
  ProvenStateDocument,
  StateKey,
  Time,
} from './values.ts';

const ConsensusView = Type.Object(
  {
    epoch: Type.Integer(),
    view: Type.Integer(),
    leader: nullable(Id),
    height: Height,
    unfinalized: Type.Integer({ description: 'Blocks that are accepted, but not final.' }),
    voting: Type.Boolean(),
    diverged: Type.Boolean({ description: 'The node computed another state and has stopped.' }),
  },
  { title: 'Consensus' },
);

const PeerView = Type.Object(
  {
    peerId: Type.String(),
    member: nullable(Id),
    role: nullable(Type.String()),
    connected: Type.Boolean(),
    address: nullable(Type.String()),
    direction: nullable(Type.String()),
    head: nullable(Type.Object({ height: Height, hash: Hash })),
  },
  { title: 'Peer' },
);

export const nodeMethods = {
  state_get: method({
    summary: 'A raw entry of the authenticated state after a block; absence has a proof too.',
    params: Type.Object({
      key: StateKey,
      height: Type.Optional(Height),
      prove: Type.Optional(Type.Boolean()),
      minHeight: MinHeight,
    }),
    result: Type.Object({
      key: StateKey,
      value: nullable(Base64url),
      height: Height,
      proof: Type.Optional(ProvenStateDocument),
    }),
    errors: ['NOT_FOUND', 'SYNCING'],
  }),
  node_info: method({
    summary: 'Whose node this is, and how its consensus stands.',
    params: Type.Object({}),
    result: Type.Object({
      member: nullable(Id),
      role: Type.String(),
      version: Type.String(),
      protocolVersion: Type.Integer({ description: 'The newest that this node knows.' }),
      peerId: Type.String(),
      startedAt: Time,
      chain: Hash,
      height: Height,
      consensus: ConsensusView,
    }),
    errors: [],
  }),
  node_peers: method({
    summary: 'The peers that this node knows, connected or not.',
    params: Type.Object({}),
    result: Type.Object({ peers: Type.Array(PeerView) }),
    errors: [],
  }),
  'rpc.discover': method({
    summary: 'This interface as an OpenRPC 1.2.6 document.',
    params: Type.Object({}),
    result: document('OpenRPC', 'https://spec.open-rpc.org'),
    errors: [],
  }),
};
