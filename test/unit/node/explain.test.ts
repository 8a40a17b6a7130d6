/** Every situation an operator may look at: its codes, and the words that name who and what. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explain } from '../../../src/node/explain/explain.ts';
import type { DialProblem } from '../../../src/p2p/dial-problem.ts';
import { type FactsChange, factsWith } from '../../support/facts.ts';

const gone = (problem: DialProblem | undefined, heardMs: number | null = 43_000) => ({
  peer: {
    connected: false,
    heardMs: undefined,
    clock: undefined,
    problem: problem && { ...problem, agoMs: 500 },
  },
  validator: { heardMs },
});
const refused = gone({ code: 'REFUSED', text: 'nothing listens at its address' });
const never = gone(undefined, null);
const proposal = {
  hash: 'ab'.repeat(32),
  height: 11,
  aheadMs: -20,
  accepted: true,
  judgement: 'valid',
} as const;
const working = { working: true, headMs: 400, viewMs: 300, timeoutMs: 200 };
const clock = (offsetMs: number) => ({ clock: { offsetMs, uncertaintyMs: 5, roundTripMs: 6 } });

interface Case {
  readonly name: string;
  readonly change: FactsChange;
  /** Codes with the first letter of their severity, the worst first. */
  readonly codes: readonly string[];
  readonly says: readonly RegExp[];
}

