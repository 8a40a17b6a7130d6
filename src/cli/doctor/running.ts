/** What a running node says about itself. */
import type { Client } from '../../client/client.ts';
import { RpcError } from '../../client/errors.ts';
import type { Finding } from '../../common/finding.ts';
import { printable } from '../output.ts';
import { failureOf } from './section.ts';

const ANSWER_MS_MAX = 5_000;

export interface RunningNode {
  readonly summary: string | null;
  readonly member: string | null;
  readonly version: string;
  readonly peerId: string;
  readonly height: number;
  readonly findings: readonly Finding[];
}

/** Asks the node; throws TransportError where none answers. */
export async function askNode(client: Client): Promise<RunningNode> {
  const options = { timeoutMs: ANSWER_MS_MAX };
  const { member, version, peerId, height } = await client.call('node_info', {}, options);
  const about = { member, version, peerId, height };
  try {
    const { summary, findings } = await client.call('node_consensus', {}, options);
    const shown = findings.map(({ code, severity, text, remedy }) => ({
      code: printable(code),
      severity,
      text: printable(text),
      remedy: remedy === null ? null : printable(remedy),
    }));
    return { ...about, summary: printable(summary), findings: shown };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const text = `this node can't say how its consensus stands: ${error.message}`;
    const remedy = 'it is of another version: run the ztc doctor of that version';
    return {
      ...about,
      summary: null,
      findings: [{ code: failureOf(error).code, severity: 'warning', text, remedy }],
    };
  }
}

/** What `/readyz?verbose` of the admin listener says; nothing where the node is ready. */
export async function readyFindings(admin: string, signal: AbortSignal): Promise<Finding[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
  try {
    const answer = await fetch(`${admin}/readyz?verbose`, { signal: limit });
    const { checks } = (await answer.json()) as { checks?: unknown };
    if (answer.ok) return [];
    const failed = Object.entries(
      Object(checks) as Record<string, { ok?: unknown; detail?: unknown }>,
    )
      .filter(([, check]) => check?.ok !== true)
      .map(([name, check]) => `${name}: ${String(check?.detail)}`);
    const text = `the node is not ready for clients (${printable(failed.join('; '))})`;
    const remedy = 'load balancers leave it out until it is; the other findings say why';
    return [{ code: 'NOT_READY', severity: 'warning', text, remedy }];
  } catch (error) {
    const text = `the admin listener ${admin} does not answer: ${(error as Error).message}`;
    const remedy = 'see admin.listen and the log of the node';
    return [{ code: 'ADMIN_UNREACHABLE', severity: 'warning', text, remedy }];
  }
}
