/** Who is heard and who isn't, who reaches us, and whose clock is off. */
import type { Finding } from '../../common/finding.ts';
import type { PeerInfo } from '../../p2p/p2p.ts';
import { type Facts, type Heard, heardOf } from './facts.ts';
import { names, span } from './words.ts';

/** Consensus bears two seconds; half of one is far more than NTP leaves. */
const OFFSET_NOTED_MS = 500;
const OFFSET_HARMFUL_MS = 2_000;
/** A node that just started has had no time to be found. */
const UNREACHED_MS = 30_000;

export function peerFindings(facts: Facts): Finding[] {
  return [
    ...quorumFindings(facts),
    ...strangerFindings(facts),
    ...reachFindings(facts),
    ...clockFindings(facts),
  ];
}

/** A quorum heard or not, and one finding for everybody who is missing. */
function quorumFindings(facts: Facts): Finding[] {
  const { consensus } = facts;
  const all = heardOf(facts);
  const heard = all.filter((one) => one.heard).map(({ validator }) => validator.member);
  const missing = all.filter((one) => !one.heard);
  const findings = missing.map(unheard);
  if (heard.length >= consensus.quorum) return findings;
  const more = consensus.quorum - heard.length;
  return [
    {
      code: 'NO_QUORUM',
      severity: 'error',
      text:
        `${heard.length} of ${all.length} validators are heard (${names(heard)}), and ` +
        `${consensus.quorum} are needed: ` +
        `${names(missing.map(({ validator }) => validator.member))} ` +
        `${missing.length === 1 ? 'is' : 'are'} missing, ${more} of them would do`,
      remedy:
        missing.length === all.length - 1
          ? 'nobody is heard: look at this host’s network and its p2p port first'
          : 'call those members; the chain waits, loses nothing, and goes on by itself',
    },
    ...findings,
  ];
}

function unheard({ validator, peer, ms }: Heard): Finding {
  const { member } = validator;
  const since = ms === undefined ? 'not since this node started' : `last ${span(ms)} ago`;
  if (peer?.connected === true) {
    return {
      code: 'SILENT',
      severity: 'warning',
      text: `${member} is connected, but not heard in consensus (${since})`,
      remedy: `ask ${member} whether its node votes: ztc doctor there says why not`,
    };
  }
  const problem = peer?.problem;
  const why = problem === undefined ? 'it is not connected' : problem.text;
  return {
    code: 'NOT_CONNECTED',
    severity: 'warning',
    text: `${member} is not heard (${since}): ${why}`,
    remedy: remedyFor(member, problem?.code),
  };
}

function remedyFor(member: string, code: string | undefined): string {
  switch (code) {
    case 'NAME_UNKNOWN':
    case 'NO_ROUTE':
      return `check network and names here, and the address of ${member} (p2p.peers sets another)`;
    case 'OTHER_KEY':
    case 'NO_LIBP2P':
      return `ask ${member} for its address and peer id; p2p.peers sets another address`;
    case 'CUT_OFF':
      return `ask ${member} whether its ledger or p2p.allow lists our node key, and for its log`;
    case 'OTHER_CHAIN':
      return `compare genesis fingerprints with ${member}`;
    default:
      return `ask ${member} whether its node runs; else look at firewalls and its address`;
  }
}

/** Others that we were told to connect to. */
function strangerFindings({ peers, reach, consensus }: Facts): Finding[] {
  const validators = new Set(consensus.validators.map(({ member }) => member));
  const away = peers.filter(
    ({ connected, member, problem }) =>
      !connected && problem !== undefined && !(member !== undefined && validators.has(member)),
  );
  const places = [
    ...away.map(({ member, peerId, problem }) => [member ?? peerId, problem?.text] as const),
    ...reach.unanswered.map(({ address, problem }) => [address, problem.text] as const),
  ];
  return places.map(([who, why]) => ({
    code: 'PEER_UNREACHED',
    severity: 'info',
    text: `${who} is not connected: ${why}`,
    remedy: null,
  }));
}

/** Whether others find us at the address that we announce. */
function reachFindings({ peers, reach }: Facts): Finding[] {
  const members = peers.filter(({ member }) => member !== undefined);
  const failed = members.filter(({ reachedUs }) => reachedUs === false);
  const reached = members.filter(({ reachedUs }) => reachedUs === true);
  const addresses = names(reach.addresses.map((address) => address.replace(/\/p2p\/.*$/, '')));
  const remedy =
    `let others in at ${addresses}: the port open in the firewall, forwarded behind NAT, and the ` +
    'address that others use in p2p.announce';
  if (failed.length > 0 && reached.length === 0) {
    const who = names(failed.map(memberOf));
    const text = `${who} could not reach this node at its address when they last tried`;
    return [{ code: 'NOT_REACHABLE', severity: 'warning', text, remedy }];
  }
  if (members.length === 0 || reached.length > 0 || reach.upMs < UNREACHED_MS) return [];
  const lonely = !members.some(({ connected }) => connected);
  return [
    {
      code: 'NOT_REACHED',
      severity: lonely ? 'warning' : 'info',
      text: `nobody reached this node from outside in the ${span(reach.upMs)} since it started`,
      remedy: lonely ? remedy : `it may be that we were always first; else ${remedy}`,
    },
  ];
}

function memberOf({ member, peerId }: PeerInfo): string {
  return member ?? peerId;
}

/** Of which clocks we are sure that they differ: ours, if more than half of the others agree. */
function clockFindings({ peers }: Facts): Finding[] {
  const sure = peers.flatMap(({ member, clock }) =>
    member === undefined || clock === undefined ? [] : [{ member, ...clock }],
  );
  const off = sure.filter(
    ({ offsetMs, uncertaintyMs }) => Math.abs(offsetMs) - uncertaintyMs > OFFSET_NOTED_MS,
  );
  if (off.length === 0) return [];
  const ours = ['ahead', 'behind'].find((side) => {
    const agreeing = off.filter(({ offsetMs }) => offsetMs < 0 === (side === 'ahead'));
    return agreeing.length * 2 > sure.length;
  });
  const offsets = off.map(({ offsetMs }) => offsetMs).toSorted((a, b) => a - b);
  const middle = offsets[Math.floor(offsets.length / 2)] ?? 0;
  const remedy = 'set the clock by NTP (chrony, systemd-timesyncd) and see that it stays so';
  if (ours !== undefined) {
    return [
      {
        code: 'CLOCK_OFF',
        severity: Math.abs(middle) > OFFSET_HARMFUL_MS ? 'error' : 'warning',
        text:
          `this machine's clock is about ${span(middle)} ${ours} of ` +
          `${off.length} of ${sure.length} peers' (${names(off.map(({ member }) => member))})`,
        remedy: `${remedy}; our proposals are refused by others while it is more than 2 s ahead`,
      },
    ];
  }
  return off.map(({ member, offsetMs, uncertaintyMs }) => ({
    code: 'PEER_CLOCK_OFF',
    severity: 'warning',
    text:
      `the clock of ${member} is ${span(offsetMs)} ${offsetMs > 0 ? 'ahead of' : 'behind'} ours ` +
      `(± ${span(uncertaintyMs)})`,
    remedy: `tell ${member}: ${remedy}`,
  }));
}
