/** One block: what it holds, and the members who made it final. */
import type { BlockView, FinalityView, ResultOf } from '../../../rpc/schema/index.ts';
import { Answered } from '../parts/asked.tsx';
import {
  Block,
  Card,
  Facts,
  Hash,
  Loading,
  Member,
  Nothing,
  Sender,
  Time,
} from '../parts/bits.tsx';
import { ProofPanel } from '../parts/proof-panel.tsx';
import { Rows } from '../parts/rows.tsx';
import { Standing } from '../parts/status.tsx';
import { BLOCK_STEPS, type Step } from '../prove/steps.ts';
import { useProof } from '../prove/use-proof.ts';
import { hrefTo } from '../route.ts';
import { bytes, count, short } from '../text.ts';
import { useAsk } from '../use.ts';

const TRANSACTIONS_SHOWN = 200;

export function BlockPage({ at }: { readonly at: string }) {
  const asked = /^\d+$/.test(at) ? Number(at) : at;
  return (
    <Answered
      asked={useAsk('chain_getBlock', { at: asked })}
      lines={8}
      absent={<>There is no final block {short(at)} here.</>}
    >
      {(block) => <Found block={block} />}
    </Answered>
  );
}

function Found({ block }: { readonly block: BlockView }) {
  const { header, size, transactions } = block;
  const { height } = header;
  const certificate = useAsk('chain_getCertificate', { height });
  const followed = useBlockProof(block);
  return (
    <>
      <div class="title">
        <h1>Block #{count(height)}</h1>
        {height > 0 && <Standing proven={followed.state} />}
        <nav class="step-nav" aria-label="Neighbouring blocks">
          {height > 0 && <a href={hrefTo('block', height - 1)}>← #{count(height - 1)}</a>}
          <a href={hrefTo('block', height + 1)}>#{count(height + 1)} →</a>
        </nav>
      </div>
      <div class="columns wide-left">
        <div>
          <Card title="Header">
            <Facts
              facts={{
                Time: <Time time={header.time} whole />,
                Proposer: header.proposer === null ? '–' : <Member id={header.proposer} />,
                Hash: <Hash hash={header.hash} />,
                Parent:
                  height === 0 ? (
                    'none: this is the genesis block'
                  ) : (
                    <Hash hash={header.parent} href={hrefTo('block', height - 1)} />
                  ),
                'Epoch and view': `${count(header.epoch)}, ${count(header.view)}`,
                'State before it': <Hash hash={header.stateRoot} />,
                Size: bytes(size),
              }}
            />
          </Card>
          <Transactions transactions={transactions} />
        </div>
        <div>
          <Certificate found={certificate.data} />
          {height > 0 && <ProofPanel followed={followed} />}
        </div>
      </div>
    </>
  );
}

/** Loaded when it is needed: the verifier is no part of the first paint. */
const prover = () => import('../prove/block.ts');

function useBlockProof({ header }: BlockView) {
  const prove = async (show: (steps: readonly Step[]) => void) =>
    await (await prover()).proveBlock(header, BLOCK_STEPS, show);
  // Block 0 is the genesis itself: its fingerprint is all that there is to check.
  return useProof(BLOCK_STEPS, header.height === 0 ? undefined : prove, header.hash);
}

function Transactions({ transactions }: Pick<BlockView, 'transactions'>) {
  const shown = transactions.slice(0, TRANSACTIONS_SHOWN);
  return (
    <Card
      title="Transactions"
      extra={<span class="soft">{count(transactions.length, 'transaction')}</span>}
    >
      {transactions.length === 0 && (
        <Nothing>None. Empty blocks close the chain: their header proves the newest state.</Nothing>
      )}
      <Rows>
        {shown.map(({ hash, sender, code, operationCount }) => (
          <li class="row" key={hash}>
            <span class="row-main">
              <a href={hrefTo('transaction', hash)}>
                <code>{short(hash)}</code>
              </a>{' '}
              <Sender sender={sender} />
            </span>
            <span class="row-side">
              <span class="soft">{count(operationCount, 'operation')}</span> <Applied code={code} />
            </span>
          </li>
        ))}
      </Rows>
      {transactions.length > shown.length && (
        <p class="soft">and {count(transactions.length - shown.length)} more</p>
      )}
    </Card>
  );
}

export function Applied({ code }: { readonly code: string }) {
  return code === '' ? <span class="good">✓ applied</span> : <span class="bad">✕ {code}</span>;
}

/** Everybody who could have signed, by name: who did, and who is not in this certificate. */
function Certificate({ found }: { readonly found: FinalityView | null | undefined }) {
  const height = found?.height ?? 0;
  // The set of the block's own epoch is the one in force before it.
  const set = useAsk('chain_validators', { height: Math.max(0, height - 1) }, height);
  if (found == null) {
    return (
      <Card title="Certificate">
        {found === null ? <Nothing>There is none here.</Nothing> : <Loading lines={4} />}
      </Card>
    );
  }
  const signed = found.signatures.map(({ member }) => member);
  return (
    <Card
      title="Certificate"
      extra={
        <b class="quorum">
          {signed.length} of {found.validators} (need {found.quorum})
        </b>
      }
    >
      <ul class="signers">
        {signersOf(set.data, signed).map((member) => (
          <li key={member} class={signed.includes(member) ? 'signed' : 'absent'}>
            <Member id={member} />
            <span>{signed.includes(member) ? '✓ signed' : '○ not in it'}</span>
          </li>
        ))}
      </ul>
      <p class="soft">
        {found.certifiedHeight === height ? (
          'They finalized this block'
        ) : (
          <>
            They finalized its descendant <Block height={found.certifiedHeight} />
          </>
        )}{' '}
        in epoch {count(found.epoch)}, view {count(found.view)}. A certificate holds the signatures
        that made the quorum, as this node saw them first; who is not in it may have signed later.
      </p>
    </Card>
  );
}

function signersOf(
  set: ResultOf<'chain_validators'> | undefined,
  signed: readonly string[],
): string[] {
  const all = set?.validators.map(({ member }) => member) ?? [];
  return [...new Set([...all, ...signed])];
}
