/** `ztc status`: how a node and its chain stand. */

import { readFeed } from '../../client/events.ts';
import { hashText } from '../../client/views.ts';
import { DELAYED_HEARTBEATS } from '../../ledger/parameters.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { feedLine } from '../feed-lines.ts';
import { changingText } from '../members/membership.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { type Io, paint, printable } from '../output.ts';
import { openSession, type Session } from '../session.ts';

/** Prints what becomes final, until Ctrl-C. */
async function watch(session: Session, io: Io): Promise<void> {
  const [url = ''] = session.client.transport.urls;
  for await (const event of readFeed({ url, signal: io.signal, fetch: io.fetch })) {
    const line = feedLine(event);
    if (line !== undefined) io.stdout(`${line}\n`);
  }
  throw new CliError('INTERRUPTED', 'interrupted');
}

/** What of something is kept. */
function keptText({ oldest, blocks }: { oldest: number; blocks: number | null }): string {
  if (oldest === 0 && blocks === null) return 'all';
  return `from ${oldest} on (${blocks === null ? 'all' : `the last ${blocks}`} to be kept)`;
}

export const status = defineCommand({
  name: 'status',
  summary: 'the chain, its newest block, and how the node stands',
  details: [
    'Exits 5 while the node is syncing or its head is delayed. --watch goes on with a line for',
    'every block, statement and record; programs read /api/v1/events of the node instead.',
  ],
  examples: ['ztc status --rpc http://127.0.0.1:7601'],
  positionals: {},
  options: {
    watch: { type: 'boolean', env: false, describe: 'go on with what becomes final, until Ctrl-C' },
    ...TRUST_OPTIONS,
  },
  async run(args, io) {
    if (args.watch === true && args.json === true) {
      throw usageError('--watch prints lines, not a document', 'programs read /api/v1/events');
    }
    const session = await openSession(args, io);
    const { status: chain, origin, client } = session;
    const node = await client.call('node_info', {});
    const validators = await client.call('chain_validators', {});
    const changing = validators === null ? [] : changingText(validators);
    const { head, heartbeatMs, syncing } = chain;
    const ageMs = Math.max(0, io.now() - Date.parse(head.time));
    const state = node.consensus.diverged
      ? 'diverged'
      : syncing
        ? 'syncing'
        : ageMs > DELAYED_HEARTBEATS * heartbeatMs
          ? 'delayed'
          : 'live';
    const { member, role, version, peerId, startedAt, retained, consensus } = node;
    const shownNode = { member, role, version, peerId, startedAt, retained };
    const { limits: _limits, ...shownChain } = chain;
    const good = state === 'live';
    const whose = printable(member ?? 'no member');
    const text = [
      `${paint(io, good ? 'good' : 'care', state)}  ${printable(chain.name)}`,
      `chain      ${hashText(session.chain)} (${origin})`,
      `head       ${head.height}, ${head.time}, ${Math.round(ageMs / 1000)} s ago`,
      `members    ${chain.members}`,
      `quorum     ${chain.quorum} of ${chain.validators} validators`,
      ...changing.map((line) => `changing   ${printable(line)}`),
      `node       ${whose}, ${printable(role)}, ztc ${printable(version)}`,
      `keeps      states ${keptText(retained.states)}, blocks ${keptText(retained.blocks)}`,
      `consensus  epoch ${consensus.epoch}, view ${consensus.view}, ` +
        `${consensus.voting ? 'voting' : 'not voting'}`,
    ];
    if (args.watch === true) {
      io.stdout(`${text.join('\n')}\n`);
      await watch(session, io);
    }
    return {
      exit: good ? EXIT.OK : EXIT.UNREACHABLE,
      result: { state, ageMs, ...shownChain, changing, trust: origin, node: shownNode, consensus },
      text,
    };
  },
});
