/** A publisher: its keys and when they were good, who vouches for it, and what it said. */
import type { PublisherView, ResultOf } from '../../../rpc/schema/index.ts';
import { live } from '../live.ts';
import { Answered, Waiting } from '../parts/asked.tsx';
import { Block, Card, Facts, Hash, Member, Nothing, Time } from '../parts/bits.tsx';
import { ProofPanel } from '../parts/proof-panel.tsx';
import { Pager, Rows, StatementRow, useCursor } from '../parts/rows.tsx';
import { Standing } from '../parts/status.tsx';
import { PUBLISHER_STEPS, type Step } from '../prove/steps.ts';
import { useProof } from '../prove/use-proof.ts';
import { short, utc } from '../text.ts';
import { useAsk } from '../use.ts';
import { Level } from './publishers.tsx';

export function PublisherPage({ id }: { readonly id: string }) {
  return id.includes(':') ? <ByKey publicKey={id} /> : <ById id={id} />;
}

/** A link by one of its keys. */
function ByKey({ publicKey }: { readonly publicKey: string }) {
  return (
    <Answered
      asked={useAsk('publisher_get', { publisher: publicKey })}
      lines={6}
      absent={<>There is no publisher with the key {short(publicKey)} here.</>}
    >
      {({ id }) => <ById id={id} />}
    </Answered>
  );
}

function ById({ id }: { readonly id: string }) {
  const { statements } = live.use();
  // Asked again when the feed tells of something that it said.
  const told = statements.find(({ publisher }) => publisher === id)?.height ?? 0;
  return (
    <Answered asked={useAsk('publisher_prove', { publisher: id, minHeight: told })} lines={6}>
      {(claim) => <Found id={id} claim={claim} turn={told} />}
    </Answered>
  );
}

/** Loaded when it is needed: the verifier is no part of the first paint. */
const prover = () => import('../prove/publisher.ts');

function Found({
  id,
  claim,
  turn,
}: {
  readonly id: string;
  readonly claim: ResultOf<'publisher_prove'>;
  readonly turn: number;
}) {
  const prove = async (show: (steps: readonly Step[]) => void) =>
    await (await prover()).provePublisher(id, claim, PUBLISHER_STEPS, show);
  const followed = useProof(PUBLISHER_STEPS, prove, claim);
  const { publisher } = claim;
  return (
    <>
      <div class="title">
        <h1>
          <bdi>{publisher?.name ?? id}</bdi>
        </h1>
        <Standing proven={followed.state} />
      </div>
      <div class="columns wide-left">
        {publisher === null ? (
          <Card>
            <Nothing>
              There is no publisher <bdi>{id}</bdi> here.
            </Nothing>
          </Card>
        ) : (
          <div>
            <Identity publisher={publisher} />
            <Keys publisher={publisher} />
            <Bindings publisher={publisher} />
            <Acts id={id} turn={turn} />
          </div>
        )}
        <ProofPanel followed={followed} />
      </div>
    </>
  );
}

function Identity({ publisher }: { readonly publisher: PublisherView }) {
  const { id, since, level, vouchers, approvals, recovery } = publisher;
  return (
    <Card title="Identity">
      <Facts
        facts={{
          Id: <code>{id}</code>,
          Since: (
            <>
              block <Block height={since} />
            </>
          ),
          Level: (
            <>
              {level}: <Level level={level} />
            </>
          ),
          ...(vouchers.length > 0 && {
            'Vouched for by': vouchers.map((member, i) => (
              <span key={member}>
                {i > 0 && ', '}
                <Member id={member} />
                {vouchedUntil(publisher, member)}
              </span>
            )),
          }),
          Signs:
            approvals === 1 ? 'with one of its keys' : `with ${approvals} of its keys together`,
          Recovery: recovery ? 'a recovery key is named' : 'no recovery key is named',
        }}
      />
    </Card>
  );
}

function vouchedUntil({ vouches }: PublisherView, voucher: string): string {
  const until = vouches.findLast(({ member }) => member === voucher)?.until ?? null;
  return until === null ? '' : ` (until ${utc(until)})`;
}

