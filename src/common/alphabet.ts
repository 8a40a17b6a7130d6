/** Alphabets in which bytes are written as text. */

/** RFC 4648 section 5. */
export const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Stands for a character outside the alphabet. */
export const NO_VALUE = 0xff;

/** The value of each character of an alphabet by its (ASCII) code. */
export function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(NO_VALUE);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
}
