/** The worker thread: checks one slot after the other, and does nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Job, Slots } from './checks.ts';
import { checkAll } from './rules.ts';

const slots = new Slots(workerData as SharedArrayBuffer);

parentPort?.on('message', ({ slot, count, rule }: Job) => {
  slots.answer(slot, checkAll(slots.read(slot, count), rule));
  parentPort?.postMessage(slot);
});
