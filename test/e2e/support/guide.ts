/** The console blocks of a guide, to be run as they stand there and held against what is shown. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cleanEnvironment, ROOT, Running, within } from './processes.ts';

export interface Step {
  /** As a shell takes it, of one line. */
  readonly command: string;
  readonly output: string;
}

/** The steps between two headings of a page in docs/; the second one is left out. */
export function stepsOf(page: string, from: string, to: string): Step[] {
  const text = readFileSync(path.join(ROOT, 'docs', page), 'utf8');
  const [start, end] = [text.indexOf(`\n${from}\n`), text.indexOf(`\n${to}\n`)];
  assert.ok(start >= 0 && end > start, `${page} has ${from} and then ${to}`);
  const blocks = [...text.slice(start, end).matchAll(/^```console\n([\s\S]*?)^```/gm)];
  return blocks.flatMap(([, body]) =>
    (body as string)
      .replaceAll(/\\\n\s*/g, '')
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const line = step.indexOf('\n');
        return { command: step.slice(0, line), output: step.slice(line + 1) };
      }),
  );
}

/** What stays the same however often it is run: words, order and lines; no key, hash or number. */
export function shapeOf(text: string): string {
  return text
    .replaceAll(/ed25519:[\w-]{43}/g, 'KEY')
    .replaceAll(/\b12D3KooW\w{44}\b/g, 'PEER')
    .replaceAll(/\b(0x|sha256:)?[0-9a-f]{64}\b/g, 'HASH')
    .replaceAll(/"[\w-]{80,}"/g, '"BYTES"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\d+/g, 'N')
    .trimEnd();
}

/** The ports of a page, by those that are free here. */
export type Ports = (text: string) => string;

export interface Shell {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ports: Ports;
}

/** A shell in a folder, where `ztc` is the one of this clone. */
export async function shellIn(dir: string, trust: string, ports: Ports): Promise<Shell> {
  const bin = path.join(dir, 'bin');
  await mkdir(bin, { recursive: true });
  const main = path.join(ROOT, 'src/cli/main.ts');
  const node = `exec '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' "$@"`;
  await writeFile(path.join(bin, 'ztc'), `#!/bin/sh\n${node}\n`);
  await chmod(path.join(bin, 'ztc'), 0o755);
  const env = cleanEnvironment({ PATH: `${bin}:${process.env.PATH}`, ZTC_TRUST: trust });
  return { cwd: dir, env, ports };
}

/**
 * Runs a step and compares its output in shape; one that ends with & goes on beside.
 *
 * @returns what it said
 */
export async function follow({ command, output }: Step, shell: Shell): Promise<string> {
  const { cwd, env, ports } = shell;
  const beside = / &$/.exec(command);
  const line = ports(beside ? `exec ${command.slice(0, beside.index)}` : command);
  const running = new Running(command, 'sh', ['-c', line], { cwd, env });
  if (beside) return '';
  await within(command, running.exit);
  const real = `${running.stdout}${running.stderr}`;
  assert.equal(shapeOf(real), shapeOf(output), `${command}\n${real}`);
  return real;
}
