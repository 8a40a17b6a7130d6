/** What the sudden death of one of four validators costs those who use the others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import { figure, type Scenario } from '../scenario.ts';
import { Watch } from '../watch.ts';

const VALIDATORS = 4;
const PER_SECOND = 200;
const EVERY_MS = 20;
const SETTLE_MS = 5_000;
/** Before the death, and after it with the validator missing. */
const SPAN_MS = 8_000;
const GAP_MS_MAX = 1_000;

interface Round {
  /** Longest gap between blocks, before and after the death. */
  readonly healthyMs: number;
  readonly deadMs: number;
}

export const deadLeader: Scenario = {
  name: 'dead-leader',
  summary: `longest time without a final block when one of ${VALIDATORS} validators is killed`,
  rounds: 5,
  async run({ rounds, basePort, say }) {
    return Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
      const { names } = consortium;
      await consortium.start(names);
      const measured: Round[] = [];
      for (let round = 1; round <= rounds; round++) {
        const victim = names[round % VALIDATORS] as string;
        measured.push(await killOne(consortium, victim));
        say(`round ${round}, ${victim}: ${JSON.stringify(measured.at(-1))}`);
        await consortium.start([victim]);
      }
      const [dead, healthy] = [measured.map((it) => it.deadMs), measured.map((it) => it.healthyMs)];
      const must = { atMost: GAP_MS_MAX };
      return [
        figure('longest gap after the death, of all survivors', 'ms', dead, { must }),
        figure('longest gap before it', 'ms', healthy),
      ];
    });
  },
};

/** Under load through the survivors; the victim's place in the order of leaders is chance. */
async function killOne(consortium: Consortium, victim: string): Promise<Round> {
  const survivors = consortium.names.filter((name) => name !== victim);
  const watches = survivors.map((name) => new Watch(consortium.rpc(name)));
  try {
    return await LoadGenerator.with(consortium.loadOf({ targets: survivors }), async (load) => {
      const loop = { kind: 'open', perSecond: PER_SECOND, everyMs: EVERY_MS } as const;
      await load.run({ loop, presigned: (PER_SECOND * (SETTLE_MS + 2 * SPAN_MS)) / 1_000 });
      await sleep(SETTLE_MS);
      const before = performance.now();
      await sleep(SPAN_MS);
      const death = performance.now();
      await consortium.kill(victim);
      await sleep(SPAN_MS);
      const end = performance.now();
      const longest = (from: number, to: number): number =>
        Math.max(...watches.map((watch) => watch.longestGapMs(from, to)));
      return { healthyMs: longest(before, death), deadMs: longest(death, end) };
    });
  } finally {
    await Promise.all(watches.map((watch) => watch.close()));
  }
}
