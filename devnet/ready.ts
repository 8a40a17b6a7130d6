/** Waiting until every node answers `/readyz` with yes. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZtcError } from '../src/common/errors.ts';
import { HOST } from './ports.ts';
import type { NodeProcess } from './processes.ts';

/** Twenty nodes on a small machine; a laptop needs a few seconds for four. */
const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 100;
const REQUEST_TIMEOUT_MS = 2_000;
const LOG_LINES_SHOWN = 10;

/**
 * @throws ZtcError NODE_DIED, NOT_READY with the end of the node's log
 */
export async function untilReady(
  nodes: readonly NodeProcess[],
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (const node of nodes) {
    while (!(await isReady(node))) {
      signal.throwIfAborted();
      const dead = nodes.find(({ ended }) => ended !== undefined);
      if (dead !== undefined) throw await failed('NODE_DIED', dead, dead.ended ?? '');
      if (Date.now() > deadline) throw await failed('NOT_READY', node, 'did not become ready');
      await sleep(POLL_MS, undefined, { signal });
    }
  }
}

async function isReady({ spec }: NodeProcess): Promise<boolean> {
  try {
    const answer = await fetch(`http://${HOST}:${spec.ports.admin}/readyz`, {
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

async function failed(code: string, { spec }: NodeProcess, what: string): Promise<ZtcError> {
  const lines = (await readFile(spec.log, 'utf8').catch(() => '')).trimEnd().split('\n');
  const tail = lines.slice(-LOG_LINES_SHOWN).join('\n');
  return new ZtcError(code, `node ${spec.name} ${what}`, {
    hint: `${spec.log} ends with:\n${tail}`,
  });
}
