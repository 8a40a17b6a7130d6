/** Random histories of governance against a model in a few lines, on two nodes, over restarts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../src/common/bytes.ts';
import { ACTION, type Action } from '../../../src/ledger/governance.ts';
import { OPERATION } from '../../../src/ledger/operations.ts';
import { makePublisherRequest } from '../../../src/ledger/requests.ts';
import { STANDING } from '../../../src/ledger/state-values.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import * as queries from '../../../src/state/queries.ts';
import {
  type Bench,
  bench,
  keysOf,
  MEMBER_IDS,
  memberNamed,
  OBSERVER,
  PUBLISHER_IDS,
  START,
} from './fixture.ts';
import { byMember, propose, putMember, ready, setParameters, vote } from './members.ts';

const IDS = [...MEMBER_IDS, 'eve', 'fay'];
const KEYS = ['1', '2'];
const VALID_MS = 9;
const WINDOW_MS = 2;
/** Members need 2 of 3; of parameters, with a window, more than half. */
const PARAMETERS = {
  proposalValidityMs: VALID_MS,
  parameterVotesPercent: 50,
  parameterObjectionMs: WINDOW_MS,
  nameObjectionMs: WINDOW_MS,
};
/** Who may ask to be registered: what each is taken for, and the name of its key. */
const NEWCOMERS: Readonly<Record<string, Newcomer>> = {
  newco: { name: 'New Co', looks: ['newco'], key: 'new' },
  newc0: { name: 'Yak', looks: ['newco', 'yak'], key: 'other' },
  zed: { name: 'NEW-CO', looks: ['zed', 'newco'], key: 'third' },
  yak: { name: 'YAK', looks: ['yak'], key: 'new' },
};
interface Newcomer {
  readonly name: string;
  readonly looks: readonly string[];
  readonly key: string;
}

type Wish =
  | { readonly do: 'put'; readonly id: string; readonly key: string | null }
  | { readonly do: 'remove' | 'suspend' | 'reinstate'; readonly id: string }
  | { readonly do: 'set'; readonly heartbeatMs: number }
  | { readonly do: 'register'; readonly id: string };
type Vouching = {
  readonly do: 'vouch' | 'unvouch';
  readonly by: string;
  readonly id: string;
};
type Step =
  | Vouching
  | { readonly do: 'register'; readonly by: string; readonly id: string }
  | { readonly do: 'propose'; readonly by: string; readonly wish: Wish }
  | { readonly do: 'vote'; readonly by: string; readonly back: number; readonly approve: boolean }
  | { readonly do: 'withdraw' | 'execute'; readonly by: string; readonly back: number }
  | { readonly do: 'ready'; readonly by: string; readonly key: string };

interface Modelled {
  readonly by: string;
  readonly wish: Wish;
  readonly expires: number;
  readonly votes: ReadonlyMap<string, boolean>;
  readonly decided: number | null;
  readonly end: 'EXECUTED' | 'WITHDRAWN' | null;
}
/** By member id: the name of a voting key, null for none. */
type Keys = ReadonlyMap<string, string | null>;
interface Model {
  /** The entries of all that ever were members, and how they stand. */
  readonly entries: Keys;
  readonly standing: ReadonlyMap<string, 'active' | 'suspended' | 'gone'>;
  readonly now: Keys;
  readonly next: Keys;
  readonly heartbeat: number;
  readonly nextHeartbeat: number;
  readonly proposals: readonly Modelled[];
  /** Those that came, in order, and the members that vouch for each. */
  readonly publishers: ReadonlyMap<string, ReadonlySet<string>>;
}

const with_ = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V) => new Map([...map, [key, value]]);
const without = <V>(map: ReadonlyMap<string, V>, key: string) =>
  new Map([...map].filter(([other]) => other !== key));
const active = ({ standing }: Model) => IDS.filter((id) => standing.get(id) === 'active');

type Tried = readonly [code: string, model: Model];

