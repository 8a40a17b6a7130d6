/** The worker thread: checks one slot after the other, and does nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { SLOTS, Slots, type Told } from './checks.ts';
import { checkAllBy } from './rules.ts';
import { KEY_TABLES_MAX, KeyTables } from './tables.ts';
import { Arithmetic, prepare } from './wasm/arithmetic.ts';

const slots = new Slots(workerData as SharedArrayBuffer);
const tell = (told: Told): void => parentPort?.postMessage(told);
const tables = new KeyTables(KEY_TABLES_MAX, () => {
  const arithmetic = new Arithmetic(prepare(KEY_TABLES_MAX));
  tell(arithmetic.prepared);
  return arithmetic;
});
const checkAll = checkAllBy(tables);

/** Checks what is asked, slot after slot; false where there was nothing. */
function checkAsked(): boolean {
  let found = false;
  for (let slot = 0; slot < SLOTS; slot++) {
    // Else it is free, or the thread that asks has it.
    if (!slots.take(slot)) continue;
    found = true;
    slots.check(slot, checkAll);
    if (slots.tell()) tell(null);
  }
  return found;
}

/** Until there is nothing, and whoever asks knows that this thread has to be woken. */
function work(): void {
  do {
    while (checkAsked());
    slots.sleep();
    // Who asked just before that woke nobody; who did after it has sent a message.
  } while (slots.areAsked() && slots.wake());
}

parentPort?.on('message', work);
work();
