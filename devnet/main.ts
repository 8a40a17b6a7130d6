/**
 * `npm run devnet`: member nodes on this machine, each a process of its own with its own keys and
 * data, founded by the genesis ceremony's own functions. Stays until Ctrl-C; nodes that die are
 * reported, never restarted.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { describeError } from '../src/cli/errors.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { errorText } from '../src/cli/output.ts';
import { type Folder, folderAt, newFolder, openFolder, writeMarker } from './folder.ts';
import { found, moveTo } from './found.ts';
import {
  DEFAULT_BASE_PORT,
  DEFAULT_MEMBERS,
  type DevnetOptions,
  MEMBER_NAMES,
  parseOptions,
  quietNote,
} from './options.ts';
import { type NodePorts, portsOf, requireFree } from './ports.ts';
import { NodeProcess } from './processes.ts';
import { untilReady } from './ready.ts';
import { deathText, readyLine, readyText, rpcUrl } from './report.ts';
import { proveSample } from './sample.ts';

/** The file is notarized through the first node and authenticated through the third. */
const READER_INDEX = 2;

/** Founds a chain, or prepares the one that is there; nothing is touched before ports are free. */
async function prepare(
  folder: Folder,
  options: DevnetOptions,
): Promise<ReadonlyMap<string, NodePorts>> {
  const marker = await openFolder(folder, options);
  const members = marker?.members ?? options.members ?? DEFAULT_MEMBERS;
  const basePort = options.basePort ?? marker?.basePort ?? DEFAULT_BASE_PORT;
  const names = MEMBER_NAMES.slice(0, members);
  const nodes = new Map<string, NodePorts>(names.map((name, i) => [name, portsOf(basePort, i)]));
  await requireFree(nodes);
  if (marker === undefined) {
    await newFolder(folder, members, basePort);
    await found(folder, nodes);
  } else if (marker.basePort !== basePort) {
    await moveTo(folder, nodes);
    await writeMarker(folder, members, basePort);
  }
  await writeFile(folder.pid, `${process.pid}\n`);
  return nodes;
}

/** Starts all, proves that it works, says so, and waits for the signal. */
async function run(
  folder: Folder,
  options: DevnetOptions,
  nodes: readonly NodeProcess[],
  signal: AbortSignal,
): Promise<void> {
  const say = (text: string): void => {
    if (!options.quiet) (options.json ? process.stderr : process.stdout).write(`${text}\n`);
  };
  say(`waiting for ${nodes.length} nodes in ${folder.dir} …`);
  await untilReady(nodes, signal);
  const write = rpcUrl(nodes[0] as NodeProcess);
  const read = rpcUrl(nodes[Math.min(READER_INDEX, nodes.length - 1)] as NodeProcess);
  const verdicts = await proveSample({ folder, write, read, signal });
  say(readyText(folder, verdicts, nodes));
  if (options.json) {
    const { chain } = JSON.parse(await readFile(folder.genesis, 'utf8')) as { chain: string };
    process.stdout.write(`${readyLine(folder, chain, nodes)}\n`);
  }
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}

async function main(): Promise<number> {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => interrupt.abort());
  }
  const nodes: NodeProcess[] = [];
  let folder: Folder | undefined;
  try {
    const options = parseOptions(process.argv.slice(2), process.env, process.cwd());
    const note = quietNote(options, process.env);
    if (note !== undefined) process.stderr.write(`${note}\n`);
    const place = folderAt(options.dir);
    const specs = await prepare(place, options);
    folder = place;
    for (const [name, ports] of specs) {
      const spec = { name, home: place.home(name), log: place.log(name), ports };
      nodes.push(new NodeProcess(spec, (node) => process.stderr.write(`${deathText(node)}\n`)));
    }
    await run(place, options, nodes, interrupt.signal);
    return EXIT.OK;
  } catch (error) {
    if (interrupt.signal.aborted) return EXIT.INTERRUPTED;
    const described = describeError(error);
    process.stderr.write(errorText(described).replace(/^ztc: /, 'devnet: '));
    return described.exit;
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    if (folder !== undefined) await rm(folder.pid, { force: true });
  }
}

process.exit(await main());