function Keys({ publisher }: { readonly publisher: PublisherView }) {
  return (
    <Card title="Keys">
      <ul class="keys">
        {publisher.keys.map((each) => (
          <li key={each.key}>
            <span>
              <Hash hash={each.key} />
              {each.label !== '' && (
                <b class="tag">
                  <bdi>{each.label}</bdi>
                </b>
              )}
            </span>
            <KeyState validUntil={each.validUntil} compromisedSince={each.compromisedSince} />
            <span class="soft">
              from {utc(each.validFrom)}
              {scopeText(each)}
            </span>
          </li>
        ))}
      </ul>
      <p class="soft">What a key signed while it was good stays good.</p>
    </Card>
  );
}

/** What a key may speak about, where that is not everything. */
function scopeText({ names, kinds }: Pick<PublisherView['keys'][number], 'names' | 'kinds'>) {
  const some = [
    ...(names.length > 0 ? [`files named ${names.join(', ')}`] : []),
    ...(kinds.length > 0 ? [`kinds ${kinds.join(', ')}`] : []),
  ];
  return some.length > 0 && <bdi> · only {some.join('; ')}</bdi>;
}

function Bindings({ publisher }: { readonly publisher: PublisherView }) {
  if (publisher.bindings.length === 0) return null;
  return (
    <Card title="Bound to">
      <ul class="keys">
        {publisher.bindings.map(({ kind, id, domain, link, from, until, attestations, counts }) => (
          <li key={`${id}-${from}`}>
            {domain === null && link === null && <Hash hash={id} />}
            {domain !== null && <b>{domain}</b>}
            {link !== null && (
              <a href={link} rel="noopener noreferrer nofollow">
                {link}
              </a>
            )}
            <span class="soft">{boundHow({ kind, attestations })}</span>
            {domain !== null && counts === false && (
              <b class="warn">! does not count: too few members attest it</b>
            )}
            {domain !== null && counts === true && <b class="good">✓ counts</b>}
            <span class="soft">
              from {utc(from)}
              {until !== null && ` until ${utc(until)}`}
            </span>
          </li>
        ))}
      </ul>
      <p class="soft">
        Members look at a domain’s DNS and attest it; a link is the publisher’s own word. PGP keys
        and certificates are checked by <code>ztc authenticate</code>.
      </p>
    </Card>
  );
}

function boundHow({ kind, attestations }: Pick<Binding, 'kind' | 'attestations'>): string {
  switch (kind) {
    case 'pgp':
      return 'PGP key, by its hash; not checked here';
    case 'x509':
      return 'certificate, by its hash; not checked here';
    case 'domain':
      return `attested by ${attestations.map(({ member }) => member).join(', ') || 'nobody'}`;
    default:
      return 'its own word';
  }
}

type Binding = PublisherView['bindings'][number];

type State = Pick<PublisherView['keys'][number], 'validUntil' | 'compromisedSince'>;

function KeyState({ validUntil, compromisedSince }: State) {
  if (compromisedSince !== null) {
    return <b class="bad">✕ compromised since {utc(compromisedSince)}</b>;
  }
  if (validUntil === null) return <b class="good">✓ in use</b>;
  return (
    <span class="soft">
      until <Time time={validUntil} whole />
    </span>
  );
}

function Acts({ id, turn }: { readonly id: string; readonly turn: number }) {
  const [cursor, setCursor] = useCursor(id);
  const params = { publisher: id, limit: 30, ...(cursor !== undefined && { cursor }) };
  const asked = useAsk('asset_list', params, turn);
  const { data } = asked;
  return (
    <Card title="What it said" extra={<span class="soft">as the node says</span>}>
      <Waiting asked={asked} lines={8} />
      {data?.items.length === 0 && <Nothing>Nothing so far.</Nothing>}
      <Rows>
        {data?.items.map((statement) => (
          <StatementRow
            key={`${statement.transaction}-${statement.operation}`}
            statement={statement}
            withPublisher={false}
          />
        ))}
      </Rows>
      {data && <Pager page={data} onCursor={setCursor} />}
    </Card>
  );
}
