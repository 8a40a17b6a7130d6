/** What a node takes that has nothing to do but the heartbeat. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consortium } from '../consortium.ts';
import { memoryOf } from '../process-facts.ts';
import type { Scenario } from '../scenario.ts';
import { summaryOf } from '../statistics.ts';

const VALIDATORS = 4;
const ROUND_MS = 60_000;
const RSS_MIB_MAX = 150;

export const memory: Scenario = {
  name: 'memory',
  summary: `resident memory of ${VALIDATORS} idle validators after a minute for each round`,
  rounds: 3,
  async run({ rounds, basePort, say }) {
    const consortium = await Consortium.found({ basePort, validators: VALIDATORS });
    const { names } = consortium;
    try {
      await consortium.start(names);
      const taken = [];
      for (let round = 1; round <= rounds; round++) {
        await sleep(ROUND_MS);
        taken.length = 0;
        for (const name of names) taken.push(await memoryOf(consortium.pid(name)));
        say(`after ${round} min: ${JSON.stringify(taken)}`);
      }
      return [
        {
          what: 'resident memory of a node (VmRSS)',
          unit: 'MiB',
          summary: summaryOf(taken.map(({ rss }) => rss)),
          must: { atMost: RSS_MIB_MAX },
        },
        {
          what: 'of it its own (RssAnon)',
          unit: 'MiB',
          summary: summaryOf(taken.map(({ anonymous }) => anonymous)),
        },
        {
          what: 'of it files, shared between nodes (RssFile)',
          unit: 'MiB',
          summary: summaryOf(taken.map(({ file }) => file)),
        },
      ];
    } finally {
      await consortium.remove();
    }
  },
};
