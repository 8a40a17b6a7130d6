/** What the devnet says: verdicts, the table of its nodes, URLs, and what to try next. */
import path from 'node:path';
import type { Folder } from './folder.ts';
import { PUBLISHER } from './found.ts';
import { ROOT } from './options.ts';
import { HOST } from './ports.ts';
import { type NodeProcess, restartCommand } from './processes.ts';
import type { Verdicts } from './sample.ts';

export function rpcUrl({ spec }: NodeProcess): string {
  return `http://${HOST}:${spec.ports.rpc}`;
}

/** The one line of `--json`. */
export function readyLine(folder: Folder, chain: string, nodes: readonly NodeProcess[]): string {
  const [first] = nodes as readonly [NodeProcess];
  return JSON.stringify({
    ready: true,
    dir: folder.dir,
    chain,
    genesis: folder.genesis,
    feed: feedUrl(first),
    explorer: explorerUrl(first),
    nodes: nodes.map((node) => ({
      name: node.spec.name,
      rpc: rpcUrl(node),
      admin: `http://${HOST}:${node.spec.ports.admin}`,
      p2p: p2pAddress(node),
      home: node.spec.home,
      pid: node.pid,
    })),
    publishers: [{ ...PUBLISHER, key: folder.publisherKey }],
  });
}

/** The same for people. */
export function readyText(
  folder: Folder,
  verdicts: Verdicts,
  nodes: readonly NodeProcess[],
): string {
  const [first] = nodes as readonly [NodeProcess];
  const last = nodes[nodes.length - 1] as NodeProcess;
  const bin = inWords(path.join(ROOT, 'bin', 'ztc'));
  const trust = `ZTC_TRUST=${inWords(folder.trust)}`;
  const sample = inWords(folder.sample);
  return [
    indent(verdicts.notarized),
    indent(verdicts.authenticated),
    '',
    table([
      ['member', 'rpc', 'p2p', 'home', 'pid'],
      ...nodes.map((node) => [
        node.spec.name,
        rpcUrl(node),
        p2pAddress(node),
        inWords(node.spec.home),
        String(node.pid),
      ]),
    ]),
    '',
    `feed      ${feedUrl(first)}`,
    `explorer  ${explorerUrl(first)}`,
    '',
    'try next:',
    `  ${bin} status --rpc ${rpcUrl(first)}`,
    `  ${bin} notarize FILE --rpc ${rpcUrl(first)} --key ${inWords(folder.publisherKey)}`,
    `  ${trust} ${bin} authenticate ${sample} --rpc ${rpcUrl(last)}`,
    `  ${bin} audit replay --rpc ${rpcUrl(last)} --genesis ${inWords(folder.genesis)}`,
    '',
    'Ctrl-C stops all nodes.',
  ].join('\n');
}

/** A node's end, and the way back. */
export function deathText(node: NodeProcess): string {
  return [
    `node ${node.spec.name} (process ${node.pid}) ${node.ended}; its log is ${node.spec.log}`,
    `  restart it with: ${restartCommand(node.spec)}`,
  ].join('\n');
}

function feedUrl(node: NodeProcess): string {
  return `${rpcUrl(node)}/api/v1/events`;
}

function explorerUrl(node: NodeProcess): string {
  return `${rpcUrl(node)}/`;
}

function p2pAddress({ spec }: NodeProcess): string {
  return `/ip4/${HOST}/tcp/${spec.ports.p2p}`;
}

/** Relative to where the reader stands, if that is shorter. */
function inWords(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative !== '' && relative.length < file.length ? relative : file;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] as readonly string[]).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] as string).length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
