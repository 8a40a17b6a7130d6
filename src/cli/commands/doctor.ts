/** `ztc doctor`: why does it not go on, and what can be done? */
import { createClient } from '../../client/client.ts';
import { TransportError } from '../../client/errors.ts';
import { httpTransport } from '../../client/transport.ts';
import { type Finding, type Severity, worstFirst } from '../../common/finding.ts';
import { chainOf } from '../../ledger/genesis.ts';
import { peerIdOf } from '../../ledger/peer-id.ts';
import { defineCommand } from '../command.ts';
import { diskFindings } from '../doctor/disk.ts';
import { machineFindings } from '../doctor/machine.ts';
import { deafFindings, listenersOf, portFindings, reachableHost } from '../doctor/ports.ts';
import { askNode, type RunningNode, readyFindings } from '../doctor/running.ts';
import { exitOf, failureOf, isInOrder, type Section } from '../doctor/section.ts';
import { combineExits, EXIT } from '../exit-codes.ts';
import { configOf, resolveConfig } from '../home/config.ts';
import type { Config } from '../home/config-table.ts';
import { type HomePaths, homePaths } from '../home/home.ts';
import { type LoadedHome, readHome } from '../home/load.ts';
import { RPC_OPTIONS } from '../options.ts';
import { type Io, paint, type Tone } from '../output.ts';
import { rpcUrls } from '../session.ts';

/** What was learnt of a home; parts that can't be read are missing and among the findings. */
interface HomeLook {
  readonly paths: HomePaths;
  readonly config: Config | undefined;
  readonly loaded: LoadedHome | undefined;
  /** The process that runs on it, where that is known. */
  readonly holder: number | undefined;
  readonly sections: Section[];
}

async function lookAtHome(dir: string, io: Io): Promise<HomeLook> {
  const paths = homePaths(dir);
  const wrong: Finding[] = [];
  const noted = (error: unknown): undefined => void wrong.push(failureOf(error));
  const entries = await resolveConfig({ file: paths.config, env: io.env, flags: {} }).catch(noted);
  const warn = (text: string): void => {
    const remedy = 'a key that others can read is no secret: think of replacing it';
    wrong.push({ code: 'KEY_EXPOSED', severity: 'warning', text, remedy });
  };
  const asIs = { dir, genesis: undefined, signatures: [], warn };
  const loaded = await readHome(asIs).catch(noted);
  const { holderOf } = await import('../../node/inspect.ts');
  return {
    paths,
    config: entries && configOf(entries),
    loaded,
    holder: await holderOf(foldersOf(paths)),
    sections: [{ name: 'configuration, genesis and keys', findings: wrong, exit: EXIT.USAGE }],
  };
}

function foldersOf({ chain, consensus }: HomePaths) {
  return { chainDir: chain, consensusDir: consensus };
}

/** What is told by what stands on this machine, whether the node runs or not. */
async function lookAround({ paths, config, loaded, holder, sections }: HomeLook, runs: boolean) {
  if (loaded === undefined) return sections;
  const disk = await diskFindings(paths.dir).catch((error: unknown) => [failureOf(error)]);
  sections.push({ name: 'disk', findings: disk, exit: EXIT.UNEXPECTED });
  if (config !== undefined) {
    const listeners = listenersOf(config);
    const findings = await (runs ? deafFindings : portFindings)(listeners);
    // A node that runs without answering has them itself.
    const own = runs || holder === undefined ? findings : [];
    sections.push({ name: 'ports', findings: own, exit: runs ? EXIT.UNREACHABLE : EXIT.USAGE });
  }
  if (!runs && holder === undefined) {
    const { inspectData } = await import('../../node/inspect.ts');
    const { genesis, validatorKeys } = loaded;
    const chain = chainOf(genesis.genesis);
    const findings = await inspectData(foldersOf(paths), chain, await validatorKeys.read());
    sections.push({ name: 'data', findings, exit: EXIT.UNEXPECTED });
  }
  return sections;
}

/** The node's own word, or that it has none. */
async function lookAtNode(
  urls: readonly string[],
  home: HomeLook | undefined,
  io: Io,
): Promise<{ readonly node: RunningNode | undefined; readonly section: Section }> {
  const section = (findings: readonly Finding[]): Section => {
    return { name: 'the node', findings, exit: EXIT.UNREACHABLE };
  };
  const transport = httpTransport({ urls, retries: 0, fetch: io.fetch });
  try {
    const node = await askNode(createClient({ transport, signal: io.signal }));
    const findings = [...node.findings];
    const own = home?.loaded && peerIdOf(home.loaded.nodeKeys.publicKey);
    if (own !== undefined && own !== node.peerId) {
      const text = `the node at ${urls[0]} has another node key than this home`;
      const remedy = 'give the --rpc of this home’s node, or the --home of that node';
      findings.push({ code: 'OTHER_NODE', severity: 'error', text, remedy });
    }
    return { node, section: section(findings) };
  } catch (error) {
    if (!(error instanceof TransportError))
      return { node: undefined, section: section([failureOf(error)]) };
    return { node: undefined, section: section([silent(urls, home, error)]) };
  }
}

