/** The command line in this process: the same code as `ztc`, without a process for every call. */
import { COMMANDS, GROUPS } from '../../../src/cli/commands.ts';
import { runCli } from '../../../src/cli/run.ts';

export interface CliAnswer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ztc` with these words; `env` is all of its environment. */
export async function ztc(
  words: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<CliAnswer> {
  let stdout = '';
  let stderr = '';
  const io = {
    stdout: (text: string | Uint8Array) => {
      stdout += typeof text === 'string' ? text : Buffer.from(text).toString();
    },
    stderr: (text: string) => {
      stderr += text;
    },
    stdoutIsTty: false,
    stderrIsTty: false,
    stdinIsTty: false,
    stdin: async function* () {},
    env,
    signal: new AbortController().signal,
    now: () => Date.now(),
    fetch: globalThis.fetch,
  };
  const exit = await runCli(words, io, { commands: COMMANDS, groups: GROUPS, version: 'test' });
  return { exit, stdout, stderr };
}

/** The `result` of a command's JSON document; fails with what it said where there is none. */
// biome-ignore lint/suspicious/noExplicitAny: every command has another result
export function resultOf(answer: CliAnswer): any {
  const document = JSON.parse(answer.stdout || '{}') as { readonly result?: unknown };
  if (document.result !== undefined) return document.result;
  throw new Error(`no result, exit ${answer.exit}: ${answer.stdout}${answer.stderr}`);
}
