/** Reading back what this node wrote itself: anything unexpected is damage, not input. */
import { decode, type Schema } from '../../common/codec/index.ts';
import { ZtcError } from '../../common/errors.ts';

/** Decodes a stored value; throws `ZtcError` DATABASE_CORRUPT where it is not `what`. */
export function readStored<T>(schema: Schema<T>, bytes: Uint8Array, what: string): T {
  const decoded = decode(schema, bytes, bytes.length);
  if (decoded.ok) return decoded.value;
  throw corrupt(`${what} is damaged`, new Error(decoded.message));
}

/** The database lost or changed something; the record of votes is elsewhere, and has to stay. */
export function corrupt(what: string, cause?: unknown): ZtcError {
  return new ZtcError('DATABASE_CORRUPT', `${what} in the database`, {
    hint:
      'check the disk, then move data/chain away (never data/consensus) and start again: the ' +
      'node fetches the chain from its peers',
    cause,
  });
}