/** What a wish makes of the model. */
function grant(model: Model, wish: Wish): Tried {
  const goOn = (changes: Partial<Model>): Tried =>
    changes.next?.size === 0 ? ['NO_VALIDATORS', model] : ['', { ...model, ...changes }];
  if (wish.do === 'set') return goOn({ nextHeartbeat: wish.heartbeatMs });
  if (wish.do === 'register') return registered(model, wish.id, true);
  const { id } = wish;
  const { entries, standing, now, next } = model;
  const present = standing.get(id);
  if (wish.do === 'remove' || wish.do === 'suspend') {
    const isThere = present === 'active' || (wish.do === 'remove' && present === 'suspended');
    if (!isThere) return ['MEMBER_UNKNOWN', model];
    const after = wish.do === 'remove' ? 'gone' : 'suspended';
    return goOn({ standing: with_(standing, id, after as 'gone'), next: without(next, id) });
  }
  if (wish.do === 'reinstate' && present !== 'suspended') return ['MEMBER_NOT_SUSPENDED', model];
  if (wish.do === 'put' && present === 'gone') return ['MEMBER_ID_USED', model];
  if (wish.do === 'put' && present === 'suspended') return ['MEMBER_SUSPENDED', model];
  const key = wish.do === 'put' ? wish.key : (entries.get(id) ?? null);
  const put = {
    entries: with_(entries, id, key),
    standing: with_(standing, id, 'active' as const),
  };
  if (present === undefined) return goOn(put);
  if (key === null) return goOn({ ...put, next: without(next, id) });
  if (now.get(id) === key || next.get(id) === key)
    return goOn({ ...put, next: with_(next, id, key) });
  if (!next.has(id)) return goOn(put);
  const inForce = now.get(id);
  return goOn({
    ...put,
    next: inForce === undefined ? without(next, id) : with_(next, id, inForce),
  });
}

/** By one member, or whatever it looks like by a vote. */
function registered(model: Model, id: string, byVote: boolean): Tried {
  const { publishers } = model;
  const there = [...publishers.keys()].map((each) => NEWCOMERS[each] as Newcomer);
  const { looks, key } = NEWCOMERS[id] as Newcomer;
  if (publishers.has(id)) return ['PUBLISHER_ID_USED', model];
  const collides = there.some((other) => other.looks.some((look) => looks.includes(look)));
  if (collides && !byVote) return ['NAME_COLLIDES', model];
  if (there.some((other) => other.key === key)) return ['KEY_TAKEN', model];
  return ['', { ...model, publishers: with_(publishers, id, new Set()) }];
}

function vouched(model: Model, step: Vouching): Tried {
  const { by, id } = step;
  const vouchers = model.publishers.get(id);
  if (vouchers === undefined) return ['PUBLISHER_UNKNOWN', model];
  if (step.do === 'unvouch' && !vouchers.has(by)) return ['VOUCH_MISSING', model];
  const others = [...vouchers].filter((each) => each !== by);
  const now = new Set(step.do === 'vouch' ? [...others, by] : others);
  return ['', { ...model, publishers: with_(model.publishers, id, now) }];
}

function enough(model: Model, { wish, votes }: Modelled): boolean {
  const members = active(model);
  const percent = wish.do === 'set' ? 50 : 66;
  const needed = Math.min(members.length, Math.floor((members.length * percent) / 100) + 1);
  return members.filter((id) => votes.get(id) === true).length >= needed;
}

const windowOf = ({ wish }: Modelled): number =>
  wish.do === 'set' || wish.do === 'register' ? WINDOW_MS : 0;

function endOf(model: Model, proposal: Modelled, time: number): string | null {
  if (proposal.end !== null) return `PROPOSAL_${proposal.end}`;
  const { decided, expires } = proposal;
  const waits = enough(model, proposal) && decided !== null;
  const until = waits ? Math.max(expires, decided + windowOf(proposal) + VALID_MS) : expires;
  return time > until ? 'PROPOSAL_EXPIRED' : null;
}

