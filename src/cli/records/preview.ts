/** A record's value in one line. */
import { fromUtf8 } from '../../common/bytes.ts';
import { printable } from '../output.ts';

const PREVIEW_LENGTH = 60;

export function preview(value: Uint8Array): string {
  const text = fromUtf8(value);
  if (text === undefined) return `(${value.length} bytes)`;
  const line = printable(text);
  return line.length > PREVIEW_LENGTH ? `${line.slice(0, PREVIEW_LENGTH)}…` : line;
}
