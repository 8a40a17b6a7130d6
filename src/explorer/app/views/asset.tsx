/** A file by its digest: the verdict, its proof, and everything that was ever said about it. */
import { useState } from 'preact/hooks';
import type { PublisherView, ResultOf, StatementView } from '../../../rpc/schema/index.ts';
import { live } from '../live.ts';
import { Answered } from '../parts/asked.tsx';
import { Block, Card, Copy, Facts, Hash, Nothing, Publisher, Time } from '../parts/bits.tsx';
import { dropped } from '../parts/drop-zone.tsx';
import { ProofPanel } from '../parts/proof-panel.tsx';
import { ICONS, Standing } from '../parts/status.tsx';
import type { ProvenAsset } from '../prove/asset.ts';
import { ASSET_STEPS } from '../prove/steps.ts';
import { type Followed, useProof } from '../prove/use-proof.ts';
import { hrefTo } from '../route.ts';
import { bytes, count, nameText, short } from '../text.ts';
import { useAsk } from '../use.ts';
import { explain } from './explain.ts';
import { Timeline } from './timeline.tsx';

type Claim = ResultOf<'asset_authenticate'>;

export function AssetPage({ digest }: { readonly digest: string }) {
  const { statements } = live.use();
  const asset = digest.toLowerCase();
  // Asked again when the feed tells of a new statement on it.
  const told = statements.find((statement) => statement.asset === asset)?.height ?? 0;
  // `prove` asks for the newest state that can be proven: the panel holds the answer to it.
  const params = { digest: asset, prove: true, minHeight: told };
  return (
    <Answered asked={useAsk('asset_authenticate', params)} lines={6}>
      {(data) => <Answer claim={data} />}
    </Answered>
  );
}

function Answer({ claim }: { readonly claim: Claim }) {
  const followed = useProof(
    ASSET_STEPS,
    async (show) => (await prover()).proveAsset(claim, ASSET_STEPS, show),
    claim,
  );
  const { proven, state } = followed;
  const { statements, publishers, digest } = claim;
  return (
    <>
      <Verdict claim={claim} proven={state} />
      <div class="columns wide-left">
        <div>
          <About claim={claim} />
          <Card
            title="Everything said about it"
            extra={<span class="soft">{count(statements.length, 'statement')}</span>}
          >
            {statements.length === 0 && (
              <Nothing>Nothing so far. You see it here as soon as somebody says something.</Nothing>
            )}
            <Timeline statements={statements.toReversed()} publishers={publishers} />
          </Card>
        </div>
        <ProofPanel followed={followed}>
          {proven !== undefined && <Receipt proven={proven} digest={digest} />}
        </ProofPanel>
      </div>
    </>
  );
}

/** Loaded when it is needed: the verifier is no part of the first paint. */
const prover = () => import('../prove/asset.ts');

type Proof = Followed<ProvenAsset>['state'];

function Verdict({ claim, proven }: { readonly claim: Claim; readonly proven: Proof }) {
  const { verdict, publishers, digest } = claim;
  const { status } = verdict;
  const file = dropped.use();
  const tone = proven === 'failed' ? 'unproven' : status.toLowerCase();
  return (
    <section class={`card verdict ${tone} ${proven}`} aria-live="polite" aria-label="Verdict">
      <div class="verdict-icon" aria-hidden="true">
        {proven === 'failed' ? '✕' : ICONS[status]}
      </div>
      <div class="verdict-body">
        <div class="title">
          <h1 id="verdict">
            {proven === 'failed' ? (
              <>
                Not proven: <s>{status}</s>
              </>
            ) : (
              status
            )}
          </h1>
          <Standing proven={proven} />
        </div>
        {file.digest === digest && (
          <p class="soft">
            <bdi>{file.name}</bdi>, {bytes(file.size)}, hashed in this browser
          </p>
        )}
        {proven === 'failed' ? (
          <p>
            The node says {status}, and what it gave as a proof does not hold: see the step in red.
            It lies, is broken, or is on another chain. Ask another member’s node, and tell them.
          </p>
        ) : (
          explain(verdict, publishers).map((line) => (
            <p key={line}>
              <bdi>{line}</bdi>
            </p>
          ))
        )}
        <p>
          <Hash hash={digest} whole />
        </p>
      </div>
    </section>
  );
}