const CASES: readonly Case[] = [
  {
    name: 'nothing to do',
    change: {},
    codes: ['i QUIET'],
    says: [/final up to block 10 \(3 s ago\)/, /empty block comes every 10 s/],
  },
  {
    name: 'a new validator that has not spoken',
    change: { notReady: ['echo'] },
    codes: ['i QUIET', 'i NOT_READY'],
    says: [/echo waits to vote, .* until its node said so/],
  },
  {
    name: 'at work, waiting for the proposal',
    change: { consensus: working },
    codes: ['i WORKING', 'i NO_PROPOSAL'],
    says: [
      /block 11 in view 6, which bravo leads/,
      /bravo .* proposed nothing for 300 ms/,
      /200 ms/,
    ],
  },
  {
    name: 'our own turn to propose',
    change: {
      consensus: { ...working, leader: 'alpha' },
      validators: { alpha: { leader: true }, bravo: { leader: false } },
    },
    codes: ['i WORKING', 'i NO_PROPOSAL'],
    says: [/ours to lead/],
  },
  {
    name: 'accepts are missing',
    change: {
      consensus: {
        ...working,
        proposal,
        votes: [
          {
            kind: 'accept',
            view: 6,
            height: 11,
            needed: 3,
            given: ['alpha', 'bravo'],
            missing: ['charlie', 'delta'],
          },
        ],
      },
    },
    codes: ['i WORKING', 'i MISSING_ACCEPT'],
    says: [/2 of the 3 votes .* accept block 11 \(alpha and bravo\); 1 more of charlie and delta/],
  },
  {
    name: 'half of the validators are gone',
    change: {
      consensus: {
        ...working,
        headMs: 43_000,
        failures: 3,
        givenUp: 'timeout',
        timeoutMs: null,
        votes: [
          {
            kind: 'nullify',
            view: 6,
            height: null,
            needed: 3,
            given: ['alpha', 'bravo'],
            missing: ['charlie', 'delta'],
          },
        ],
      },
      validators: { charlie: refused.validator, delta: never.validator },
      peers: { charlie: refused.peer, delta: never.peer },
    },
    codes: ['e NO_QUORUM', 'e STOPPED', 'w NOT_CONNECTED', 'w NOT_CONNECTED', 'w MISSING_NULLIFY'],
    says: [
      /2 of 4 validators are heard \(alpha and bravo\), and 3 are needed/,
      /charlie and delta are missing, 1 of them would do/,
      /no block became final for 43 s/,
      /3 views timed out/,
      /charlie is not heard \(last 43 s ago\): nothing listens/,
      /delta is not heard \(not since this node started\)/,
      /to give the view up/,
    ],
  },
  {
    name: 'one is gone, and the others are enough',
    change: { validators: { delta: refused.validator }, peers: { delta: refused.peer } },
    codes: ['w NOT_CONNECTED', 'i QUIET'],
    says: [/delta is not heard/],
  },
  {
    name: 'one is connected and silent',
    change: { validators: { delta: { heardMs: 60_000 } } },
    codes: ['w SILENT', 'i QUIET'],
    says: [/delta is connected, but not heard in consensus \(last 60 s ago\)/],
  },
  {
    name: 'right after the start nobody has voted yet',
    change: {
      validators: {
        bravo: { heardMs: null },
        charlie: { heardMs: null },
        delta: { heardMs: null },
      },
      reach: { upMs: 3_000 },
    },
    codes: ['i QUIET'],
    says: [],
  },
  {
    name: 'a block is fetched again and again',
    change: {
      consensus: {
        ...working,
        proposal: { ...proposal, judgement: 'missing', height: null, aheadMs: null },
        fetching: [
          { what: 'block', view: 6, attempts: 5, from: ['bravo'] },
          { what: 'certificates', view: 5, attempts: 1, from: ['bravo'] },
          { what: 'certificates', view: 4, attempts: 0, from: [] },
        ],
      },
    },
    codes: ['w FETCHING', 'i WORKING'],
    says: [
      /1 block and certificates of 1 views missing here, asked for 5 times \(first from bravo\)/,
    ],
  },
  {
    name: 'far behind',
    change: { sync: { active: true, target: 100_010, pruned: false, blocksPerSecond: 2_000 } },
    codes: ['w SYNCING', 'i QUIET'],
    says: [/100000 blocks behind: at 10, peers are at 100010, 2000 a second: 50 s left/],
  },
  {
    name: 'behind what anybody here keeps',
    change: { sync: { active: true, target: 100_010, pruned: true, blocksPerSecond: 0 } },
    codes: ['e BLOCKS_PRUNED', 'i QUIET'],
    says: [/block 11 comes next here, and every connected node that is ahead has pruned it/],
  },
  {
    name: 'an observer by design',
    change: {
      consensus: { voting: false, notVoting: { code: 'OBSERVER', message: 'no validator' } },
      validator: false,
    },
    codes: ['i OBSERVER', 'i QUIET'],
    says: [/as it is set up to/],
  },
  {
    name: 'a validator that the epoch does not list',
    change: { consensus: { voting: false, notVoting: { code: 'OBSERVER', message: 'none' } } },
    codes: ['w NOT_LISTED', 'i QUIET'],
    says: [/no validator in epoch 1/],
  },
  {
    name: 'a guard that is not trusted',
    change: {
      consensus: {
        voting: false,
        notVoting: { code: 'GUARD_STALE', message: 'old copy' },
        answersMissing: 2,
      },
    },
    codes: ['e GUARD_STALE', 'i QUIET'],
    says: [/does not vote: old copy; 2 answers still missing/, /votes again by itself/],
  },
  {
    name: 'a validator that has just regained trust',
    change: { consensus: { abstainUntil: 7 } },
    codes: ['i ABSTAINING', 'i QUIET'],
    says: [/from view 8 on/],
  },
  {
    name: 'an epoch that ends',
    change: { consensus: { ...working, epochEnds: true, unfinalized: 1 } },
    codes: ['i WORKING', 'i NO_PROPOSAL', 'i EPOCH_ENDS'],
    says: [/block 11 ends epoch 1/],
  },
  {
    name: 'a code that is not known here still has words and a remedy',
    change: { consensus: { voting: false, notVoting: { code: 'NEW', message: 'waits' } } },
    codes: ['e NEW', 'i QUIET'],
    says: [/waits/],
  },
  {
    name: 'diverged',
    change: {
      consensus: { voting: false, notVoting: { code: 'DIVERGED', message: 'block 11 differs' } },
    },
    codes: ['e DIVERGED', 'i QUIET'],
    says: [/block 11 differs/, /keep the folder/],
  },
  {
    name: 'a proposal from the future',
    change: {
      consensus: { ...working, proposal: { ...proposal, accepted: false, aheadMs: 7_000 } },
    },
    codes: ['w PROPOSAL_AHEAD', 'i WORKING'],
    says: [/bravo proposes is 7 s ahead of our clock/],
  },
  {
    name: 'a proposal from the past, given up',
    change: {
      consensus: {
        ...working,
        givenUp: 'time',
        proposal: { ...proposal, accepted: false, aheadMs: -15_000 },
      },
    },
    codes: ['w PROPOSAL_BEHIND', 'i WORKING'],
    says: [/block of bravo lags our clock by 15 s/],
  },
  {
    name: 'a proposal that breaks the rules',
    change: {
      consensus: { ...working, givenUp: 'invalid', proposal: { ...proposal, accepted: false } },
    },
    codes: ['w PROPOSAL_INVALID', 'i WORKING'],
    says: [/breaks the rules/],
  },
  {
    name: 'our clock ahead of most others',
    change: { peers: { bravo: clock(-9_000), charlie: clock(-9_010), delta: clock(2) } },
    codes: ['e CLOCK_OFF', 'i QUIET'],
    says: [/clock is about 9 s ahead of 2 of 3 peers' \(bravo and charlie\)/],
  },
  {
    name: 'our clock behind a little',
    change: { peers: { bravo: clock(700), charlie: clock(710), delta: clock(705) } },
    codes: ['w CLOCK_OFF', 'i QUIET'],
    says: [/about 705 ms behind of 3 of 3/],
  },
  {
    name: "one peer's clock",
    change: { peers: { delta: clock(30_000) } },
    codes: ['w PEER_CLOCK_OFF', 'i QUIET'],
    says: [/clock of delta is 30 s ahead of ours \(± 5 ms\)/],
  },
  {
    name: 'a clock that is off by less than is certain',
    change: {
      peers: { delta: { clock: { offsetMs: 900, uncertaintyMs: 1_500, roundTripMs: 3_000 } } },
    },
    codes: ['i QUIET'],
    says: [],
  },
  {
    name: 'others tried to reach us and could not',
    change: {
      peers: {
        bravo: { reachedUs: false },
        charlie: { reachedUs: false },
        delta: { reachedUs: undefined },
      },
      reach: { inboundMs: undefined },
    },
    codes: ['w NOT_REACHABLE', 'i QUIET'],
    says: [
      /bravo and charlie could not reach this node/,
      /\/ip4\/192.0.2.1\/tcp\/7600: the port open/,
    ],
  },
  {
    name: 'nobody ever reached us, which may be by chance',
    change: {
      peers: {
        bravo: { reachedUs: undefined },
        charlie: { reachedUs: undefined },
        delta: { reachedUs: undefined },
      },
      reach: { inboundMs: undefined },
    },
    codes: ['i NOT_REACHED', 'i QUIET'],
    says: [/nobody reached this node from outside in the 10 min/],
  },
  {
    name: 'a configured address that does not answer',
    change: {
      reach: {
        unanswered: [
          {
            address: '/dns4/x.example/tcp/1',
            problem: { code: 'NAME_UNKNOWN', text: 'the name is unknown', agoMs: 5 },
          },
        ],
      },
    },
    codes: ['i QUIET', 'i PEER_UNREACHED'].toSorted(),
    says: [/\/dns4\/x.example\/tcp\/1 is not connected: the name is unknown/],
  },
];

describe('why the chain goes on or not', () => {
  for (const { name, change, codes, says } of CASES) {
    test(name, () => {
      const { summary, findings } = explain(factsWith(change));
      assert.deepEqual(
        findings.map(({ code, severity }) => `${severity[0]} ${code}`),
        codes,
      );
      const words = findings.map(({ text, remedy }) => `${text}\n${remedy ?? ''}`).join('\n');
      for (const each of says) assert.match(words, each);
      const worst = findings[0];
      if (worst?.severity === 'error') assert.equal(summary, worst.text);
      for (const { severity, remedy, code } of findings) {
        if (severity !== 'info') assert.ok(remedy, `${code} says what to do`);
      }
    });
  }

  test('every member that is not heard is named, whoever it is', () => {
    for (const member of ['bravo', 'charlie', 'delta']) {
      const change = {
        peers: { [member]: refused.peer },
        validators: { [member]: refused.validator },
      };
      const [first] = explain(factsWith(change)).findings;
      assert.ok(first?.text.startsWith(`${member} is not heard`), first?.text);
    }
  });
});
