/** Where agreement stands: quiet, working, or what it waits for. */
import type { Finding, Severity } from '../../common/finding.ts';
import type { ConsensusStatus, VoteCount } from '../../consensus/status.ts';
import { type Facts, isStopped } from './facts.ts';
import { count, names, span } from './words.ts';

/** Ahead of our clock by more than this, and a proposal waits: the rule of consensus. */
const AHEAD_MS = 2_000;
/** Something that was asked for this often is not merely under way. */
const FETCH_ATTEMPTS_USUAL = 3;

export function progressFindings(facts: Facts): Finding[] {
  const { consensus } = facts;
  if (!consensus.working) return [quiet(consensus)];
  const stopped = isStopped(facts);
  return [
    stopped ? stoppedFinding(consensus) : working(consensus),
    ...waitingFor(facts, stopped ? 'warning' : 'info'),
  ];
}

function quiet({ height, heartbeatMs, headMs }: ConsensusStatus): Finding {
  return {
    code: 'QUIET',
    severity: 'info',
    text:
      `all is final up to block ${height} (${span(headMs)} ago) and nothing waits; ` +
      `an empty block comes every ${span(heartbeatMs)}`,
    remedy: null,
  };
}

function working({ height, view, leader, headMs }: ConsensusStatus): Finding {
  const text = `agreeing on block ${height + 1} in view ${view}, which ${leader} leads`;
  const ago = `block ${height} became final ${span(headMs)} ago`;
  return { code: 'WORKING', severity: 'info', text: `${text}; ${ago}`, remedy: null };
}

function stoppedFinding({ height, headMs, view, failures, timeoutMs }: ConsensusStatus): Finding {
  const failed = failures === 0 ? '' : `, and ${count(failures, 'view')} timed out here since`;
  const next = timeoutMs === null ? '' : `; this one does in ${span(timeoutMs)}`;
  return {
    code: 'STOPPED',
    severity: 'error',
    text:
      `no block became final for ${span(headMs)}: the head is ${height}, ` +
      `the view ${view}${failed}${next}`,
    remedy: 'look at the other findings; what was final is safe, and the chain goes on by itself',
  };
}

function waitingFor({ consensus, validator }: Facts, severity: Severity): Finding[] {
  const { proposal, votes, fetching } = consensus;
  const findings = votes.flatMap((votesOf) => missingVotes(votesOf, severity));
  if (consensus.epochEnds) findings.push(epochEnding(consensus));
  if (proposal === null && consensus.givenUp === null) {
    findings.unshift(noProposal(consensus, validator, severity));
  }
  if (proposal !== null) findings.push(...judged(consensus, proposal));
  const stuck = fetching.filter(({ attempts }) => attempts > 0);
  if (stuck.length > 0) findings.push(fetchingFinding(stuck));
  return findings;
}

function epochEnding({ epoch, height, unfinalized }: ConsensusStatus): Finding {
  return {
    code: 'EPOCH_ENDS',
    severity: 'info',
    text:
      `block ${height + unfinalized} ends epoch ${epoch}: it is proposed again until it has its ` +
      'own finalization, and nothing is built on it before',
    remedy: null,
  };
}

function noProposal(consensus: ConsensusStatus, validator: boolean, severity: Severity): Finding {
  const { leader, view, viewMs, timeoutMs, failures, validators } = consensus;
  const self = validators.some((one) => one.self && one.leader);
  const next =
    timeoutMs === null
      ? validator && consensus.voting
        ? ''
        : '; this node has no vote to give it up'
      : `; this node gives it up in ${span(timeoutMs)}`;
  const failed =
    failures === 0 ? '' : ` (${count(failures, 'view')} timed out since the last block)`;
  return {
    code: 'NO_PROPOSAL',
    severity,
    text: self
      ? `view ${view} is ours to lead, and for ${span(viewMs)} no block was due or ready`
      : `${leader} leads view ${view} and has proposed nothing for ${span(viewMs)}${next}${failed}`,
    remedy: self
      ? null
      : `nothing by itself: the next leader takes over; if it repeats, ask ${leader} for its log`,
  };
}

function missingVotes(votes: VoteCount, severity: Severity): Finding[] {
  const { kind, view, height, needed, given, missing } = votes;
  const more = needed - given.length;
  if (more <= 0) return [];
  const what = {
    accept: `to accept ${height === null ? 'the proposal' : `block ${height}`}`,
    finalize: `to make block ${height ?? '?'} final`,
    nullify: 'to give the view up',
  }[kind];
  return [
    {
      code: `MISSING_${kind.toUpperCase()}`,
      severity,
      text:
        `view ${view} has ${given.length} of the ${needed} votes it needs ${what} ` +
        `(${names(given)}); ${more} more of ${names(missing)} would do`,
      remedy: severity === 'info' ? null : `see why ${names(missing)} can't be heard or don't vote`,
    },
  ];
}

function judged(
  consensus: ConsensusStatus,
  proposal: NonNullable<ConsensusStatus['proposal']>,
): Finding[] {
  const { leader, givenUp, view } = consensus;
  const { aheadMs, accepted } = proposal;
  if (givenUp === 'invalid') {
    const text = `this node gave view ${view} up: the block of ${leader} breaks the rules`;
    const remedy = `compare versions with ${leader}; its log and ours say more`;
    return [{ code: 'PROPOSAL_INVALID', severity: 'warning', text, remedy }];
  }
  if (givenUp === 'time') {
    const behind = aheadMs === null ? 'too far' : span(aheadMs);
    const lag = `the block of ${leader} lags our clock by ${behind}`;
    const text = `this node gave view ${view} up: ${lag}`;
    return [{ code: 'PROPOSAL_BEHIND', severity: 'warning', text, remedy: CLOCK_REMEDY }];
  }
  if (accepted || aheadMs === null || aheadMs <= AHEAD_MS) return [];
  const text =
    `the block that ${leader} proposes is ${span(aheadMs)} ahead of our clock; ` +
    `this node accepts it ${span(AHEAD_MS)} before that time, or gives the view up`;
  return [{ code: 'PROPOSAL_AHEAD', severity: 'warning', text, remedy: CLOCK_REMEDY }];
}

const CLOCK_REMEDY = 'set the clocks by NTP (chrony, systemd-timesyncd): a few ms apart are enough';

function fetchingFinding(fetching: ConsensusStatus['fetching']): Finding {
  const attempts = Math.max(...fetching.map((each) => each.attempts));
  const blocks = fetching.filter(({ what }) => what === 'block').length;
  const from = [...new Set(fetching.flatMap((each) => each.from))];
  const what = [
    ...(blocks === 0 ? [] : [count(blocks, 'block')]),
    ...(blocks === fetching.length ? [] : [`certificates of ${fetching.length - blocks} views`]),
  ];
  const asked = from.length === 0 ? '' : ` (first from ${names(from)})`;
  return {
    code: 'FETCHING',
    severity: attempts > FETCH_ATTEMPTS_USUAL ? 'warning' : 'info',
    text: `${names(what)} missing here, asked for ${count(attempts, 'time')}${asked}`,
    remedy:
      attempts > FETCH_ATTEMPTS_USUAL
        ? 'everybody is asked in turn; if it stays, whoever has it is not connected to us'
        : null,
  };
}
