/** The members, and how their validators did in the newest blocks. */
import { useEffect } from 'preact/hooks';
import type { MemberView, UptimeView } from '../../../rpc/schema/index.ts';
import { live } from '../live.ts';
import { useMembers } from '../members.ts';
import { Waiting } from '../parts/asked.tsx';
import { Block, Card, Facts, Hash, Member, Nothing } from '../parts/bits.tsx';
import { Standing } from '../parts/status.tsx';
import { count } from '../text.ts';
import { useAsk } from '../use.ts';
import { Governance } from './governance.tsx';

/** What fits beside a name, even on a phone if one scrolls. */
const BLOCKS = 100;
/** The grid follows slowly: it is about minutes. */
const REFRESH_MS = 5_000;

const LEGEND = [
  ['signed', 'signed'],
  ['led', 'led'],
  ['missed', 'missed its turn'],
  ['absent', 'not in the certificate'],
  ['none', 'no certificate of its own'],
] as const;

export function MembersPage({ chosen }: { readonly chosen: string }) {
  const members = useMembers();
  const { heardAt } = live.use();
  const turn = Math.floor(heardAt / REFRESH_MS);
  const asked = useAsk('member_uptime', { blocks: BLOCKS }, turn);
  const { data } = asked;
  useEffect(() => {
    if (chosen !== '' && members.length > 0) {
      document.getElementById(`member-${chosen}`)?.scrollIntoView({ block: 'center' });
    }
  }, [chosen, members.length]);
  return (
    <>
      <div class="title">
        <h1>Members</h1>
        <Standing proven="claimed" />
      </div>
      <Card
        title={`The last ${BLOCKS} blocks`}
        extra={
          data && (
            <span class="soft">
              #{count(data.from)} to #{count(data.to)}
            </span>
          )
        }
      >
        <Waiting asked={asked} lines={6} />
        {data && <Grid uptime={data} />}
      </Card>
      <Governance turn={turn} />
      {members.length === 0 && (
        <Card>
          <Nothing>No members yet.</Nothing>
        </Card>
      )}
      <div class="cards">
        {members.map((member) => (
          <Entry key={member.id} member={member} chosen={member.id === chosen} />
        ))}
      </div>
    </>
  );
}

function Grid({ uptime }: { readonly uptime: UptimeView }) {
  return (
    <>
      <div class="grid-scroll" tabIndex={0} role="region" aria-label="Uptime grid">
        <table class="uptime">
          <caption class="sr-only">
            For each validator: certificates with its signature, proposals, missed turns
          </caption>
          <thead>
            <tr>
              <th scope="col">Validator</th>
              <th scope="col">Signed</th>
              <th scope="col">Led</th>
              <th scope="col">Missed</th>
              <th scope="col">
                <span class="sr-only">Block by block</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {uptime.members.map((counts) => (
              <Row key={counts.member} counts={counts} uptime={uptime} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="legend soft">
        {LEGEND.map(([cell, text]) => (
          <span key={cell}>
            <i class={`cell ${cell}`} />
            {text}
          </span>
        ))}
      </p>
      <p class="soft">
        Missed turns follow from the views in the headers, and all nodes agree on them; a network
        that fails makes others miss theirs, too. Who signed is what this node saw: a certificate
        holds the first signatures that make a quorum.
      </p>
    </>
  );
}

function Row({
  counts,
  uptime,
}: {
  readonly counts: UptimeView['members'][number];
  readonly uptime: UptimeView;
}) {
  const { member, signed, proposed, missed, validatorBlocks } = counts;
  const own = uptime.blocks.filter(({ signers }) => signers !== null).length;
  return (
    <tr>
      <th scope="row">
        <Member id={member} />
      </th>
      <td title={`${signed} of ${own} certificates`}>
        {share(signed, Math.min(own, validatorBlocks))}
      </td>
      <td>{count(proposed)}</td>
      <td class={missed > 0 ? 'warn' : ''}>{count(missed)}</td>
      <td class="cells" aria-hidden="true">
        <div>
          {uptime.blocks.map((block) => (
            <i
              key={block.height}
              class={`cell ${cellOf(block, member)}`}
              title={`#${block.height}`}
            />
          ))}
        </div>
      </td>
    </tr>
  );
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.round((part / whole) * 100)} %`;
}

function cellOf(block: UptimeView['blocks'][number], member: string): string {
  if (block.missed.includes(member)) return 'missed';
  if (block.proposer === member) return 'led';
  if (block.signers === null) return 'none';
  return block.signers.includes(member) ? 'signed' : 'absent';
}

function Entry({ member, chosen }: { readonly member: MemberView; readonly chosen: boolean }) {
  const { id, name, role, active, since } = member;
  return (
    <section id={`member-${id}`} class={`card member ${chosen ? 'chosen' : ''}`} aria-label={name}>
      <div class="card-head">
        <h2>
          <bdi>{name}</bdi>
        </h2>
        <span class={active ? 'soft' : 'bad'}>{active ? role : 'gone'}</span>
      </div>
      <Facts
        facts={{
          Id: <code>{id}</code>,
          Since: (
            <>
              block <Block height={since} />
            </>
          ),
          'Member key': <Hash hash={member.memberKey} />,
          ...(member.validatorKey !== null && {
            'Voting key': <Hash hash={member.validatorKey} />,
          }),
          'Node key': <Hash hash={member.nodeKey} />,
        }}
      />
    </section>
  );
}
