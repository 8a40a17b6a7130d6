/** Statements in time, the newest first, each with who said it and why it counts or not. */
import type { PublisherView, StatementView } from '../../../rpc/schema/index.ts';
import { Block, Publisher, Time } from '../parts/bits.tsx';
import { Status } from '../parts/status.tsx';
import { hrefTo } from '../route.ts';
import { nameText } from '../text.ts';

export function Timeline({
  statements,
  publishers,
}: {
  readonly statements: readonly StatementView[];
  readonly publishers: readonly PublisherView[];
}) {
  return (
    <ol class="timeline">
      {statements.map((statement) => {
        const { publisher, status, transaction, operation, height, time, reason } = statement;
        const name = publishers.find(({ id }) => id === publisher)?.name;
        return (
          <li key={`${transaction}-${operation}`} class={status.toLowerCase()}>
            <div class="timeline-head">
              <Status status={status} />
              <span>
                by <Publisher id={publisher} {...(name !== undefined && { name })} />
              </span>
              <span class="soft">
                <Time time={time} />
              </span>
            </div>
            {statement.invalidity !== null && (
              <p class="bad">Does not count: {statement.invalidity}</p>
            )}
            {reason !== '' && (
              <p>
                <bdi>“{reason}”</bdi>
              </p>
            )}
            <p class="soft">
              <bdi>{nameText(statement)}</bdi> in block <Block height={height} />,{' '}
              <a href={hrefTo('transaction', transaction)}>transaction</a>
            </p>
          </li>
        );
      })}
    </ol>
  );
}
