/** Comparing the heads of several nodes, by finalizations alone: a conflict is a fork. */
import path from 'node:path';
import { type Client, createClient } from '../client/client.ts';
import { ForkError, lightStep } from '../client/light.ts';
import { httpTransport } from '../client/transport.ts';
import { timeText } from '../client/views.ts';
import type { Json } from '../common/codec/index.ts';
import type { Advanced, Checkpoint } from '../ledger/light-client.ts';
import type { OptionSpecs } from './command.ts';
import { CliError, type DescribedError, describeError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { replaceFile } from './home/files.ts';
import { errorJson, type Io, printable } from './output.ts';
import type { Session } from './session.ts';

export const EVIDENCE_OPTIONS = {
  'evidence-dir': { type: 'string', default: '.', describe: 'where a fork is kept', value: 'DIR' },
} as const satisfies OptionSpecs;

/** A client for each node, which asks nobody else. */
export function clientsOf(session: Session, io: Io): readonly Client[] {
  return session.client.transport.urls.map((url) =>
    createClient({
      transport: httpTransport({ urls: [url], retries: 0, fetch: io.fetch }),
      signal: io.signal,
    }),
  );
}

/** What one node showed in a round. */
export interface NodeRound {
  readonly url: string;
  readonly step: Advanced | undefined;
  /** Why there is no step, unless the node is only behind. */
  readonly error: DescribedError | undefined;
}

/**
 * Asks all nodes: each from the newest checkpoint that the ones before it proved; then those that
 * are behind for where they are, and the newest one whether that belongs to its chain. So all heads
 * are compared.
 *
 * @throws CliError FORK, with the evidence saved
 */
export async function compareHeads(
  clients: readonly Client[],
  from: Checkpoint,
  start: Checkpoint,
  evidenceDir: string,
): Promise<readonly NodeRound[]> {
  const ahead = new Map<Client, NodeRound>();
  let best: { readonly client: Client | undefined; readonly checkpoint: Checkpoint };
  best = { client: undefined, checkpoint: from };
  for (const client of clients) {
    const { checkpoint } = best;
    const round = await tried(client, evidenceDir, () => lightStep(client, checkpoint));
    if (round.step !== undefined) best = { client, checkpoint: round.step.checkpoint };
    if (round.step !== undefined || round.error !== undefined) ahead.set(client, round);
  }
  const round: NodeRound[] = [];
  for (const client of clients) {
    const behind = (): Promise<Advanced | undefined> =>
      compareBehind(client, [from, start], best.client);
    round.push(ahead.get(client) ?? (await tried(client, evidenceDir, behind)));
  }
  return round;
}

/** Where a node stands that is behind, once the newest one has shown the same block there. */
async function compareBehind(
  client: Client,
  starts: readonly Checkpoint[],
  newest: Client | undefined,
): Promise<Advanced | undefined> {
  for (const start of starts) {
    const step = await lightStep(client, start);
    if (step === undefined) continue;
    if (newest !== undefined) await lightStep(newest, step.checkpoint);
    return step;
  }
  return undefined;
}

async function tried(
  client: Client,
  evidenceDir: string,
  step: () => Promise<Advanced | undefined>,
): Promise<NodeRound> {
  const url = client.transport.urls[0] as string;
  try {
    return { url, step: await step(), error: undefined };
  } catch (error) {
    if (error instanceof ForkError) throw await kept(error, evidenceDir);
    return { url, step: undefined, error: describeError(error) };
  }
}

async function kept(error: ForkError, dir: string): Promise<CliError> {
  const file = path.join(dir, error.fileName);
  await replaceFile(file, error.text);
  return new CliError('FORK', error.message, {
    hint: `${error.hint}\nthe evidence: ${file}`,
    details: { evidence: file },
    cause: error,
  });
}

/** What a node showed, for people. */
export function nodeText({ url, step, error }: NodeRound): string {
  if (error !== undefined) return `${printable(url)}: ${error.message} (${error.code})`;
  if (step === undefined) return `${printable(url)}: behind`;
  return `${printable(url)}: height ${step.header.height}, ${timeText(step.header.time)}`;
}

/** What a node showed, for programs. */
export function nodeJson({ url, step, error }: NodeRound): Json {
  return {
    url,
    height: step?.header.height ?? null,
    time: step === undefined ? null : timeText(step.header.time),
    ...(error !== undefined && { error: errorJson(error) }),
  };
}

/** PROOF_INVALID where a node lied about its head; a silent one proves nothing. */
export function exitOfHeads(round: readonly NodeRound[]): ExitCode {
  return round.find(({ error }) => error?.exit === EXIT.PROOF_INVALID)?.error?.exit ?? EXIT.OK;
}
