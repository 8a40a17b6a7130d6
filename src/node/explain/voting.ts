/** Whether this node follows and votes, and what to do where it doesn't. */
import type { Finding } from '../../common/finding.ts';
import type { Facts } from './facts.ts';
import { count, names, span } from './words.ts';

/** Closer than this, and consensus itself brings what is missing. */
const BEHIND_BLOCKS = 8;

/** Not knowing what one signed is mended by the others, if enough of them can be reached. */
const ASKS =
  'nothing where the others run: it asks them, and votes again by itself; see who of them is not ' +
  'heard';
const REMEDIES: Readonly<Record<string, string>> = {
  DIVERGED:
    'keep the folder, tell the other members, compare versions and state roots; suspect memory ' +
    'and disk',
  VALIDATOR_KEY: 'put the validator key that the ledger lists back into keys/validator.json',
  GUARD_MISSING: ASKS,
  GUARD_STALE: ASKS,
  GUARD_FOREIGN: ASKS,
};

export function votingFindings({ consensus, validator }: Facts): Finding[] {
  const { voting, notVoting, epoch } = consensus;
  if (voting || notVoting === null) return abstaining(consensus);
  const { code, message } = notVoting;
  if (code !== 'OBSERVER') {
    const remedy = REMEDIES[code] ?? 'see the operator handbook about this code';
    const text = `this validator does not vote: ${message}${answers(consensus)}`;
    return [{ code, severity: 'error', text, remedy }];
  }
  if (!validator) {
    const text = 'this node follows the chain without a vote, as it is set up to';
    return [{ code: 'OBSERVER', severity: 'info', text, remedy: null }];
  }
  return [
    {
      code: 'NOT_LISTED',
      severity: 'warning',
      text: `this node has a validator key, but is no validator in epoch ${epoch}`,
      remedy: 'it votes once the members have put it on the list; until then it follows',
    },
  ];
}

function answers({ answersMissing }: Facts['consensus']): string {
  return answersMissing === null ? '' : `; ${count(answersMissing, 'answer')} still missing`;
}

function abstaining({ abstainUntil, view }: Facts['consensus']): Finding[] {
  if (abstainUntil === null) return [];
  return [
    {
      code: 'ABSTAINING',
      severity: 'info',
      text:
        `this validator votes again from view ${abstainUntil + 1} on (it is ${view} now): it may ` +
        'have voted in those before',
      remedy: null,
    },
  ];
}

export function readyFindings({ notReady }: Facts): Finding[] {
  if (notReady.length === 0) return [];
  const [verb, nodes] = notReady.length === 1 ? ['waits', 'its node'] : ['wait', 'their nodes'];
  return [
    {
      code: 'NOT_READY',
      severity: 'info',
      text:
        `${names(notReady)} ${verb} to vote, or to vote with another key, until ${nodes} ` +
        'said so',
      remedy:
        `start ${nodes} with the validator key that the ledger lists: once it is synchronized, a ` +
        'node says by itself that it is ready',
    },
  ];
}

function prunedFinding(next: number): Finding {
  return {
    code: 'BLOCKS_PRUNED',
    severity: 'error',
    text: `block ${next} comes next here, and every connected node that is ahead has pruned it`,
    remedy:
      'connect to a node that still has it, one with blocks.retention = "archive" for sure: ' +
      'name it in p2p.peers, or ask its member to allow this one',
  };
}

export function syncFindings({ consensus, sync }: Facts): Finding[] {
  const { height } = consensus;
  const behind = sync.target - height;
  if (sync.pruned) return [prunedFinding(height + 1)];
  if (behind <= BEHIND_BLOCKS) return [];
  const rate = sync.blocksPerSecond;
  const left =
    rate > 0 ? `, ${Math.round(rate)} a second: ${span((behind / rate) * 1_000)} left` : '';
  return [
    {
      code: 'SYNCING',
      severity: 'warning',
      text: `${count(behind, 'block')} behind: at ${height}, peers are at ${sync.target}${left}`,
      remedy:
        rate > 0
          ? 'wait: it catches up by itself, and answers from older state until then'
          : 'it asks one peer after the other; see whether peers are connected',
    },
  ];
}