const replaced = (model: Model, at: number, proposal: Modelled): Model => ({
  ...model,
  proposals: model.proposals.map((each, i) => (i === at ? proposal : each)),
});

function executed(model: Model, at: number, proposal: Modelled): Tried {
  const [code, after] = grant(model, proposal.wish);
  return code === '' ? ['', replaced(after, at, { ...proposal, end: 'EXECUTED' })] : [code, model];
}

function counted(model: Model, at: number, before: Modelled, after: Modelled, time: number): Tried {
  if (!enough(model, after)) return ['', replaced(model, at, { ...after, decided: null })];
  const decided = enough(model, before) ? (before.decided ?? time) : time;
  const proposal = { ...after, decided };
  const isDue = decided === time && windowOf(proposal) === 0;
  return isDue ? executed(model, at, proposal) : ['', replaced(model, at, proposal)];
}

/** @param count of the proposals before the block */
function turn(model: Model, step: Step, at: number, count: number, time: number): Tried {
  const no = (code: string): Tried => [code, model];
  const { by } = step;
  if (model.standing.get(by) !== 'active') return no('UNAUTHORISED');
  if (step.do === 'ready') {
    if (model.entries.get(by) !== step.key) return no('UNAUTHORISED');
    if (model.now.get(by) === step.key) return no('NOTHING_PENDING');
    if (model.next.get(by) === step.key) return no('ALREADY_READY');
    return ['', { ...model, next: with_(model.next, by, step.key) }];
  }
  if (step.do === 'register') return registered(model, step.id, false);
  if (step.do === 'vouch' || step.do === 'unvouch') return vouched(model, step);
  if (step.do === 'propose') {
    const { wish } = step;
    const removes = wish.do === 'remove' || wish.do === 'suspend';
    if (removes && wish.id === by) return no('PROPOSER_REMOVED');
    const [code] = grant(model, wish);
    if (code !== '') return no(code);
    const made = { by, wish, expires: time + VALID_MS, decided: null, end: null };
    const before = { ...made, votes: new Map() };
    const extended = { ...model, proposals: [...model.proposals, before] };
    const after = { ...made, votes: new Map([[by, true]]) };
    const [outcome, next] = counted(extended, model.proposals.length, before, after, time);
    return outcome === '' ? [outcome, next] : no(outcome);
  }
  const proposal = model.proposals[at];
  if (proposal === undefined) return no('PROPOSAL_UNKNOWN');
  // What a vote on a proposal of its own block names is not known here.
  if (step.do === 'vote' && at >= count) return no('PROPOSAL_MISMATCH');
  if (step.do === 'withdraw' && proposal.by !== by) return no('UNAUTHORISED');
  const end = endOf(model, proposal, time);
  if (end !== null) return no(end);
  if (step.do === 'withdraw') return ['', replaced(model, at, { ...proposal, end: 'WITHDRAWN' })];
  if (step.do === 'vote') {
    if (proposal.votes.get(by) === step.approve) return no('ALREADY_VOTED');
    const votes = with_(proposal.votes, by, step.approve);
    return counted(model, at, proposal, { ...proposal, votes }, time);
  }
  if (!enough(model, proposal)) return no('VOTES_MISSING');
  if (proposal.decided === null) return counted(model, at, proposal, proposal, time);
  if (time < proposal.decided + windowOf(proposal)) return no('OBJECTION_WINDOW');
  return executed(model, at, proposal);
}

const keyName = (id: string, key: string): string =>
  key === '1' ? `validator ${id}` : `validator ${id} ${key}`;

function requestOf(id: string) {
  const { name, key } = NEWCOMERS[id] as Newcomer;
  const keys = keysOf(key);
  return makePublisherRequest(0, { id, name, keys: [keys.publicKey] }, [keys]);
}

