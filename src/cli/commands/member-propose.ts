/** `ztc member propose`: a change of the membership, for all members to sign. */
import { hashText } from '../../client/views.ts';
import { verify } from '../../common/signature.ts';
import { formatChangeFile, parseChangeFile } from '../../ledger/change-file.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import { SALT_BYTES } from '../../ledger/transaction.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readRequests } from '../home/ceremony.ts';
import { writeNewFile } from '../home/files.ts';
import { describeChange, votersAfter, windowOf } from '../members/change.ts';
import { type Membership, readMembership } from '../members/membership.ts';
import { parseDuration, TRUST_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';

export const memberPropose = defineCommand({
  name: 'member propose',
  summary: 'make a change of the membership, for all members to sign',
  details: [
    'Writes an unsigned transaction. Every active member signs it with ztc member sign, the ones',
    'that are removed too; new ones have signed their requests. A block can hold it only within',
    "the chain's greatest validity, 10 minutes: from now on, or, so that there is time to collect",
    'signatures by hand, from --in TIME on. Each change is a file of its own.',
  ],
  examples: [
    'ztc member propose --put echo.member.json --in 2h -o change.json',
    'ztc member propose --remove delta',
  ],
  greedyArrays: true,
  positionals: {},
  options: {
    ...TRUST_OPTIONS,
    put: {
      type: 'string',
      array: true,
      env: false,
      describe: 'requests of members to admit, or whose entry to replace (ID.member.json)',
      value: 'FILE…',
    },
    remove: {
      type: 'string',
      array: true,
      env: false,
      describe: 'members that leave, for good',
      value: 'ID…',
    },
    in: {
      type: 'string',
      env: false,
      default: '0s',
      describe: 'a block may hold it from then on, for the greatest validity',
      value: 'TIME',
    },
    out: {
      type: 'string',
      alias: 'o',
      env: false,
      default: 'change.json',
      describe: 'the file to write',
      value: 'FILE',
    },
  },
  async run(args, io) {
    const { put = [], remove = [], out } = args;
    const delayMs = parseDuration('in', args.in);
    const { members: requests, publishers } = await readRequests(put);
    if (publishers.length > 0) throw usageError('--put takes requests of members, not publishers');
    const session = await openSession(args, io);
    const membership = await readMembership(session.client);
    const operations: Operation[] = [
      ...requests.map(({ member }) => ({ op: OPERATION.MEMBER_PUT, member }) as const),
      ...remove.map((id) => ({ op: OPERATION.MEMBER_REMOVE, id }) as const),
    ];
    checkOperations(operations, remove, membership);
    const { head, limits } = session.status;
    const [first] = membership.members;
    if (first === undefined) throw usageError('the chain has no active member');
    const start = Math.max(Date.parse(head.time), delayMs === 0 ? 0 : io.now());
    const text = formatChangeFile({
      transaction: {
        version: 1,
        chain: session.chain,
        sender: `member:${first.id}`,
        salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
        validUntil: start + delayMs + limits.maxValidityMs,
        operations,
      },
      requests,
    });
    const change = parseChangeFile(text, verify);
    if (!change.ok) throw usageError(change.message);
    await writeNewFile(out, text);
    const shown = describeChange(change.value, membership);
    const from = new Date(windowOf(change.value, limits.maxValidityMs).from).toISOString();
    return {
      exit: EXIT.OK,
      result: { file: out, ...shown.json, validFrom: from, change: hashText(change.value.id) },
      text: [
        ...shown.text,
        `wrote ${out}: a block can hold it from ${from} on`,
        `next: each of the signers runs ztc member sign ${out} --home DIR`,
      ],
    };
  },
});

function checkOperations(
  operations: readonly Operation[],
  removed: readonly string[],
  membership: Membership,
): void {
  if (operations.length === 0) throw usageError('nothing to change: give --put or --remove');
  const stranger = removed.find((id) => !membership.members.some((each) => each.id === id));
  if (stranger !== undefined) {
    throw usageError(`${stranger} is no active member`, 'who is: ztc member list');
  }
  if (votersAfter(operations, membership).length > 0) return;
  throw usageError('nobody would be left to vote');
}
