/** Whether what a user wants to write can be written at all. */
import { encode, type Schema } from '../common/codec/index.ts';
import { Refusal } from '../common/codec/refusal.ts';
import { usageError } from './errors.ts';

/** Gives `value` back if it fits its schema. @throws CliError USAGE, saying what does not fit */
export function writable<T>(schema: Schema<T>, value: T, what: string): T {
  try {
    encode(schema, value);
    return value;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const where = error.path === '' ? '' : `${error.path}: `;
    throw usageError(`${what} can't be recorded: ${where}${error.what}`);
  }
}
