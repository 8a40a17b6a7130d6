/** This node and its peers, and why the chain goes on or not. */
import type { ResultOf } from '../../../rpc/schema/index.ts';
import { live } from '../live.ts';
import { nameOf, useMembers } from '../members.ts';
import { Waiting } from '../parts/asked.tsx';
import { Block, Card, Facts, Hash, Loading, Nothing, Problem, Time } from '../parts/bits.tsx';
import { Standing } from '../parts/status.tsx';
import { count, duration } from '../text.ts';
import { useAsk } from '../use.ts';

const REFRESH_MS = 3_000;

export function NetworkPage() {
  const { heardAt, node, status } = live.use();
  const turn = Math.floor(heardAt / REFRESH_MS);
  const consensus = useAsk('node_consensus', {}, turn);
  const peers = useAsk('node_peers', {}, turn);
  return (
    <>
      <div class="title">
        <h1>Network</h1>
        <Standing proven="claimed" />
      </div>
      <Card title="How it goes" extra={consensus.data && <Findings data={consensus.data} />}>
        <Waiting asked={consensus} lines={3} />
        {consensus.data && <Consensus data={consensus.data} />}
      </Card>
      <div class="columns">
        <Card title="This node">
          {node && status ? <ThisNode node={node} status={status} /> : <Loading lines={6} />}
        </Card>
        <Card
          title="Its peers"
          extra={<span class="soft">{count(connectedOf(peers.data), 'connection')}</span>}
        >
          {peers.error !== undefined && <Problem error={peers.error} />}
          {peers.data?.peers.length === 0 && <Nothing>None: it is alone.</Nothing>}
          <Peers peers={peers.data?.peers ?? []} />
        </Card>
      </div>
      <Card title="Interfaces">
        <ul class="plain">
          <li>
            <code>POST /rpc</code> JSON-RPC 2.0, described by{' '}
            <a href="openrpc.json">openrpc.json</a>
          </li>
          <li>
            <code>GET /api/v1/events</code> the feed, resumable by its ids
          </li>
          <li>
            <code>/ws</code> both over a WebSocket
          </li>
          <li>
            <a href=".well-known/ztc.json">/.well-known/ztc.json</a> the signed genesis
          </li>
        </ul>
      </Card>
    </>
  );
}

type ConsensusData = ResultOf<'node_consensus'>;
type Peer = ResultOf<'node_peers'>['peers'][number];

function connectedOf(data: ResultOf<'node_peers'> | undefined): number {
  return data?.peers.filter(({ connected }) => connected).length ?? 0;
}

function Findings({ data }: { readonly data: ConsensusData }) {
  const bad = data.findings.filter(({ severity }) => severity !== 'info').length;
  return bad === 0 ? (
    <b class="good">✓ no complaints</b>
  ) : (
    <b class="warn">! {count(bad, 'finding')}</b>
  );
}

function Consensus({ data }: { readonly data: ConsensusData }) {
  const members = useMembers();
  return (
    <>
      {data.findings.every(({ text }) => text !== data.summary) && <p>{data.summary}</p>}
      <ul class="findings">
        {data.findings.map(({ code, severity, text, remedy }) => (
          <li key={`${code} ${text}`} class={severity}>
            <code>{code}</code> {text}
            {remedy !== null && <p class="soft">{remedy}</p>}
          </li>
        ))}
      </ul>
      <ul class="signers">
        {data.validators.map(({ member, self, leader, heard, heardMs }) => (
          <li key={member} class={heard || self ? 'signed' : 'absent'}>
            <span>
              <bdi>{nameOf(members, member)}</bdi>
              {self && <span class="soft"> this node</span>}
              {leader && <b class="tag">leads</b>}
            </span>
            <span>{self || heard ? '✓ heard' : `○ silent${silence(heardMs)}`}</span>
          </li>
        ))}
      </ul>
      <p class="soft">
        Epoch {count(data.epoch)}, view {count(data.view)}; a quorum is {count(data.quorum)};{' '}
        {data.working ? 'at work' : 'quiet, since there is nothing to do'}.
      </p>
    </>
  );
}

function silence(ms: number | null): string {
  return ms === null ? '' : ` for ${duration(ms)}`;
}

function ThisNode({
  node,
  status,
}: {
  readonly node: ResultOf<'node_info'>;
  readonly status: ResultOf<'chain_status'>;
}) {
  const members = useMembers();
  return (
    <Facts
      facts={{
        Member: (
          <bdi>{node.member === null ? 'none: it observes' : nameOf(members, node.member)}</bdi>
        ),
        Role: node.role,
        Version: `${node.version}, protocol ${node.protocolVersion}`,
        Started: <Time time={node.startedAt} whole />,
        Head: <Block height={status.head.height} />,
        Syncing: status.syncing ? 'yes' : 'no',
        'Peer id': <Hash hash={node.peerId} whole />,
      }}
    />
  );
}

function Peers({ peers }: { readonly peers: readonly Peer[] }) {
  const members = useMembers();
  return (
    <ul class="signers">
      {peers.map(({ peerId, member, connected, head, problem }) => (
        <li key={peerId} class={connected ? 'signed' : 'absent'}>
          <span>
            <bdi>{member === null ? `${peerId.slice(0, 16)}…` : nameOf(members, member)}</bdi>
            {problem !== null && !connected && <span class="soft"> {problem.text}</span>}
          </span>
          <span>
            {head !== null && <span class="soft">#{count(head.height)} </span>}
            {connected ? '✓ connected' : '✕ not connected'}
          </span>
        </li>
      ))}
    </ul>
  );
}
