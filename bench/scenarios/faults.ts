/** Throughput with as many validators dead as may be, against all alive, in turns in one run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { faultsTolerated } from '../../src/ledger/validators.ts';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import type { Figure, Scenario, ScenarioOptions } from '../scenario.ts';
import { summaryOf } from '../statistics.ts';

const SIZES = [4, 7];
/** Enough that no leader waits for transactions. */
const UNDER_WAY = 2_000;
const SETTLE_MS = 4_000;
const SPAN_MS = 10_000;
const PRESIGNED = 40_000;
const RATIO_MIN = 0.7;

export const faults: Scenario = {
  name: 'faults',
  summary: `rate with f of ${SIZES.join(' and of ')} validators dead, against the healthy one`,
  rounds: 5,
  async run(options) {
    const figures: Figure[] = [];
    for (const validators of SIZES) figures.push(...(await inTurns(validators, options)));
    return figures;
  },
};

async function inTurns(validators: number, options: ScenarioOptions): Promise<Figure[]> {
  const { rounds, basePort, say } = options;
  const consortium = await Consortium.found({ basePort, validators });
  const dead = consortium.names.slice(validators - faultsTolerated(validators));
  const alive = consortium.names.slice(0, validators - dead.length);
  let load: LoadGenerator | undefined;
  try {
    await consortium.start(consortium.names);
    load = await LoadGenerator.start(consortium, {
      loop: { kind: 'closed', underWay: UNDER_WAY },
      targets: alive,
      presigned: PRESIGNED,
    });
    const [healthy, faulty]: [number[], number[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      healthy.push(await rate(load));
      await Promise.all(dead.map((name) => consortium.kill(name)));
      faulty.push(await rate(load));
      say(`round ${round}, n = ${validators}: ${healthy.at(-1)} /s, then ${faulty.at(-1)} /s`);
      if (round < rounds) await consortium.start(dead);
    }
    const ratios = faulty.map((value, i) => value / (healthy[i] as number));
    return figuresOf(`n = ${validators}`, { healthy, faulty, ratios, dead: dead.length });
  } finally {
    await load?.stop();
    await consortium.remove();
  }
}

async function rate(load: LoadGenerator): Promise<number> {
  await sleep(SETTLE_MS);
  load.begin();
  await sleep(SPAN_MS);
  return (await load.end()).perSecond;
}

function figuresOf(
  name: string,
  rates: { healthy: number[]; faulty: number[]; ratios: number[]; dead: number },
): Figure[] {
  const { healthy, faulty, ratios, dead } = rates;
  return [
    { what: `${name}, all alive`, unit: 'tx/s', summary: summaryOf(healthy) },
    { what: `${name}, ${dead} dead`, unit: 'tx/s', summary: summaryOf(faulty) },
    {
      what: `${name}, ratio`,
      unit: '',
      summary: summaryOf(ratios),
      must: { atLeast: RATIO_MIN },
    },
  ];
}
