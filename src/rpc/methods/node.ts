/** `state_get`, `node_*` and `rpc.discover`. */
import { toBase64url } from '../../common/bytes.ts';
import { PROTOCOL_VERSION } from '../../ledger/parameters.ts';
import type { PeerReport } from '../context.ts';
import type { Handlers, Services } from '../handler.ts';
import { openRpcDocument } from '../openrpc.ts';
import { provenStateJson, proveState } from '../proving.ts';
import { refuseHeight } from '../reading.ts';
import type { MethodName, Params, ResultOf } from '../schema/index.ts';
import { hashText, timeText } from '../views.ts';

export type NodeMethod = Extract<MethodName, 'state_get' | `node_${string}` | 'rpc.discover'>;

export function nodeHandlers(services: Services): Handlers<NodeMethod> {
  const { context } = services;
  return {
    state_get: (params) => stateGet(services, params),
    node_info: () => {
      const { member, role, version, peerId, startedAt } = context.node;
      const { epoch, view, leader, height, unfinalized, voting, diverged } = context.consensus();
      return {
        member,
        role,
        version,
        protocolVersion: PROTOCOL_VERSION,
        peerId,
        startedAt: timeText(startedAt),
        chain: hashText(context.ledger.chain),
        height: context.ledger.head.header.height,
        consensus: { epoch, view, leader: leader ?? null, height, unfinalized, voting, diverged },
      };
    },
    node_consensus: () => context.explain(),
    node_finality: () => ({
      samples: services.finality.samples.map(({ height, time, finalMs }) => ({
        height,
        time: timeText(time),
        finalMs,
      })),
    }),
    node_peers: () => ({ peers: context.peers().map(peerView) }),
    'rpc.discover': () => openRpcDocument(context.node.version),
  };
}

function peerView(peer: PeerReport): ResultOf<'node_peers'>['peers'][number] {
  const { problem } = peer;
  return {
    peerId: peer.peerId,
    member: peer.member ?? null,
    role: peer.role ?? null,
    connected: peer.connected,
    address: peer.address ?? null,
    direction: peer.direction ?? null,
    head: peer.head ? { height: peer.head.height, hash: hashText(peer.head.hash) } : null,
    heardMs: peer.heardMs === undefined ? null : Math.round(peer.heardMs),
    clock: peer.clock ?? null,
    problem: problem ? { ...problem, agoMs: Math.round(problem.agoMs) } : null,
    reachedUs: peer.reachedUs ?? null,
  };
}

async function stateGet(
  services: Services,
  { key, height: asked, prove = false, minHeight = 0 }: Params<'state_get'>,
): Promise<ResultOf<'state_get'>> {
  const { ledger } = services.context;
  await services.heads.reach(prove ? minHeight + 1 : minHeight);
  const head = ledger.head.header.height;
  // Proven is what a final header above carries.
  const newest = prove ? head - 1 : head;
  const height = asked ?? newest;
  if (height > newest) refuseHeight(height, head);
  const reader = ledger.state(height);
  const value = reader.get(key);
  return {
    key,
    value: value === undefined ? null : toBase64url(value),
    height,
    ...(prove ? { proof: provenStateJson(proveState(ledger, reader, [key])) } : {}),
  };
}
