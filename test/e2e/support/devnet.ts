/** The devnet as its users start it, and its answers. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { alsoKill, Running, type SpawnOptions, spawnScript, until } from './processes.ts';

/** The line that `--json` prints. */
export interface Ready {
  readonly ready: true;
  readonly dir: string;
  readonly chain: string;
  readonly genesis: string;
  readonly feed: string;
  readonly explorer: string;
  readonly nodes: readonly DevnetNode[];
  readonly publishers: readonly {
    readonly id: string;
    readonly name: string;
    readonly key: string;
  }[];
}

export interface DevnetNode {
  readonly name: string;
  readonly rpc: string;
  readonly admin: string;
  readonly p2p: string;
  readonly home: string;
  readonly pid: number;
}

/** Starts the devnet and waits for its line. */
export async function startDevnet(
  words: readonly string[],
  options: SpawnOptions = {},
): Promise<{ readonly devnet: Running; readonly ready: Ready }> {
  const devnet = spawnScript('devnet/main.ts', ['--json', ...words], options);
  return { devnet, ready: await readyOf(devnet) };
}

export async function readyOf(devnet: Running): Promise<Ready> {
  const line = await until('the ready line of the devnet', () => {
    if (devnet.ended !== undefined) throw new Error(`the devnet ended\n${devnet.tail()}`);
    return devnet.stdout.split('\n').find((each) => each.startsWith('{') && each.endsWith('}'));
  });
  const ready = JSON.parse(line) as Ready;
  alsoKill(ready.nodes.map(({ pid }) => pid));
  return ready;
}

/** The command that the devnet printed for a node that died, as words for a shell. */
export async function printedRestart(devnet: Running, pid: number): Promise<string> {
  const pattern = new RegExp(`process ${pid}\\)[^\\n]*\\n\\s*restart it with: ([^\\n]+)`);
  return until(`the restart command for process ${pid}`, () => pattern.exec(devnet.stderr)?.[1]);
}

/** Starts a node by the command that the devnet printed. */
export function restart(command: string): Running {
  return new Running(command, 'sh', ['-c', `exec ${command}`]);
}

/** Is `/readyz` of the node good? */
export async function isReady(admin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${admin}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}

/** The sum of a counter over all its labels that fit. */
export async function metric(admin: string, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** The end of a node's log, for a failed test. */
export async function logTail(home: string): Promise<string> {
  const text = await readFile(path.join(home, 'node.log'), 'utf8').catch(() => '');
  return `--- ${home}\n${text.split('\n').slice(-10).join('\n')}`;
}

/** A plain JSON-RPC call; the answer's `result`, or the error thrown. */
// biome-ignore lint/suspicious/noExplicitAny: every method has another result
export async function rpc(url: string, method: string, params: object = {}): Promise<any> {
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = (await response.json()) as { result?: unknown; error?: unknown };
  if (answer.error !== undefined) throw new Error(JSON.stringify(answer.error));
  return answer.result;
}
