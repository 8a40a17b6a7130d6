/** One transaction: who sent it, what it does, what came of it. */
import type { ResultOf } from '../../../rpc/schema/index.ts';
import { live } from '../live.ts';
import { Answered } from '../parts/asked.tsx';
import { Block, Card, Facts, Hash, Sender, Time } from '../parts/bits.tsx';
import { ProofPanel } from '../parts/proof-panel.tsx';
import { Standing, Status } from '../parts/status.tsx';
import { type Step, TRANSACTION_STEPS } from '../prove/steps.ts';
import { useProof } from '../prove/use-proof.ts';
import { hrefTo } from '../route.ts';
import { bytes, count, nameText, short } from '../text.ts';
import { useAsk } from '../use.ts';
import { Applied } from './block.tsx';

type Transaction = NonNullable<ResultOf<'tx_get'>>;
type Operation = Transaction['operations'][number];

export function TransactionPage({ hash }: { readonly hash: string }) {
  return (
    <Answered
      asked={useAsk('tx_get', { hash })}
      lines={8}
      absent={<>There is no transaction {short(hash)} in a final block here.</>}
    >
      {(transaction) => <Found transaction={transaction} />}
    </Answered>
  );
}

function Found({ transaction }: { readonly transaction: Transaction }) {
  const followed = useTransactionProof(transaction);
  return (
    <>
      <div class="title">
        <h1>Transaction</h1>
        <Standing proven={followed.state} />
      </div>
      <div class="columns wide-left">
        <Details transaction={transaction} />
        <ProofPanel followed={followed} />
      </div>
    </>
  );
}

/** Loaded when it is needed: the verifier is no part of the first paint. */
const prover = () => import('../prove/transaction.ts');

function useTransactionProof(transaction: Transaction) {
  const { head } = live.use();
  // The next block’s header carries the result: in a moment, where it is not there yet.
  const isProvable = (head?.height ?? 0) > transaction.height;
  const prove = async (show: (steps: readonly Step[]) => void) =>
    await (await prover()).proveTransaction(transaction, TRANSACTION_STEPS, show);
  const about = isProvable ? transaction.hash : undefined;
  return useProof(TRANSACTION_STEPS, isProvable ? prove : undefined, about);
}

function Details({ transaction }: { readonly transaction: Transaction }) {
  const { hash, sender, height, index, time, result, signatures, operations } = transaction;
  return (
    <div>
      <Card>
        <Facts
          facts={{
            Id: <Hash hash={hash} whole />,
            Result: <Applied code={result.code} />,
            Block: (
              <>
                <Block height={height} />, position {count(index)} · <Time time={time} whole />
              </>
            ),
            Sender: <Sender sender={sender} />,
            'Signed by': signatures.map(({ key }) => (
              <div key={key}>
                <Hash hash={key} />
              </div>
            )),
          }}
        />
      </Card>
      <Card title="Operations" extra={<span class="soft">{count(operations.length)}</span>}>
        <ol class="operations">
          {operations.map((operation, i) => (
            <li key={i}>
              <OperationRow operation={operation} />
            </li>
          ))}
        </ol>
      </Card>
      <details class="card">
        <summary>As JSON</summary>
        <pre tabIndex={0}>{JSON.stringify({ ...transaction, bytes: undefined }, null, 1)}</pre>
      </details>
    </div>
  );
}

function OperationRow({ operation }: { readonly operation: Operation }) {
  switch (operation.op) {
    case 'statement': {
      const label = nameText(operation, short(operation.asset));
      return (
        <>
          <Status status={operation.status} />{' '}
          <a href={hrefTo('asset', operation.asset)}>
            <bdi>{label}</bdi>
          </a>{' '}
          <span class="soft">{operation.kind}</span>
          {operation.reason !== '' && (
            <p>
              <bdi>“{operation.reason}”</bdi>
            </p>
          )}
        </>
      );
    }
    case 'record.put':
      return (
        <>
          <b>record</b> <code>{operation.namespace}</code> <bdi>{operation.key}</bdi>{' '}
          <span class="soft">{bytes(Math.floor((operation.value.length * 3) / 4))}</span>
        </>
      );
    default: {
      const { op, ...rest } = operation;
      const named = 'id' in rest ? String(rest.id) : '';
      return (
        <>
          <b>{op}</b> <bdi>{named}</bdi>
        </>
      );
    }
  }
}
