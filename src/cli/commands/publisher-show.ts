/** `ztc publisher show`: who a publisher is, proven. */
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { READ_OPTIONS } from '../options.ts';
import { provenPublisher, publisherShown } from '../publishers/voice.ts';
import { openSession } from '../session.ts';

export const publisherShow = defineCommand({
  name: 'publisher show',
  summary: "a publisher's level, who vouches for it, its keys, and what it is bound to",
  examples: ['ztc publisher show acme'],
  positionals: { publisher: { describe: 'its id', type: 'string', demandOption: true } },
  options: READ_OPTIONS,
  async run(args, io) {
    const session = await openSession(args, io);
    const { judged, time } = await provenPublisher(session, args.publisher);
    return { exit: EXIT.OK, ...(await publisherShown(session, judged, time)) };
  },
});
