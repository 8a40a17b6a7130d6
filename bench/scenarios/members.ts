/** Twenty validators on this machine: do they finalize, and how fast? */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consortium } from '../consortium.ts';
import { LoadGenerator } from '../load/load.ts';
import type { Scenario } from '../scenario.ts';
import { summaryOf } from '../statistics.ts';

const VALIDATORS = 20;
const PER_SECOND = 50;
/** They come ten at a time: each batch that is gossiped costs twenty nodes the same. */
const EVERY_MS = 200;
const SETTLE_MS = 10_000;
const ROUND_MS = 20_000;

export const members: Scenario = {
  name: 'members',
  summary: `${VALIDATORS} validators under ${PER_SECOND} transactions a second`,
  rounds: 3,
  async run({ rounds, basePort, say }) {
    const consortium = await Consortium.found({ basePort, validators: VALIDATORS });
    const { names } = consortium;
    let load: LoadGenerator | undefined;
    try {
      say(`starting ${VALIDATORS} nodes`);
      await consortium.start(names);
      const seconds = (SETTLE_MS + rounds * ROUND_MS) / 1_000;
      load = await LoadGenerator.start(consortium, {
        loop: { kind: 'open', perSecond: PER_SECOND, everyMs: EVERY_MS },
        targets: names,
        presigned: PER_SECOND * seconds,
      });
      await sleep(SETTLE_MS);
      const spans = [];
      for (let round = 1; round <= rounds; round++) {
        load.begin();
        await sleep(ROUND_MS);
        const span = await load.end();
        say(`round ${round}: ${JSON.stringify(span)}`);
        spans.push(span);
      }
      return [
        {
          what: 'final transactions',
          unit: '/s',
          summary: summaryOf(spans.map(({ perSecond }) => perSecond)),
          must: { atLeast: 0.95 * PER_SECOND },
        },
        {
          what: 'blocks',
          unit: '/s',
          summary: summaryOf(spans.map(({ blocks, seconds }) => blocks / seconds)),
        },
        { what: 'latency, p50', unit: 'ms', summary: summaryOf(spans.map(({ p50Ms }) => p50Ms)) },
        { what: 'latency, p99', unit: 'ms', summary: summaryOf(spans.map(({ p99Ms }) => p99Ms)) },
      ];
    } finally {
      await load?.stop();
      await consortium.remove();
    }
  },
};
