/**
 * Telling a program of an event: one POST of JSON, again until it is taken. Headers and signature
 * are those of Standard Webhooks (https://www.standardwebhooks.com): `webhook-id` is the event's,
 * the same each time it is sent; `webhook-signature` is HMAC-SHA-256 over id, timestamp and body.
 */
import { createHmac } from 'node:crypto';
import { pause } from '../../client/pause.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readText } from '../home/files.ts';

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;
/** For one try. */
const TIMEOUT_MS = 10_000;
const SECRET_PREFIX = 'whsec_';
/** Less is guessed. */
const SECRET_BYTES_MIN = 16;

export interface WebhookOptions {
  readonly url: string;
  readonly secret: Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Hears of a try that failed and how long it is waited. */
  readonly onRetry: (why: string, waitMs: number) => void;
}

/** `whsec_` and base64, or the text itself. @throws CliError INPUT_UNREADABLE, WEBHOOK_SECRET */
export async function readSecret(file: string): Promise<Uint8Array> {
  const text = (await readText(file)).trim();
  const secret = text.startsWith(SECRET_PREFIX)
    ? Buffer.from(text.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(text);
  if (secret.length >= SECRET_BYTES_MIN) return secret;
  throw new CliError(
    'WEBHOOK_SECRET',
    `${file} holds less than ${SECRET_BYTES_MIN} bytes of secret`,
    {
      hint: `make one: (printf ${SECRET_PREFIX}; head -c 32 /dev/urandom | base64) > ${file}`,
      exit: EXIT.USAGE,
    },
  );
}

/** Sends until it is taken (any 2xx); false: it was interrupted before. */
export async function deliver(options: WebhookOptions, id: string, body: string): Promise<boolean> {
  const { signal, onRetry } = options;
  for (let wait = RETRY_MS; !signal.aborted; wait = Math.min(2 * wait, RETRY_MS_MAX)) {
    const failed = await attempt(options, id, body);
    if (failed === undefined) return true;
    if (signal.aborted) break;
    const waitMs = Math.min(RETRY_MS_MAX, Math.max(wait, failed.askedMs));
    onRetry(failed.why, waitMs);
    await pause(waitMs, signal);
  }
  return false;
}

/** Why it was not taken, and how long the other side asks to be left alone. */
async function attempt(
  { url, secret, signal, now }: WebhookOptions,
  id: string,
  body: string,
): Promise<{ readonly why: string; readonly askedMs: number } | undefined> {
  const timestamp = String(Math.floor(now() / 1000));
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(secret && { 'webhook-signature': signatureOf(secret, id, timestamp, body) }),
  };
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    // Not followed: a redirect would take the event to an address that nobody named.
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: limited,
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const asked = Number(response.headers.get('retry-after') ?? 0) * 1000;
    const askedMs = Number.isFinite(asked) ? asked : 0;
    return { why: `HTTP ${response.status}`, askedMs };
  } catch (error) {
    const { message, cause } = error as Error & { readonly cause?: { readonly code?: string } };
    return { why: cause?.code ?? message, askedMs: 0 };
  }
}

export function signatureOf(
  secret: Uint8Array,
  id: string,
  timestamp: string,
  body: string,
): string {
  const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`);
  return `v1,${mac.digest('base64')}`;
}
