/** A healthy validator `alpha` among four, as a look finds it; tests change what they need. */
import type { ConsensusStatus, ValidatorStatus } from '../../src/consensus/status.ts';
import type { Facts } from '../../src/node/explain/facts.ts';
import type { PeerInfo, Reach } from '../../src/p2p/p2p.ts';

export const MEMBERS = ['alpha', 'bravo', 'charlie', 'delta'] as const;

export function validatorWith(
  member: string,
  change: Partial<ValidatorStatus> = {},
): ValidatorStatus {
  const self = member === 'alpha';
  return {
    member,
    self,
    leader: member === 'bravo',
    heardMs: self ? null : 40,
    accepted: false,
    nullified: false,
    ...change,
  };
}

export function peerWith(member: string, change: Partial<PeerInfo> = {}): PeerInfo {
  return {
    peerId: `12D3KooW-${member}`,
    member,
    role: 'validator',
    connected: true,
    address: '/ip4/192.0.2.7/tcp/7600',
    direction: 'inbound',
    head: undefined,
    heardMs: 900,
    clock: { offsetMs: 3, uncertaintyMs: 4, roundTripMs: 6 },
    problem: undefined,
    reachedUs: true,
    ...change,
  };
}

export interface FactsChange {
  readonly consensus?: Partial<ConsensusStatus>;
  readonly validators?: Readonly<Record<string, Partial<ValidatorStatus>>>;
  readonly peers?: Readonly<Record<string, Partial<PeerInfo>>>;
  readonly sync?: Partial<Facts['sync']>;
  readonly reach?: Partial<Reach>;
  readonly validator?: boolean;
  readonly notReady?: readonly string[];
}

export function factsWith(change: FactsChange = {}): Facts {
  const { validators = {}, peers = {} } = change;
  return {
    consensus: {
      epoch: 1,
      view: 6,
      leader: 'bravo',
      height: 10,
      unfinalized: 0,
      quorum: 3,
      voting: true,
      answersMissing: null,
      abstainUntil: null,
      epochEnds: false,
      notVoting: null,
      diverged: null,
      working: false,
      timeoutMs: null,
      viewMs: 900,
      viewTimeoutMs: 1_000,
      failures: 0,
      headMs: 3_000,
      heartbeatMs: 10_000,
      givenUp: null,
      proposal: null,
      votes: [],
      fetching: [],
      validators: MEMBERS.map((member) => validatorWith(member, validators[member])),
      ...change.consensus,
    },
    validator: change.validator ?? true,
    notReady: change.notReady ?? [],
    sync: { active: false, target: 10, pruned: false, blocksPerSecond: 0, ...change.sync },
    peers: MEMBERS.slice(1).map((member) => peerWith(member, peers[member])),
    reach: {
      addresses: ['/ip4/192.0.2.1/tcp/7600/p2p/12D3KooW-alpha'],
      inboundMs: 5_000,
      upMs: 600_000,
      unanswered: [],
      ...change.reach,
    },
  };
}
