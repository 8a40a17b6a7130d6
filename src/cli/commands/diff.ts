/** `ztc diff`: what changed in the state between two heights, proven at both. */
import type { AskedAt } from '../../client/at.ts';
import { diffState, type StateChange, type StateDiff } from '../../client/diff.ts';
import type { ReadProof } from '../../client/proof.ts';
import { timeText } from '../../client/views.ts';
import type { Json } from '../../common/codec/index.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { parseAt, READ_OPTIONS } from '../options.ts';
import { type Io, note, paint, printable } from '../output.ts';
import { openSession, type Session } from '../session.ts';
import { stateEntry } from '../state-entry.ts';

/** More is for programs that read page by page: `diffState` in src/client. */
const CHANGES_MAX = 10_000;

export const diff = defineCommand({
  name: 'diff',
  summary: 'what changed in the state between two heights or times, proven at both',
  details: [
    'PREFIX is a key of the state or the beginning of some: record/NAMESPACE/[KEY…],',
    'publisher/[ID…], member/[ID…], chain/; or one list, of which the new items are shown:',
    'publisher-acts/ID, asset/sha256:HEX, revisions/NAMESPACE/KEY. The values at both heights are',
    'proven, and so is that nothing is missing: the keys come from the lists in state.',
  ],
  examples: [
    'ztc diff record/acme/builds/ --from 1200 --to 1300',
    'ztc diff publisher-acts/acme --from 2026-11-01T00:00:00Z',
  ],
  positionals: {
    prefix: { describe: 'beginning of the keys to compare', type: 'string', demandOption: true },
  },
  options: {
    from: { type: 'string', env: false, describe: 'the earlier state', value: 'HEIGHT|TIME' },
    to: {
      type: 'string',
      env: false,
      describe: 'the later state (default: the newest)',
      value: 'HEIGHT|TIME',
    },
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { prefix } = args;
    if (args.from === undefined) throw usageError('since when? give --from HEIGHT|TIME');
    const [from, to] = [parseAt(args.from, 'from') as AskedAt, parseAt(args.to, 'to')];
    const session = await openSession(args, io);
    const found = await diffState(session.client, { prefix, from, to }, session.proof);
    await session.remember({ head: found.to.view.head });
    const { changes, complete } = await collect(found);
    if (!complete)
      note(io, `only the first ${CHANGES_MAX} changes are shown: name a longer prefix`);
    const compared = complete ? found.compared() : null;
    const result = {
      prefix,
      from: pointJson(found.from),
      to: pointJson(found.to),
      changes: changes.map(changeJson),
      compared,
      complete,
      trust: session.origin,
      verified: session.origin !== 'node-claimed',
    };
    return { exit: EXIT.OK, result, text: textOf({ ...result, found, changes }, session, io) };
  },
});

async function collect(
  found: StateDiff,
): Promise<{ readonly changes: readonly StateChange[]; readonly complete: boolean }> {
  const changes: StateChange[] = [];
  for await (const change of found.changes) {
    if (changes.length === CHANGES_MAX) return { changes, complete: false };
    changes.push(change);
  }
  return { changes, complete: true };
}

function pointJson({ view }: ReadProof): { readonly height: number; readonly time: string } {
  return { height: view.height, time: timeText(view.time) };
}

function changeJson(change: StateChange): Json {
  const entryOf = (value: Uint8Array | null): Json => stateEntry(change.key, value)?.json ?? null;
  if ('item' in change) {
    const { key, position, item } = change;
    return { key, change: 'added', position, before: null, after: entryOf(item) };
  }
  const { key, before, after } = change;
  const kind = before === null ? 'added' : 'changed';
  return { key, change: kind, before: entryOf(before), after: entryOf(after) };
}

function changeText(change: StateChange, io: Io): readonly string[] {
  const said = (value: Uint8Array | null): string =>
    stateEntry(change.key, value)?.text ?? '(unknown)';
  if ('item' in change) return [`  ${paint(io, 'good', '+')} ${said(change.item)}`];
  const { key, before, after } = change;
  if (before === null) return [`  ${paint(io, 'good', '+')} ${printable(key)}: ${said(after)}`];
  return [
    `  ${paint(io, 'care', '~')} ${printable(key)}`,
    `      was ${said(before)}`,
    `      is  ${said(after)}`,
  ];
}

interface Shown {
  readonly prefix: string;
  readonly found: StateDiff;
  readonly changes: readonly StateChange[];
  readonly compared: number | null;
}

function textOf({ prefix, found, changes, compared }: Shown, session: Session, io: Io): string[] {
  const [from, to] = [pointJson(found.from), pointJson(found.to)];
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
  const chain = printable(session.genesis.genesis.name);
  const points = `height ${from.height}, ${from.time}, and height ${to.height}, ${to.time}`;
  const proven =
    session.origin === 'node-claimed'
      ? `as the node claims at ${points} (no genesis is pinned)`
      : `proven at ${points}, under the ${session.origin} genesis of ${chain}`;
  return [
    `${count}  ${printable(prefix)}`,
    ...changes.flatMap((change) => changeText(change, io)),
    ...(compared === null ? [] : [`  complete: all there is was compared (${compared} in all)`]),
    `  ${proven}`,
  ];
}
