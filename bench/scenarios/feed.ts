/**
 * A thousand clients of one node's feed while blocks come: how far behind they are, and whether
 * consensus minds. Rounds without and with them take turns under the same load.
 */
import { roundsBeside } from '../beside.ts';
import { Child } from '../child.ts';
import type { Consortium } from '../consortium.ts';
import type { Heard, ListenOrder, ListenReport } from '../listen/plan.ts';
import type { LoadGenerator } from '../load/load.ts';
import { type Measured, underLoad } from '../measure.ts';
import { cpuSeconds } from '../process-facts.ts';
import { steadyRun } from '../runs.ts';
import { type Figure, figure, type Scenario } from '../scenario.ts';

const CLIENTS = 1_000;
/** Every client hears of each of them. */
const PER_SECOND = 20;
const SECONDS = 20;
const BEHIND_MS = 1_000;

interface Round {
  readonly alone: Measured;
  readonly crowded: Measured;
  readonly heard: Heard;
  /** Of one core, of the node with the clients. */
  readonly cores: number;
}

export const feed: Scenario = {
  name: 'feed',
  summary: `${CLIENTS} clients hear of all events of one node, ${PER_SECOND} statements a second`,
  rounds: 3,
  async run(options) {
    const { seconds = SECONDS } = options;
    const measured = await roundsBeside(options, (consortium, load) =>
      measureRound(consortium, load, seconds),
    );
    return figuresOf(measured);
  },
};

async function measureRound(
  consortium: Consortium,
  load: LoadGenerator,
  seconds: number,
): Promise<Round> {
  const run = steadyRun(seconds, PER_SECOND);
  const alone = await underLoad(consortium, load, run, seconds);
  const name = consortium.names.at(-1) as string;
  const others = consortium.names.slice(0, -1);
  return await Child.with<ListenOrder, ListenReport, Round>('listen', async (child) => {
    const urls = others.map((each) => consortium.rpc(each));
    const plan = { url: consortium.rpc(name), clients: CLIENTS, others: urls };
    await child.ask({ type: 'plan', plan });
    await child.ask({ type: 'begin' });
    const [began, before] = [performance.now(), await cpuSeconds(consortium.pid(name))];
    const crowded = await underLoad(consortium, load, run, seconds);
    const used = (await cpuSeconds(consortium.pid(name))) - before;
    const cores = (1_000 * used) / (performance.now() - began);
    const report = await child.ask({ type: 'end' });
    if (report.type !== 'heard') throw new Error('the process that listens answered otherwise');
    return { alone, crowded, heard: report.heard, cores };
  });
}

const NONE = { atMost: 0 };

function figuresOf(rounds: readonly Round[]): Figure[] {
  const each = (
    what: string,
    unit: string,
    value: (round: Round) => number,
    must?: Figure['must'],
  ): Figure => figure(what, unit, rounds.map(value), must === undefined ? {} : { must });
  const behind = 'behind the first that heard of a block';
  const soon = { atMost: BEHIND_MS };
  return [
    each(`${behind}, p50`, 'ms', ({ heard }) => heard.p50Ms),
    each(`${behind}, p99`, 'ms', ({ heard }) => heard.p99Ms),
    each(`${behind}, the latest client`, 'ms', ({ heard }) => heard.latestMs, soon),
    each('blocks missed, all clients', '', ({ heard }) => heard.missed, NONE),
    each('streams that ended', '', ({ heard }) => heard.lost, NONE),
    each('blocks', '', ({ heard }) => heard.blocks),
    each('events sent', '', ({ heard }) => heard.events),
    each('cores that the clients used', '', ({ heard }) => heard.cores),
    each('cores that the node used', '', ({ cores }) => cores),
    each('blocks without clients', '/s', ({ alone }) => alone.blocksPerSecond),
    each('with them', '/s', ({ crowded }) => crowded.blocksPerSecond),
    each('final transactions without clients', '/s', ({ alone }) => alone.perSecond),
    each('with them', '/s', ({ crowded }) => crowded.perSecond),
    each('latency without clients, p50', 'ms', ({ alone }) => alone.span.p50Ms),
    each('with them, p50', 'ms', ({ crowded }) => crowded.span.p50Ms),
    each('latency without clients, p99', 'ms', ({ alone }) => alone.span.p99Ms),
    each('with them, p99', 'ms', ({ crowded }) => crowded.span.p99Ms),
  ];
}
