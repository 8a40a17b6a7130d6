/** One transaction: who sent it, what it does, what came of it. */
import type { ResultOf } from '../../../rpc/schema/index.ts';
import { Answered } from '../parts/asked.tsx';
import { Block, Card, Facts, Hash, Nothing, Time } from '../parts/bits.tsx';
import { Standing, Status } from '../parts/status.tsx';
import { hrefTo } from '../route.ts';
import { bytes, count, nameText, short } from '../text.ts';
import { useAsk } from '../use.ts';
import { Applied } from './block.tsx';

type Transaction = NonNullable<ResultOf<'tx_get'>>;
type Operation = Transaction['operations'][number];

export function TransactionPage({ hash }: { readonly hash: string }) {
  return (
    <Answered asked={useAsk('tx_get', { hash })} lines={8}>
      {(data) =>
        data === null ? (
          <Card>
            <Nothing>No final block here holds the transaction {short(hash)}.</Nothing>
          </Card>
        ) : (
          <Found transaction={data} />
        )
      }
    </Answered>
  );
}

function Found({ transaction }: { readonly transaction: Transaction }) {
  const { hash, sender, height, index, time, result, signatures, operations } = transaction;
  return (
    <>
      <div class="title">
        <h1>Transaction</h1>
        <Standing proven="claimed" />
      </div>
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
            Sender: <bdi>{sender}</bdi>,
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
    </>
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
