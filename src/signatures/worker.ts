/** The worker thread: checks one slot after the other, and does nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { Slots, type Told } from './checks.ts';
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

parentPort?.on('message', (slot: number) => {
  // Else the thread that asks has taken it back.
  if (!slots.take(slot)) return;
  slots.check(slot, checkAll);
  tell(slot);
});
