/** `ztc publisher show`: who a publisher is, proven. */
import { askQuota } from '../../client/quotas.ts';
import type { QuotaStanding } from '../../ledger/quotas.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { READ_OPTIONS } from '../options.ts';
import { provenPublisher, publisherShown } from '../publishers/voice.ts';
import { openSession } from '../session.ts';

export const publisherShow = defineCommand({
  name: 'publisher show',
  summary: "a publisher's level, vouchers, keys and bindings, and what it used of its quota",
  examples: ['ztc publisher show acme'],
  positionals: { publisher: { describe: 'its id', type: 'string', demandOption: true } },
  options: READ_OPTIONS,
  async run(args, io) {
    const session = await openSession(args, io);
    const { judged, time } = await provenPublisher(session, args.publisher);
    const { standing } = await askQuota(session.client, args.publisher, session.proof);
    const { operations, bytes } = standing;
    const shown = await publisherShown(session, judged, time);
    return {
      exit: EXIT.OK,
      result: { ...shown.result, quota: { operations, bytes } },
      text: [
        ...shown.text,
        `quota    ${shareText(operations, 'operations')}`,
        `         ${shareText(bytes, 'bytes')}`,
      ],
    };
  },
});

function shareText({ used, burst, perSecond }: QuotaStanding['operations'], what: string): string {
  return `${used} of ${burst} ${what} used; ${perSecond} come back in a second`;
}