function About({ claim }: { readonly claim: Claim }) {
  const { verdict, publishers, height, time, digest } = claim;
  const { statement } = verdict;
  const publisher = publishers.find(({ id }) => id === statement?.publisher);
  const by = statement === null ? [] : ['--publisher', statement.publisher];
  return (
    <Card title="About it">
      <Facts
        facts={{
          ...aboutStatement(statement, publisher),
          'As of': (
            <>
              block <Block height={height} /> · <Time time={time} whole />
            </>
          ),
        }}
      />
      <h3>The same on your own machine</h3>
      <Command text={`sha256sum FILE   # ${short(digest)}`} />
      <Command text={['ztc authenticate FILE', ...by].join(' ')} />
    </Card>
  );
}

function aboutStatement(statement: StatementView | null, publisher: PublisherView | undefined) {
  if (statement === null) return {};
  const { kind, size, attributes, transaction, commitment } = statement;
  const pairs = Object.entries(attributes);
  return {
    Name: <bdi>{nameText(statement)}</bdi>,
    Publisher: (
      <>
        <Publisher id={statement.publisher} {...(publisher && { name: publisher.name })} />{' '}
        <span class="soft">{vouchedText(publisher)}</span>
      </>
    ),
    ...(statement.first && {
      First: 'the publisher stated nothing under this name before',
    }),
    Kind: <bdi>{kind}</bdi>,
    ...(commitment !== null && {
      Private: (
        <>
          name, version, size and attributes; the publisher’s receipt shows them.
          <br />
          <span class="soft">commitment</span> <Hash hash={commitment} />
        </>
      ),
    }),
    Size: sizeText(size),
    ...(pairs.length > 0 && {
      Attributes: pairs.map(([key, value]) => (
        <div key={key}>
          <code>{key}</code> <bdi>{value}</bdi>
        </div>
      )),
    }),
    Transaction: <Hash hash={transaction} href={hrefTo('transaction', transaction)} />,
    'Signed by': <Hash hash={statement.key} />,
    ...(statement.detached !== null && {
      'Beside it': <Beside kind={statement.detached.kind} />,
    }),
  };
}

/** A signature that this page carries no library for. */
function Beside({ kind }: { readonly kind: 'pgp' | 'x509' }) {
  return (
    <>
      {kind === 'pgp' ? 'a PGP' : 'an X.509'} signature; not checked here:{' '}
      <code>ztc authenticate</code> checks it
    </>
  );
}

function sizeText(size: number | null): string {
  if (size === null) return '–';
  const [rounded, whole] = [bytes(size), count(size, 'byte')];
  return rounded === whole ? whole : `${rounded} (${whole})`;
}

function vouchedText(publisher: PublisherView | undefined): string {
  const vouchers = publisher?.vouchers ?? [];
  const who = vouchers.length === 0 ? '' : `: ${vouchers.join(', ')}`;
  return `vouched for by ${count(vouchers.length, 'member')}${who}`;
}

function Command({ text }: { readonly text: string }) {
  return (
    <p class="command">
      <code>{text}</code>
      <Copy text={text} what="the command" />
    </p>
  );
}

function Receipt({ proven, digest }: { readonly proven: ProvenAsset; readonly digest: string }) {
  const [problem, setProblem] = useState('');
  const save = async () => {
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(
        new Blob([await proven.receipt()], { type: 'application/json' }),
      );
      link.download = `${digest.slice('sha256:'.length, 'sha256:'.length + 12)}.ztc.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <p>
      <button type="button" onClick={() => void save()}>
        Save the receipt
      </button>{' '}
      <span class="soft">
        It proves the same with no network, to <code>verify.html</code> too.
      </span>
      {problem !== '' && <span class="bad"> {problem}</span>}
    </p>
  );
}
