/** Options that several commands share, and how their values are read. */
import type { AskedAt } from '../client/at.ts';
import type { OptionSpecs } from './command.ts';
import { usageError } from './errors.ts';

export const RPC_OPTIONS = {
  rpc: {
    type: 'string',
    array: true,
    describe: 'RPC address of a node; more are fallbacks (default: those in the trust file)',
    value: 'URL',
  },
  'token-file': {
    type: 'string',
    describe: 'a file with the token that these nodes want (or the token itself in ZTC_TOKEN)',
    value: 'FILE',
  },
  ca: {
    type: 'string',
    describe: 'certificates (PEM) of authorities to believe for https, beside the usual ones',
    value: 'FILE',
  },
} as const satisfies OptionSpecs;

/** For every command that checks what nodes say. */
export const TRUST_OPTIONS = {
  ...RPC_OPTIONS,
  genesis: {
    type: 'string',
    describe: 'the genesis to trust, as a file or by its fingerprint (default: the trust file)',
    value: 'FILE|HASH',
  },
} as const satisfies OptionSpecs;

/** For commands that read. */
export const READ_OPTIONS = {
  ...TRUST_OPTIONS,
  'min-height': {
    type: 'number',
    describe: 'answer from the state after this block or later (default: where you last wrote)',
    value: 'H',
  },
  'max-age': {
    type: 'string',
    default: '5m',
    describe: 'a certified head older than this is no verdict (STALE)',
    value: 'TIME',
  },
} as const satisfies OptionSpecs;

/** For commands that can look back. */
export const AT_OPTIONS = {
  at: {
    type: 'string',
    env: false,
    describe: 'answer as of this block, or as of the last block that is not later than this time',
    value: 'HEIGHT|TIME',
  },
} as const satisfies OptionSpecs;

export const TIMEOUT_OPTIONS = {
  timeout: {
    type: 'string',
    default: '30s',
    describe: 'wait this long for finality, then exit 6 with the id',
    value: 'TIME',
  },
} as const satisfies OptionSpecs;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A span of time in ms: `500ms`, `30s`, `5m`, `2h`, `1d`; a bare number is seconds. */
export function parseDuration(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
  const ms = Math.round(Number(match?.[1]) * (UNIT_MS[match?.[2] ?? 's'] ?? Number.NaN));
  if (Number.isSafeInteger(ms)) return ms;
  throw usageError(`--${option} ${text} is no span of time: write 30s, 5m or 2h`);
}

/** A height, or a time as RFC 3339. @throws CliError USAGE */
export function parseAt(text: string | undefined, option = 'at'): AskedAt | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return { height: Number(text) };
  const time = /^\d{4}-\d{2}-\d{2}(T.+(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(time)) return { time };
  throw usageError(
    `--${option} ${text} is no height and no time: write 1234 or 2026-11-24T12:00:00Z`,
  );
}

/** A height or revision. */
export function parseCount(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw usageError(`--${option} takes an integer from 0 on`);
}

/** The text as an address that fetch takes. */
export function parseUrl(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw usageError(`${option} ${text} is no address: write http://HOST:PORT or https://HOST`);
  }
  return url.href;
}

const LOOPBACK_HOST = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether an address can only be this machine. */
export function isLoopback(url: string): boolean {
  return LOOPBACK_HOST.test(new URL(url).hostname);
}
