/**
 * Everything that is printed goes through here: the result, and nothing else, to standard output;
 * progress, warnings, errors and questions to standard error.
 */
import type { Fetch } from '../client/http.ts';
import type { Json } from '../common/codec/index.ts';
import type { VerdictStatus } from '../ledger/verdict.ts';
import type { DescribedError } from './errors.ts';

/** The process as commands see it; tests pass their own. */
export interface Io {
  stdout(text: string | Uint8Array): void;
  stderr(text: string): void;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  readonly stdinIsTty: boolean;
  /** Standard input as bytes, once. */
  stdin(): AsyncIterable<Uint8Array>;
  readonly env: { readonly [name: string]: string | undefined };
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 UTC by this machine. */
  now(): number;
  /** Requests to nodes, with the token that the command was given. */
  readonly fetch: Fetch;
}

/** What the colours mean; the word itself always says it too. */
export type Tone = 'good' | 'bad' | 'care' | 'quiet' | 'plain';

const ANSI: Readonly<Record<Exclude<Tone, 'plain'>, string>> = {
  good: '32;1',
  bad: '31;1',
  care: '33;1',
  quiet: '2',
};

/** Colours `text` on a terminal, unless NO_COLOR is set (https://no-color.org). */
export function paint(io: Io, tone: Tone, text: string): string {
  if (tone === 'plain' || !io.stdoutIsTty || (io.env.NO_COLOR ?? '') !== '') return text;
  return `\u001b[${ANSI[tone]}m${text}\u001b[0m`;
}

/** The colour of a verdict; UNKNOWN is neutral, it accuses nobody. */
export function toneOf(status: VerdictStatus): Tone {
  switch (status) {
    case 'TRUSTED':
      return 'good';
    case 'UNTRUSTED':
      return 'bad';
    case 'UNSUPPORTED':
      return 'care';
    case 'UNKNOWN':
      return 'plain';
  }
}

/** A warning or note for people; never part of the result. */
export function note(io: Io, text: string): void {
  io.stderr(`ztc: ${text}\n`);
}

/** The JSON document of a result: one line. */
export function resultDocument(schema: string, ok: boolean, result: Json): string {
  return `${JSON.stringify({ schema, ok, result })}\n`;
}

/** The JSON form of an error; also inside `items`. */
export function errorJson(error: DescribedError): { readonly [name: string]: Json } {
  const { code, message, hint, details } = error;
  return { code, message, ...(hint !== undefined && { hint }), ...details };
}

export function errorDocument(schema: string, error: DescribedError): string {
  return `${JSON.stringify({ schema, ok: false, error: errorJson(error) })}\n`;
}

/** How an error is told to people. */
export function errorText(error: DescribedError): string {
  const hint = error.hint === undefined ? '' : `\n  ${error.hint.replaceAll('\n', '\n  ')}`;
  return `ztc: ${error.message} (${error.code})${hint}\n`;
}

/** Removes what could move the cursor or reorder text when names from the ledger are shown. */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    '\ufffd',
  );
}
