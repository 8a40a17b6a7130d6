/** `node_*` and `rpc.discover`: the node itself. */
import { Type } from 'typebox';
import { method } from './method.ts';
import {
  Base64url,
  described,
  document,
  Hash,
  Height,
  Id,
  nullable,
  PublicKey,
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

const KeptView = Type.Object(
  {
    oldest: described(Height, 'The lowest block of which it is kept.'),
    blocks: nullable(Type.Integer({ description: 'How many are to be kept; null: all.' })),
  },
  { title: 'Kept' },
);

const RetainedView = Type.Object(
  {
    states: described(KeptView, 'What can be read and proven as of a height.'),
    blocks: described(KeptView, 'Transactions, results and certificates; headers always are.'),
  },
  { title: 'Retained' },
);

const Ms = Type.Integer({ title: 'Milliseconds', minimum: 0 });

const ClockView = Type.Object(
  {
    offsetMs: Type.Integer({ description: "The peer's clock minus this node's." }),
    uncertaintyMs: described(Ms, 'The truth is at most this far from it, if the peer is honest.'),
    roundTripMs: Ms,
  },
  { title: 'Clock', description: 'Measured as NTP does it; it decides nothing.' },
);

const ProblemView = Type.Object(
  {
    code: Type.String({
      description:
        'REFUSED, TIMED_OUT, NAME_UNKNOWN, NO_ROUTE, OTHER_KEY, NO_LIBP2P, CUT_OFF, OTHER_CHAIN ' +
        'or FAILED.',
    }),
    text: Type.String(),
    agoMs: Ms,
  },
  { title: 'PeerProblem', description: 'What the last try to reach a peer failed at.' },
);

const FindingView = Type.Object(
  {
    code: Type.String({ description: 'Stable, SCREAMING_SNAKE; docs/operators.md lists them.' }),
    severity: Type.Union([Type.Literal('error'), Type.Literal('warning'), Type.Literal('info')]),
    text: Type.String({ description: 'One sentence for people.' }),
    remedy: nullable(Type.String({ description: 'What an operator can do.' })),
  },
  { title: 'Finding' },
);

const VoteCountView = Type.Object(
  {
    kind: Type.Union([Type.Literal('accept'), Type.Literal('nullify'), Type.Literal('finalize')]),
    view: Type.Integer(),
    height: nullable(Height),
    needed: Type.Integer(),
    given: Type.Array(Id),
    missing: Type.Array(Id),
  },
  { title: 'VoteCount', description: 'How far votes are from their certificate.' },
);

const ProposalView = Type.Object(
  {
    hash: Hash,
    height: nullable(Height),
    aheadMs: nullable(
      Type.Integer({ description: "By how much its time is ahead of this node's clock." }),
    ),
    accepted: Type.Boolean({ description: 'By this node.' }),
    judgement: Type.String({
      description: 'missing, unasked, asked, valid, invalid or diverged, by the state here.',
    }),
  },
  { title: 'Proposal' },
);

const FetchView = Type.Object(
  {
    what: Type.Union([Type.Literal('block'), Type.Literal('certificates')]),
    view: Type.Integer(),
    attempts: Type.Integer(),
    from: Type.Array(Id),
  },
  { title: 'Fetch' },
);

const ValidatorView = Type.Object(
  {
    member: Id,
    self: Type.Boolean(),
    leader: Type.Boolean({ description: 'Of the current view.' }),
    connected: Type.Boolean(),
    heard: Type.Boolean({ description: 'Connected, and not silent for long.' }),
    heardMs: nullable(described(Ms, 'Since its last word.')),
    accepted: Type.Boolean({ description: 'Its vote in the current view is here.' }),
    nullified: Type.Boolean(),
  },
  { title: 'ValidatorStatus' },
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
    heardMs: nullable(described(Ms, 'Since it last told its status.')),
    clock: nullable(ClockView),
    problem: nullable(ProblemView),
    reachedUs: nullable(
      Type.Boolean({ description: 'Whether it could dial this node; null: it never had to.' }),
    ),
  },
  { title: 'Peer' },
);

export const nodeMethods = {
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
      retained: RetainedView,
      consensus: ConsensusView,
    }),
    errors: [],
  }),
  node_consensus: method({
    summary: 'Why the chain goes on or not: in words, and the facts behind them.',
    params: Type.Object({}),
    result: Type.Object({
      summary: Type.String({ description: 'One line.' }),
      findings: Type.Array(FindingView, { description: 'The worst first.' }),
      epoch: Type.Integer(),
      view: Type.Integer(),
      leader: nullable(Id),
      height: Height,
      headMs: described(Ms, 'Since that block became final here.'),
      unfinalized: Type.Integer({ description: 'Blocks that are accepted, but not final.' }),
      quorum: Type.Integer(),
      working: Type.Boolean({ description: 'False: quiet because there is nothing to do.' }),
      voting: Type.Boolean(),
      notVoting: nullable(Type.Object({ code: Type.String(), message: Type.String() })),
      answersMissing: nullable(
        Type.Integer({ description: 'Validators that have yet to answer before it votes again.' }),
      ),
      abstainUntil: nullable(
        Type.Integer({ description: 'Up to this view it casts no vote, for it may have before.' }),
      ),
      epochEnds: Type.Boolean({
        description: 'The newest accepted block ends the epoch and waits for its finalization.',
      }),
      viewMs: described(Ms, 'Since this view was entered.'),
      timeoutMs: nullable(described(Ms, 'Until this node gives the view up; null: not timed.')),
      viewTimeoutMs: Ms,
      failures: Type.Integer({ description: 'Views that timed out since the newest final block.' }),
      proposal: nullable(ProposalView),
      votes: Type.Array(VoteCountView),
      fetching: Type.Array(FetchView),
      validators: Type.Array(ValidatorView),
      sync: Type.Object({
        active: Type.Boolean(),
        target: Height,
        pruned: Type.Boolean({
          description: 'All who are ahead have pruned the block that comes next here.',
        }),
        blocksPerSecond: Type.Number(),
      }),
      reach: Type.Object({
        addresses: Type.Array(Type.String(), { description: 'At which this node can be dialled.' }),
        inboundMs: nullable(described(Ms, "Since a member's node last dialled this one.")),
        upMs: Ms,
      }),
    }),
    errors: [],
  }),
  node_attest: method({
    summary: 'Signs with the node key that a block is final here: which node it is that answers.',
    params: Type.Object({
      nonce: described(Hash, '32 random bytes of the caller’s, so that no old word is taken.'),
      height: Height,
    }),
    result: Type.Object({
      height: Height,
      hash: described(Hash, 'Of the block.'),
      nodeKey: PublicKey,
      signature: described(Base64url, 'As in docs/format.md.'),
    }),
    errors: ['NOT_FOUND'],
  }),
  node_finality: method({
    summary: 'How long the newest blocks took to become final at this node, by its clock.',
    params: Type.Object({}),
    result: Type.Object({
      samples: Type.Array(
        Type.Object({
          height: Height,
          time: Time,
          finalMs: described(Ms, 'From the time of the block to when it was final here.'),
        }),
        { description: 'Oldest first; blocks that were only synced are left out.' },
      ),
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
    open: true,
  }),
};
