/** The worker thread: checks what it is sent, one buffer after the other, and does nothing else. */
import { parentPort } from 'node:worker_threads';
import { CHECK_BYTES, type Job, unpackChecks } from './checks.ts';
import { checkAll } from './rules.ts';

parentPort?.on('message', ({ rule, checks }: Job) => {
  const outcome = checkAll(unpackChecks(checks), checks.length / CHECK_BYTES, rule);
  parentPort?.postMessage(outcome, [outcome.buffer]);
});