function silent(urls: readonly string[], home: HomeLook | undefined, error: Error): Finding {
  const where = `no node answers at ${urls.join(', ')}`;
  if (home?.holder !== undefined) {
    return {
      code: 'NODE_MUTE',
      severity: 'error',
      text: `${where}, although process ${home.holder} runs on this home`,
      remedy:
        'it is starting, stopping or stuck: see its log, and whether rpc.listen is that address',
    };
  }
  const remedy =
    home === undefined
      ? 'see whether it runs, on its host: ztc doctor --home DIR'
      : `see the other findings and the end of its log, then: ztc start --home ${home.paths.dir}`;
  return { code: 'NOT_RUNNING', severity: 'error', text: `${where}: ${error.message}`, remedy };
}

const NOBODY_ASKED = { node: undefined, section: undefined };

const TONES: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'care', info: 'quiet' };
const INDENT = ' '.repeat('warning  '.length);

function textOf(io: Io, summary: string, findings: readonly Finding[], inOrder: readonly string[]) {
  return [
    ...(findings.length === 0 ? [] : findings.flatMap((finding) => linesOf(io, finding))),
    ...(inOrder.length === 0 ? [] : [`${paint(io, 'good', 'ok')}       ${inOrder.join('; ')}`]),
    summary,
  ];
}

function linesOf(io: Io, { code, severity, text, remedy }: Finding): string[] {
  const word = paint(io, TONES[severity], severity) + ' '.repeat(INDENT.length - severity.length);
  return [`${word}${text} (${code})`, ...(remedy === null ? [] : [`${INDENT}→ ${remedy}`])];
}

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'why a node or its chain does not go on, and what to do about it',
  details: [
    'Asks a running node, and with --home looks at the home too: configuration, genesis, keys,',
    'data, disk, ports, memory. Nothing is changed. Exits 0 when nothing is wrong; 5 where no node',
    'answers, or it is not synced, not voting or without a quorum; 2 where configuration, keys,',
    'genesis or ports are wrong; 1 where the disk or the data are. Warnings alone exit 0.',
  ],
  examples: ['ztc doctor --home acme', 'ztc doctor --rpc http://127.0.0.1:7601 --json'],
  positionals: {},
  options: {
    ...RPC_OPTIONS,
    home: { type: 'string', describe: "the node's home, on this machine", value: 'DIR' },
  },
  async run(args, io) {
    const home = args.home === undefined ? undefined : await lookAtHome(args.home, io);
    const urls = await urlsOf(args.rpc, home, io);
    // Without a configuration that can be read nobody knows where to ask.
    const { node, section } = urls.length === 0 ? NOBODY_ASKED : await lookAtNode(urls, home, io);
    const sections: Section[] = [];
    if (node !== undefined && section !== undefined) sections.push(section);
    if (home !== undefined) {
      sections.push(...(await lookAround(home, node !== undefined)));
      sections.push({ name: 'machine', findings: machineFindings(), exit: EXIT.UNEXPECTED });
    }
    const admin = node && home?.config?.['admin.listen'];
    if (admin !== undefined) {
      const findings = await readyFindings(`http://${hostOf(admin)}`, io.signal);
      sections.push({ name: 'readiness', findings, exit: EXIT.UNREACHABLE });
    }
    // That a node is silent says less than why.
    if (node === undefined && section !== undefined) sections.push(section);
    const findings = worstFirst(sections.flatMap((each) => each.findings));
    const exit = combineExits(sections.map(exitOf));
    const inOrder = sections.filter(isInOrder).map(({ name }) => name);
    const healthy = exit === EXIT.OK;
    const who =
      node === undefined ? undefined : `${node.member ?? 'no member'}, ztc ${node.version}`;
    const verdict = healthy ? 'nothing is wrong' : 'something is wrong';
    const summary = who === undefined ? verdict : `${verdict} (${who}, at height ${node?.height})`;
    const result = {
      healthy,
      summary: node?.summary ?? findings[0]?.text ?? verdict,
      findings: findings.map(({ code, severity, text, remedy }) => ({
        code,
        severity,
        text,
        remedy,
      })),
      inOrder,
      node: node === undefined ? null : withoutFindings(node),
    };
    return { exit, result, text: textOf(io, summary, findings, inOrder) };
  },
});

function withoutFindings({ member, version, peerId, height }: RunningNode) {
  return { member, version, peerId, height };
}

/** An address for everybody is asked at the loopback one. */
function hostOf(listen: string): string {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  const reachable = reachableHost(host.replace(/^\[|\]$/g, ''));
  return `${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

async function urlsOf(rpc: readonly string[] | undefined, home: HomeLook | undefined, io: Io) {
  if (rpc === undefined && home !== undefined) {
    return home.config === undefined ? [] : [`http://${hostOf(home.config['rpc.listen'])}`];
  }
  return rpcUrls(rpc, io);
}