function actionOf(wish: Wish): Action {
  switch (wish.do) {
    case 'put': {
      const { id, key } = wish;
      const keys = key === null ? OBSERVER : { validatorKey: keysOf(keyName(id, key)).publicKey };
      return putMember(memberNamed(id, keys));
    }
    case 'set':
      return setParameters({ heartbeatMs: wish.heartbeatMs });
    case 'register':
      return { action: ACTION.PUBLISHER_REGISTER, request: requestOf(wish.id) };
    case 'remove':
      return { action: ACTION.MEMBER_REMOVE, id: wish.id };
    case 'suspend':
      return { action: ACTION.MEMBER_SUSPEND, id: wish.id };
    case 'reinstate':
      return { action: ACTION.MEMBER_REINSTATE, id: wish.id };
  }
}

/** Position of the proposal that a step is about, counted back from the newest of `count`. */
const positionOf = (step: Step, count: number): number =>
  'back' in step ? Math.max(0, count - 1 - step.back) : count;

function made(b: Bench, step: Step, at: number): ReceivedTransaction {
  if (step.do === 'ready') return ready(b, step.by, keyName(step.by, step.key));
  if (step.do === 'propose') return propose(b, [actionOf(step.wish)], step.by);
  if (step.do === 'register') {
    const operation = { op: OPERATION.PUBLISHER_REGISTER, request: requestOf(step.id) } as const;
    return byMember(b, step.by, [operation]);
  }
  if (step.do === 'vouch') {
    return byMember(b, step.by, [{ op: OPERATION.VOUCH, publisher: step.id, until: null }]);
  }
  if (step.do === 'unvouch') {
    return byMember(b, step.by, [{ op: OPERATION.UNVOUCH, publisher: step.id }]);
  }
  const proposal = at + 1;
  if (step.do === 'vote') {
    const id = queries.proposal(b.ledger.state(), proposal)?.proposal.transaction;
    return vote(b, step.by, proposal, { id: id ?? new Uint8Array(32) }, step.approve);
  }
  const op = step.do === 'withdraw' ? OPERATION.WITHDRAW : OPERATION.EXECUTE;
  return byMember(b, step.by, [{ op, proposal }]);
}

const id = fc.constantFrom(...IDS);
const key = fc.constantFrom(...KEYS);
const by = fc.constantFrom(...IDS);
const back = fc.nat({ max: 2 });
const newcomer = fc.constantFrom(...Object.keys(NEWCOMERS));
const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('register' as const), id: newcomer }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), id, key: fc.option(key) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('remove' as const, 'suspend' as const, 'reinstate' as const),
      id,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      heartbeatMs: fc.integer({ min: 1, max: 3 }),
    }),
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('register' as const), by, id: newcomer }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('vouch' as const, 'vouch' as const, 'unvouch' as const),
      by,
      id: newcomer,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('propose' as const), by, wish }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('vote' as const),
      by,
      back,
      approve: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), by, back }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('execute' as const), by, back }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ready' as const), by, key }) },
);

/** One step, or everybody's vote for a proposal: random ones alone decide too little. */
const steps: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 3, arbitrary: step.map((one) => [one]) },
  {
    weight: 2,
    arbitrary: back.map((of) =>
      IDS.map((voter) => ({ do: 'vote' as const, by: voter, back: of, approve: true })),
    ),
  },
);

const isDue = ({ now, next, heartbeat, nextHeartbeat }: Model): boolean =>
  heartbeat !== nextHeartbeat ||
  now.size !== next.size ||
  [...now].some(([member, of]) => next.get(member) !== of);

const STANDINGS = { active: STANDING.ACTIVE, suspended: STANDING.SUSPENDED, gone: STANDING.GONE };

