/** What members propose and how they vote, newest first. */
import type { MemberView, ProposalView } from '../../../rpc/schema/index.ts';
import { nameOf, useMembers } from '../members.ts';
import { Waiting } from '../parts/asked.tsx';
import { Block, Card, Member, Nothing, Time } from '../parts/bits.tsx';
import { Pager, useCursor } from '../parts/rows.tsx';
import { short, utc } from '../text.ts';
import { useAsk } from '../use.ts';

type Action = ProposalView['actions'][number];

const SHOWN = 10;

const STATUS_TEXTS: Readonly<
  Record<ProposalView['status'], readonly [tone: string, text: string]>
> = {
  OPEN: ['warn', '… open'],
  DECIDED: ['warn', '… decided, waits for objections'],
  EXECUTED: ['good', '✓ executed'],
  WITHDRAWN: ['soft', '○ withdrawn'],
  EXPIRED: ['soft', '○ expired'],
};

const ACTION_TEXTS: Readonly<Record<Action['action'], string>> = {
  'member.put': 'Admit or change',
  'member.remove': 'Remove for good:',
  'member.suspend': 'Suspend',
  'member.reinstate': 'Take back',
  parameters: 'Set',
  protocol: 'Raise the protocol to',
  'publisher.key.compromised': 'Declare compromised the key of',
  'publisher.register': 'Register the publisher',
};

export function Governance({ turn }: { readonly turn: number }) {
  const [cursor, setCursor] = useCursor('proposals');
  const params = { limit: SHOWN, ...(cursor !== undefined && { cursor }) };
  const asked = useAsk('gov_list', params, turn);
  const { data } = asked;
  return (
    <Card title="Governance" extra={<span class="soft">proposals, newest first</span>}>
      <Waiting asked={asked} lines={4} />
      {data?.items.length === 0 && (
        <Nothing>
          Nothing was proposed yet: members and parameters are those of the genesis.
        </Nothing>
      )}
      <ol class="proposals">
        {data?.items.map((proposal) => (
          <Entry key={proposal.proposal} proposal={proposal} />
        ))}
      </ol>
      {data && <Pager page={data} onCursor={setCursor} />}
    </Card>
  );
}

function Entry({ proposal: each }: { readonly proposal: ProposalView }) {
  const [tone, text] = STATUS_TEXTS[each.status];
  const members = useMembers();
  return (
    <li id={`proposal-${each.proposal}`}>
      <div class="proposal-head">
        <b>#{each.proposal}</b> <Member id={each.proposer} />
        <span class={tone}>{text}</span>
      </div>
      <ul class="plain">
        {each.actions.map((action, i) => (
          <li key={i}>
            {ACTION_TEXTS[action.action]}{' '}
            <b>
              <bdi>{about(action, members)}</bdi>
            </b>
          </li>
        ))}
      </ul>
      {each.reason !== '' && (
        <p>
          <bdi>“{each.reason}”</bdi>
        </p>
      )}
      <p class="soft">
        {each.approvals} for it, {each.rejections} against
        {isPending(each) && `, ${each.votesNeeded} needed`}
        {each.votes.length > 0 && ': '}
        {each.votes.map(({ member, approve }, i) => (
          <span key={member}>
            {i > 0 && ', '}
            <span class={approve ? 'good' : 'bad'}>{approve ? '✓' : '✕'}</span>{' '}
            <Member id={member} />
          </span>
        ))}
      </p>
      <p class="soft">
        Proposed in block <Block height={each.height} />, <Time time={each.time} />
        {each.closed !== null && (
          <>
            ; {each.closed.how.toLowerCase()} in block <Block height={each.closed.height} />
          </>
        )}
        {isPending(each) && <>; open until {utc(each.expires)}</>}
      </p>
    </li>
  );
}

function isPending({ status }: ProposalView): boolean {
  return status === 'OPEN' || status === 'DECIDED';
}

/** Whom or what an action is about. */
function about(action: Action, members: readonly MemberView[]): string {
  switch (action.action) {
    case 'member.put':
    case 'publisher.register':
      return `${action.name} (${action.id})`;
    case 'parameters':
      return Object.entries(action.changes)
        .map(([name, value]) => `${name} = ${value}`)
        .join(', ');
    case 'protocol':
      return `version ${action.version}`;
    case 'publisher.key.compromised':
      return `${action.publisher}, ${short(action.key)}`;
    default:
      return nameOf(members, action.id);
  }
}
