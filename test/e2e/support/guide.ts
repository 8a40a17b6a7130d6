/**
 * The console blocks of a guide, run as they stand there in one shell and held against what is
 * shown. `ZTC_WRITE_DOCS=1` writes what they really said into the page in its place.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PORTS } from './found.ts';
import { cleanEnvironment, ROOT, Running, until } from './processes.ts';

const WRITES = process.env.ZTC_WRITE_DOCS === '1';
const END = '=== end of the step ===';

export interface Step {
  readonly page: string;
  /** As it stands in the page, from `$ ` to the next one. */
  readonly text: string;
  /** Where that is. */
  readonly at: number;
}

const fileOf = (page: string): string => path.join(ROOT, 'docs', page);

/** The steps from a heading of a page in docs/ to another one, which is left out, or to its end. */
export function stepsOf(page: string, from: string, to?: string): Step[] {
  const text = readFileSync(fileOf(page), 'utf8');
  const start = text.indexOf(`\n${from}\n`);
  const end = to === undefined ? text.length : text.indexOf(`\n${to}\n`);
  assert.ok(start >= 0 && end > start, `${page} has ${from} and then ${to}`);
  const blocks = [...text.slice(start, end).matchAll(/(?<=^```console\n)[\s\S]*?(?=^```)/gm)];
  return blocks.flatMap(({ 0: body, index }) =>
    [...body.matchAll(/^\$ [\s\S]*?(?=^\$ |(?![\s\S]))/gm)].map((step) => {
      return { page, text: step[0], at: start + index + step.index };
    }),
  );
}

/** Its lines: those that end with a backslash go on. */
function partsOf({ text }: Step): { readonly command: string; readonly output: string } {
  const [command = ''] = /^\$ (.*\\\n)*.*\n/.exec(text) ?? [];
  return { command: command.slice(2, -1), output: text.slice(command.length) };
}

/** What stays the same however often it is run: words, order and lines; no key, hash or number. */
export function shapeOf(text: string): string {
  return text
    .replaceAll(/ed25519:[\w-]{43}/g, 'KEY')
    .replaceAll(/\b12D3KooW\w{44}\b/g, 'PEER')
    .replaceAll(/\b(0x|sha256:)?[0-9a-fA-F]{64}\b/g, 'HASH')
    .replaceAll(/\b[0-9A-F]{40}\b/g, 'PRINT')
    .replaceAll(/"[\w-]{80,}"/g, '"BYTES"')
    .replaceAll(/retired-[0-9a-f]+/g, 'retired-KEY')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\d+/g, 'N')
    .trimEnd();
}

/** What stands in pages for what is there in a run, such as ports; both ways. */
export interface Stand {
  readonly real: (text: string) => string;
  readonly page: (text: string) => string;
}

/** In the guides a member has ten ports, from 7700 on; what else there is comes from 7797 on. */
const GUIDE_PORT = /\b77(\d)(\d)\b/g;
const OTHER_PORT_FROM = 7797;

/**
 * The ports of a run: those of `members` hosts, one after the other from `from` on, and then of
 * `others` that the guide has beside them.
 */
export function portsStand(from: number, members: number, others = 0): Stand {
  const ofHosts = PORTS * members;
  const real = (text: string): string =>
    text.replaceAll(GUIDE_PORT, (whole, member, port) => {
      const other = Number(whole) - OTHER_PORT_FROM;
      return String(from + (other >= 0 ? ofHosts + other : PORTS * +member + +port));
    });
  const page = (text: string): string =>
    text.replaceAll(/\b\d{4,5}\b/g, (whole) => {
      const at = Number(whole) - from;
      if (at < 0 || at >= ofHosts + others) return whole;
      return at >= ofHosts
        ? String(OTHER_PORT_FROM + at - ofHosts)
        : `77${Math.floor(at / PORTS)}${at % PORTS}`;
    });
  return { real, page };
}

/** What a page has to be from now on. */
const rewritten = new Map<string, { readonly step: Step; readonly text: string }[]>();

/** One shell, whose variables and folder stay from step to step; `ztc` is the one of this clone. */
export class Shell {
  readonly #sh: Running;
  readonly #env: NodeJS.ProcessEnv;
  readonly #stand: Stand;
  readonly #dir: string;

  private constructor(dir: string, env: NodeJS.ProcessEnv, stand: Stand) {
    this.#dir = dir;
    this.#env = env;
    this.#stand = stand;
    this.#sh = new Running('the shell', 'sh', [], { cwd: dir, env });
  }

  static async in(dir: string, variables: NodeJS.ProcessEnv, stand: Stand): Promise<Shell> {
    const bin = path.join(dir, 'bin');
    await mkdir(bin, { recursive: true });
    const main = path.join(ROOT, 'src/cli/main.ts');
    const node = `exec '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' "$@"`;
    await writeFile(path.join(bin, 'ztc'), `#!/bin/sh\n${node}\n`);
    await chmod(path.join(bin, 'ztc'), 0o755);
    const env = cleanEnvironment({ PATH: `${bin}:${process.env.PATH}`, ...variables });
    return new Shell(dir, env, stand);
  }

  /**
   * Runs a step and compares its output in shape; one that ends with & goes on beside.
   *
   * @param values what is another one in each run, as the page has it, and as it is
   * @returns what it said
   */
  async follow(
    step: Step,
    cwd: string = this.#dir,
    values: readonly (readonly [page: string | RegExp, real: string])[] = [],
  ): Promise<string> {
    const { command: shown, output } = partsOf(step);
    const command = values.reduce((text, [page, real]) => text.replace(page, real), shown);
    const line = this.#stand.real(command.replaceAll(/\\\n\s*/g, ''));
    const beside = / &$/.exec(line);
    if (beside) {
      const words = ['-c', `exec ${line.slice(0, beside.index)}`];
      new Running(command, 'sh', words, { cwd, env: this.#env });
      return '';
    }
    const said = await this.#run(`cd '${cwd}' && {\n${line}\n}`, command);
    const text = `$ ${command}\n${this.#stand.page(said)}`;
    const all = rewritten.get(step.page) ?? [];
    rewritten.set(step.page, [...all, { step, text }]);
    if (!WRITES) assert.equal(shapeOf(said), shapeOf(output), `${command}\n${said}`);
    return said;
  }

  async #run(line: string, name: string): Promise<string> {
    const from = this.#sh.stdout.length;
    this.#sh.child.stdin?.write(`${line} 2>&1 </dev/null\nprintf '\\n%s\\n' '${END}'\n`);
    const ended = (): number => this.#sh.stdout.indexOf(`\n${END}\n`, from);
    await until(name, () => {
      if (this.#sh.ended !== undefined) throw new Error(this.#sh.tail());
      return ended() >= 0;
    });
    return this.#sh.stdout.slice(from, ended());
  }
}

/** Puts what was really said into the pages, where that is asked for. */
export function writePages(): void {
  if (!WRITES) return;
  for (const [page, all] of rewritten) {
    let text = readFileSync(fileOf(page), 'utf8');
    for (const { step, text: real } of all.toSorted((a, b) => b.step.at - a.step.at)) {
      assert.equal(text.slice(step.at, step.at + step.text.length), step.text);
      const lines = real.endsWith('\n') ? real : `${real}\n`;
      text = text.slice(0, step.at) + lines + text.slice(step.at + step.text.length);
    }
    writeFileSync(fileOf(page), text);
  }
}
