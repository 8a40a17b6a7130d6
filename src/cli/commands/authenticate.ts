/** `ztc authenticate`: may I trust this file, now? */
import { askAsset } from '../../client/authenticate.ts';
import type { ProvenHead } from '../../ledger/finality.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { verdictOf } from '../../ledger/verdict.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { hashInput, INPUT_OPTIONS, INPUT_POSITIONALS, parseInputs } from '../inputs.ts';
import { failedItem, mapBounded, outcomeOf } from '../items.ts';
import { READ_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';
import { type Policy, verdictItem } from '../statements/verdict-item.ts';

/** Hashing and proven questions at a time. */
const INPUTS_AT_ONCE_MAX = 4;

export const authenticate = defineCommand({
  name: 'authenticate',
  summary: 'may I trust these files, now? Verifies the answer without trusting the node',
  details: [
    'Exits 0 only for a publisher named by --publisher, pinned in the trust file (ztc trust pin),',
    'or under --any-publisher. Another TRUSTED answer is printed in full and exits 12.',
    'A network failure or an old answer is no verdict: exit 5.',
  ],
  examples: [
    'ztc authenticate app.tgz --publisher acme',
    'curl -sL https://example.com/app.tgz | ztc authenticate -',
  ],
  positionals: INPUT_POSITIONALS,
  options: {
    ...INPUT_OPTIONS,
    publisher: { type: 'string', describe: "only this publisher's word counts", value: 'ID' },
    'any-publisher': { type: 'boolean', describe: "whoever it was, the members' vouch is enough" },
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { publisher, 'any-publisher': anyPublisher = false } = args;
    if (publisher !== undefined && !ID_PATTERN.test(publisher)) {
      throw usageError(`--publisher ${publisher} is no id: 2 to 40 of a-z, 0-9 and -`);
    }
    if (publisher !== undefined && anyPublisher) {
      throw usageError('--publisher and --any-publisher exclude each other');
    }
    const inputs = parseInputs(args.paths, args.hash);
    const session = await openSession(args, io);
    const policy: Policy = { publisher, anyPublisher, pinned: session.pinned };
    const heads: ProvenHead[] = [];
    const items = await mapBounded(inputs, INPUTS_AT_ONCE_MAX, async (each) => {
      const { input } = each;
      try {
        const { asset } = await hashInput(each, io);
        const { answer, view } = await askAsset(session.client, asset, session.proof);
        heads.push(view.head);
        const verdict = verdictOf({ ...answer, ...policy, asked: publisher });
        return verdictItem({ input, asset, answer, view, verdict, policy }, session, io);
      } catch (error) {
        return failedItem(input, error);
      }
    });
    for (const head of heads) await session.remember({ head });
    return outcomeOf(items);
  },
});
