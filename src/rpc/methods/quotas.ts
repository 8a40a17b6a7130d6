/** `quota_get`. */
import { invariant } from '../../common/errors.ts';
import { quotaOf, standingOf } from '../../ledger/quotas.ts';
import type { Handlers, Services } from '../handler.ts';
import { readerAt } from '../reading.ts';
import { timeText } from '../views.ts';

export function quotaHandlers(services: Services): Handlers<'quota_get'> {
  const { queries, ledger } = services.context;
  return {
    quota_get: async ({ sender, minHeight }) => {
      const reader = await readerAt(services, minHeight);
      const { height } = reader;
      const header = ledger.header(height);
      invariant(header !== undefined, 'the newest state is that after a block that is here');
      const quota = quotaOf(sender, queries.parameters(reader));
      const standing = standingOf(queries.usage(reader, sender), quota, header.time);
      return { sender, height, time: timeText(header.time), ...standing };
    },
  };
}
