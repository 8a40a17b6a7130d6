/** `node_*` and `rpc.discover`. */
import { toBase64url } from '../../common/bytes.ts';
import { publicKeyToText } from '../../common/signature.ts';
import { PROTOCOL_VERSION } from '../../ledger/parameters.ts';
import type { Ledger } from '../../state/ledger.ts';
import type { PeerReport } from '../context.ts';
import type { Handlers, Services } from '../handler.ts';
import { openRpcDocument } from '../openrpc.ts';
import { hashOf, refuseHeight } from '../reading.ts';
import type { MethodName, ResultOf } from '../schema/index.ts';
import { hashText, timeText } from '../views.ts';

export type NodeMethod = Extract<MethodName, `node_${string}` | 'rpc.discover'>;

export function nodeHandlers(services: Services): Handlers<NodeMethod> {
  const { context } = services;
  return {
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
        retained: retainedView(context.ledger),
        consensus: { epoch, view, leader: leader ?? null, height, unfinalized, voting, diverged },
      };
    },
    node_attest: ({ nonce, height }) => {
      const { ledger, node } = context;
      const hash = ledger.blockHashAt(height);
      if (hash === undefined) refuseHeight(height, ledger.head.header.height);
      const { nodeKey, signature } = node.attest({ nonce: hashOf(nonce), height, hash });
      return {
        height,
        hash: hashText(hash),
        nodeKey: publicKeyToText(nodeKey),
        signature: toBase64url(signature),
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

function retainedView({ retained, retention }: Ledger): ResultOf<'node_info'>['retained'] {
  return {
    states: { oldest: retained.states, blocks: retention.states ?? null },
    blocks: { oldest: retained.blocks, blocks: retention.blocks ?? null },
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
