/** What a node takes that has nothing to do but the heartbeat. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consortium } from '../consortium.ts';
import { type Memory, memoryOf } from '../process-facts.ts';
import { figure, type Scenario } from '../scenario.ts';

const VALIDATORS = 4;
const ROUND_MS = 60_000;
/** 150 MB. */
const RSS_MIB_MAX = 143;

export const memory: Scenario = {
  name: 'memory',
  summary: `resident memory of ${VALIDATORS} idle validators after a minute for each round`,
  rounds: 3,
  async run({ rounds, basePort, say }) {
    return Consortium.with({ basePort, validators: VALIDATORS }, async (consortium) => {
      await consortium.start(consortium.names);
      let taken: readonly Memory[] = [];
      for (let round = 1; round <= rounds; round++) {
        await sleep(ROUND_MS);
        taken = await Promise.all(consortium.pids.map(memoryOf));
        say(`after ${round} min: ${JSON.stringify(taken)}`);
      }
      const of = (value: (node: Memory) => number) => taken.map(value);
      return [
        figure(
          'resident memory of a node (VmRSS)',
          'MiB',
          of(({ rss }) => rss),
          {
            must: { atMost: RSS_MIB_MAX },
          },
        ),
        figure(
          'of it its own (RssAnon)',
          'MiB',
          of(({ anonymous }) => anonymous),
        ),
        figure(
          'of it files, shared between nodes (RssFile)',
          'MiB',
          of(({ file }) => file),
        ),
      ];
    });
  },
};
