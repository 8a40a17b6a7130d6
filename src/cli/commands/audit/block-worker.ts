/** The worker thread of `block-reader.ts`: examines one block after the other. */
import { parentPort } from 'node:worker_threads';
import { fromBase64url } from '../../../common/bytes.ts';
import { failure, type Result } from '../../../common/result.ts';
import type { BlockCode } from '../../../ledger/block.ts';
import { checkAllBy } from '../../../signatures/rules.ts';
import { KEY_TABLES_MAX, KeyTables } from '../../../signatures/tables.ts';
import { Arithmetic, prepare } from '../../../signatures/wasm/arithmetic.ts';
import { type ExaminedBlock, examine } from '../../../state/read-block.ts';

const tables = new KeyTables(KEY_TABLES_MAX, () => new Arithmetic(prepare(KEY_TABLES_MAX)));
const checkAll = checkAllBy(tables);

function examined(chain: Uint8Array, text: string): Result<ExaminedBlock, BlockCode> {
  const bytes = fromBase64url(text);
  if (bytes === undefined) return failure('CODEC_NOT_CANONICAL', 'its bytes are no base64url');
  return examine(chain, bytes, (checks) => checkAll(checks, 'consensus'));
}

parentPort?.on('message', ({ chain, text }: { chain: Uint8Array; text: string }) => {
  parentPort?.postMessage(examined(chain, text));
});