function assertSame(b: Bench, model: Model, epoch: number): void {
  const state = b.ledger.state();
  const found = queries.epochState(state);
  const spelled = (set: typeof found.validators) =>
    set.map(({ member, key: of }) => `${member} ${toHex(of)}`);
  const expected = (keys: Keys) =>
    [...keys].map(([of, k]) => `${of} ${toHex(keysOf(keyName(of, k ?? '')).publicKey)}`).sort();
  assert.equal(found.epoch, epoch);
  assert.deepEqual(spelled(found.validators), expected(model.now));
  assert.deepEqual(spelled(found.nextValidators), expected(model.next));
  assert.deepEqual(queries.activeMembers(state), active(model));
  assert.equal(queries.parameters(state).heartbeatMs, model.heartbeat);
  assert.equal(b.ledger.hasWork(b.ledger.head.hash), isDue(model));
  for (const each of IDS) {
    const standing = model.standing.get(each);
    assert.equal(queries.member(state, each)?.standing, standing && STANDINGS[standing]);
  }
  const publishers = queries.publishers(state, PUBLISHER_IDS.length, 10);
  const { time } = b.ledger.head.header;
  assert.deepEqual(
    publishers.map((each) => [each.id, queries.levelOf(state, each, time)]),
    [...model.publishers].map(([id, vouchers]) => {
      return [id, active(model).filter((member) => vouchers.has(member)).length];
    }),
  );
  const proposals = queries.proposals(state, 0, 1_000);
  assert.deepEqual(
    proposals.map(({ decided, closed, votes }) => [decided, closed?.how ?? null, votes.length]),
    model.proposals.map(({ decided, end, votes }) => [
      decided,
      end && ['EXECUTED', 'WITHDRAWN'].indexOf(end) + 1,
      votes.size,
    ]),
  );
}

/** Whether the state that a block is built on lets the step's sender sign at all. */
function maySign(model: Model, { by: sender, ...of }: Step): boolean {
  if (model.standing.get(sender) !== 'active') return false;
  return of.do !== 'ready' || model.entries.get(sender) === of.key;
}

const FIRST: Keys = new Map(MEMBER_IDS.map((member) => [member, '1']));

test('any history gives what the model gives, on every node and after a restart', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          steps: fc.array(steps, { maxLength: 5 }).map((each) => each.flat()),
          restart: fc.boolean(),
        }),
        { minLength: 4, maxLength: 16 },
      ),
      async (rounds) => {
        const parameters = { ...PARAMETERS, heartbeatMs: 1 };
        let b = await bench({ parameters });
        const other = await bench({ parameters });
        let model: Model = {
          entries: FIRST,
          standing: new Map(MEMBER_IDS.map((member) => [member, 'active'])),
          now: FIRST,
          next: FIRST,
          heartbeat: 1,
          nextHeartbeat: 1,
          proposals: [],
          publishers: new Map(),
        };
        let epoch = 1;
        let time = START;
        for (const { steps, restart } of rounds) {
          time++;
          const ends = isDue(model);
          const { length: count } = model.proposals;
          const due = steps
            .filter((each) => maySign(model, each))
            .map((each) => {
              const at = positionOf(each, count);
              return { each, at, t: made(b, each, at) };
            });
          const block = await b.grow(...due.map(({ t }) => t));
          assert.equal(other.ledger.check(block), 'valid');
          const certificate = b.ledger.certificate(block.header.height);
          await other.ledger.finalize([{ block, certificate }]);
          if (ends) {
            const { next, nextHeartbeat } = model;
            model = { ...model, now: next, heartbeat: nextHeartbeat };
            epoch++;
          } else {
            for (const { each, at, t } of due) {
              const [code, after] = turn(model, each, at, count, time);
              assert.equal(b.ledger.transaction(t.id)?.result.code, code, JSON.stringify(each));
              model = after;
            }
          }
          b.fill([]);
          if (restart) b = await bench({ store: b.store, parameters });
          assertSame(b, model, epoch);
          assert.deepEqual(b.ledger.state().treeRoot, other.ledger.state().treeRoot);
        }
      },
    ),
    { numRuns: 80 },
  ));
