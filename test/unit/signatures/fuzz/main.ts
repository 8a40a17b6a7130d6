/**
 * `npm run fuzz:signatures -- [--minutes M] [--seed S]`: holds the check by tables against those of
 * libsodium and noble for so many minutes of CPU, or until it is stopped; ends with 1 at the first
 * case about which they differ.
 */
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Comparison } from './compare.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = Number(values.seed);
const micros = Number(values.minutes) * 60e6;
const comparison = new Comparison(seed);
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopped = true;
  });
}
process.once('exit', () => {
  const { cases, asked, good, beyond } = comparison.counts;
  const seconds = (process.cpuUsage().user / 1e6).toFixed(0);
  const told = `${cases} cases in ${seconds} s of CPU, noble asked about ${asked}`;
  process.stdout.write(`seed ${seed}: ${told}; ${good} good, ${beyond} of them not by libsodium\n`);
});
while (!stopped && process.cpuUsage().user < micros) {
  comparison.next();
  await setImmediate();
}
