/**
 * Others' ledgers beside ours, in turns in one run: the same machine, the same load generator,
 * transactions of the same size. They check no signature and keep no proofs.
 */
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { type Measured, underLoad } from '../measure.ts';
import { cometBftProgram, VERSION } from '../peers/cometbft/build.ts';
import { CometBftNetwork } from '../peers/cometbft/network.ts';
import { aloneRun, mostRun, steadyRun } from '../runs.ts';
import { type Figure, figure, type Scenario, type ScenarioOptions } from '../scenario.ts';
import type { System } from '../system.ts';

const VALIDATORS = 4;
const SECONDS = 20;
const STEADY_PER_SECOND = 1_000;
/** Away from our own nodes' ports. */
const PEER_PORTS = 500;
const RATIO_MIN = 1.3;

const OURS = 'ztc';
const DEFAULT = `CometBFT ${VERSION}`;
const TUNED = `${DEFAULT}, tuned`;

interface Round {
  readonly idle: Measured;
  readonly steady: Measured;
  readonly most: Measured;
}

interface Side {
  readonly name: string;
  readonly rounds: Round[];
  /** Undefined: it is not here. */
  readonly run: ((use: (system: System) => Promise<void>) => Promise<void>) | undefined;
}

export const peers: Scenario = {
  name: 'peers',
  summary: `beside CometBFT ${VERSION}, default and tuned, in turns; also --peers`,
  rounds: 3,
  async run(options) {
    const sides = await sidesOf(options);
    for (let round = 1; round <= options.rounds; round++) {
      for (const { name, rounds, run } of sides) {
        await run?.(async (system) => {
          rounds.push(await measureOnce(system, options.seconds ?? SECONDS));
          options.say(`round ${round}, ${name}: ${JSON.stringify(rounds.at(-1))}`);
        });
      }
    }
    return figuresOf(sides);
  },
};

async function sidesOf({ basePort, say }: ScenarioOptions): Promise<Side[]> {
  const found = await cometBftProgram(say);
  if ('missing' in found) say(`its columns stay empty: ${found.missing}`);
  const peer = (name: string, tuned: boolean): Side => {
    if ('missing' in found) return { name, rounds: [], run: undefined };
    const options = { ...found, tuned, basePort: basePort + PEER_PORTS };
    return { name, rounds: [], run: (use) => CometBftNetwork.with(options, use) };
  };
  const ours = (use: (system: System) => Promise<void>): Promise<void> =>
    Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
      await consortium.start(consortium.names);
      await use(consortium);
    });
  return [{ name: OURS, rounds: [], run: ours }, peer(DEFAULT, false), peer(TUNED, true)];
}

async function measureOnce(system: System, seconds: number): Promise<Round> {
  const one = { ...system.load, targets: system.load.targets.slice(0, 1) };
  const idle = await LoadGenerator.with(one, (load) =>
    underLoad(system, load, aloneRun(seconds), seconds),
  );
  return LoadGenerator.with(system.load, async (load) => {
    const steady = await underLoad(system, load, steadyRun(seconds, STEADY_PER_SECOND), seconds);
    return { idle, steady, most: await underLoad(system, load, mostRun(seconds), seconds) };
  });
}

function figuresOf(sides: readonly Side[]): Figure[] {
  const row = (what: string, unit: string, of: (round: Round) => number): Figure[] =>
    sides.map(({ name, rounds }) => figure(what, unit, rounds.map(of), { side: name }));
  const [ours, , tuned] = sides.map(({ rounds }) => rounds.map(({ most }) => most.perSecond));
  const ratios = (tuned ?? []).map((theirs, i) => (ours?.[i] ?? 0) / theirs);
  return [
    ...row('the most in a second', '/s', ({ most }) => most.perSecond),
    figure('against the tuned one', '', ratios, { side: OURS, must: { atLeast: RATIO_MIN } }),
    ...row('latency there, p50', 'ms', ({ most }) => most.span.p50Ms),
    ...row('latency there, p99', 'ms', ({ most }) => most.span.p99Ms),
    ...row('CPU of all nodes there', 'µs/tx', ({ most }) => most.cpuMicros),
    ...row('memory of the largest node there', 'MiB', ({ most }) => most.memory),
    ...row(`latency at ${STEADY_PER_SECOND}/s, p50`, 'ms', ({ steady }) => steady.span.p50Ms),
    ...row(`latency at ${STEADY_PER_SECOND}/s, p99`, 'ms', ({ steady }) => steady.span.p99Ms),
    ...row('latency of one client alone, p50', 'ms', ({ idle }) => idle.span.p50Ms),
    ...row('latency of one client alone, p99', 'ms', ({ idle }) => idle.span.p99Ms),
  ];
}
