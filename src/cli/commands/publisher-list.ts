/** `ztc publisher list`: all publishers, as a node lists them. */
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { printable } from '../output.ts';
import { openSession } from '../session.ts';

/** Pages of 100: all that a consortium has, or as much as anybody reads. */
const PAGES_MAX = 100;

export const publisherList = defineCommand({
  name: 'publisher list',
  summary: 'all publishers and their levels',
  examples: ['ztc publisher list'],
  positionals: {},
  options: TRUST_OPTIONS,
  async run(args, io) {
    const { client } = await openSession(args, io);
    const publishers: { id: string; name: string; level: number }[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const params = { limit: 100, ...(cursor !== undefined && { cursor }) };
      const { items, nextCursor } = await client.call('publisher_list', params);
      publishers.push(...items.map(({ id, name, level }) => ({ id, name, level })));
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    return {
      exit: EXIT.OK,
      result: { publishers },
      text: publishers.map(
        ({ id, name, level }) => `${printable(id)}  level ${level}  ${printable(name)}`,
      ),
    };
  },
});
