/** Reading back what this node wrote itself: anything unexpected is damage, not input. */
import { decode, type Schema } from '../../common/codec/index.ts';
import { ZtcError } from '../../common/errors.ts';

/** Decodes a stored value; throws `ZtcError` DATABASE_CORRUPT where it is not `what`. */
export function readStored<T>(schema: Schema<T>, bytes: Uint8Array, what: string): T {
  const decoded = decode(schema, bytes, bytes.length);
  if (decoded.ok) return decoded.value;
  throw new ZtcError('DATABASE_CORRUPT', `${what} is damaged in the database`, {
    hint: 'remove the data folder of this node and let it synchronize again',
    cause: new Error(decoded.message),
  });
}
