/** The first page: may I trust this file? And what goes on. */
import { useMemo, useState } from 'preact/hooks';
import { type Live, live } from '../live.ts';
import { useMembers } from '../members.ts';
import { Card, Nothing, Time } from '../parts/bits.tsx';
import { Chart, type ChartData } from '../parts/chart.tsx';
import { DropZone } from '../parts/drop-zone.tsx';
import { BlockRow, Rows, StatementRow } from '../parts/rows.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { hrefTo } from '../route.ts';
import { count, milliseconds } from '../text.ts';
import { useAsk } from '../use.ts';

const ROWS = 10;

export function HomePage() {
  const { status } = live.use();
  return (
    <>
      <section class="hero card">
        <h1>May I trust this file?</h1>
        <DropZone />
        <SearchBox id="query" />
      </section>
      <Figures />
      <Charts />
      <Latest />
      <p class="soft centred">
        {status &&
          `${count(status.validators, 'validator')}, of whom ${status.quorum} have to agree`}
        {status && ` and ${status.faultsTolerated} may fail or lie. `}
        <a href={hrefTo('members')}>Who they are</a>
      </p>
    </>
  );
}

function Figures() {
  const { blocks, heardAt, statements } = live.use();
  const finality = useAsk('node_finality', {}, Math.floor(heardAt / 5_000));
  const final = median(finality.data?.samples.slice(-50).map(({ finalMs }) => finalMs) ?? []);
  const [newest] = statements;
  const figures = [
    ['Height', blocks[0] === undefined ? '–' : count(blocks[0].height)],
    ['Transactions a second', rateOf(blocks)],
    ['Time to final', final === undefined ? '–' : milliseconds(final)],
    ['Newest statement', newest === undefined ? '–' : <Time time={newest.time} />],
  ] as const;
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div class="card" key={name}>
          <dt>{name}</dt>
          <dd>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Over the blocks at hand. */
function rateOf(blocks: Live['blocks']): string {
  const [first, last] = [blocks.at(-1), blocks[0]];
  if (first === undefined || last === undefined || first === last) return '–';
  const seconds = (Date.parse(last.time) - Date.parse(first.time)) / 1000;
  const sum = blocks.reduce((total, { transactions }) => total + (transactions ?? 0), 0);
  const rate = sum / Math.max(1, seconds);
  return rate >= 10 ? count(Math.round(rate)) : rate.toFixed(2);
}

function Charts() {
  const { blocks, heardAt } = live.use();
  const finality = useAsk('node_finality', {}, Math.floor(heardAt / 5_000));
  const rate = useMemo(() => transactionsOver(blocks), [blocks]);
  const final = useMemo((): ChartData => {
    const samples = finality.data?.samples ?? [];
    return {
      times: samples.map(({ time }) => Date.parse(time) / 1000),
      values: samples.map(({ finalMs }) => finalMs),
    };
  }, [finality.data]);
  return (
    <div class="columns">
      <Card title="Transactions in the newest blocks">
        <Chart
          data={rate}
          text={count}
          bars
          label="Chart of the transactions in each of the newest blocks"
        />
      </Card>
      <Card title="Time until final" extra={<span class="soft">by this node’s clock</span>}>
        {final.times.length < 2 ? (
          <Nothing>This node has not watched blocks for long enough.</Nothing>
        ) : (
          <Chart
            data={final}
            text={milliseconds}
            label="Chart of how long the newest blocks took to be final"
          />
        )}
      </Card>
    </div>
  );
}

function transactionsOver(blocks: Live['blocks']): ChartData {
  const shown = blocks.toReversed().filter(({ height }) => height > 0);
  return {
    times: shown.map(({ time }) => Date.parse(time) / 1000),
    values: shown.map(({ transactions }) => transactions ?? 0),
  };
}

function Latest() {
  const now = live.use();
  const members = useMembers();
  const [held, setHeld] = useState<Live>();
  const shown = held ?? now;
  const missed = held === undefined ? 0 : (now.head?.height ?? 0) - (held.head?.height ?? 0);
  const toggle = () => setHeld(held === undefined ? now : undefined);
  return (
    <>
      <div class="feed-head">
        <h2>What goes on</h2>
        <button type="button" id="pause" aria-pressed={held !== undefined} onClick={toggle}>
          {held === undefined ? '❚❚ Pause' : `▶ Go on · ${missed} new`}
        </button>
      </div>
      <div class="columns">
        <Card title="Latest statements" extra={<a href={hrefTo('publishers')}>All publishers</a>}>
          {shown.statements.length === 0 && <Nothing>Nobody has said anything yet.</Nothing>}
          <Rows id="statements">
            {shown.statements.slice(0, ROWS).map((statement) => (
              <StatementRow
                key={`${statement.transaction}-${statement.operation}`}
                statement={statement}
              />
            ))}
          </Rows>
        </Card>
        <Card title="Latest blocks" extra={<a href={hrefTo('blocks')}>All blocks</a>}>
          <Rows id="blocks">
            {shown.blocks.slice(0, ROWS).map((block) => (
              <BlockRow key={block.height} block={block} members={members} />
            ))}
          </Rows>
        </Card>
      </div>
    </>
  );
}
