/** `ztc member list`: who is a member, who votes, and what is about to change. */
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { membershipText, readMembership, waitingText } from '../members/membership.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';

export const memberList = defineCommand({
  name: 'member list',
  summary: 'the members, who of them votes, and what waits for what',
  examples: ['ztc member list --rpc http://127.0.0.1:7601'],
  positionals: {},
  options: TRUST_OPTIONS,
  async run(args, io) {
    const { client } = await openSession(args, io);
    const membership = await readMembership(client);
    const { members, ...validators } = membership;
    const waiting = members.map(({ id }) => waitingText(membership, id) ?? null);
    return {
      exit: EXIT.OK,
      result: {
        ...validators,
        members: members.map((member, i) => ({ ...member, waiting: waiting[i] ?? null })),
      },
      text: membershipText(membership),
    };
  },
});
