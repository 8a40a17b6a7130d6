/** `ztc publisher set`: how many keys sign a release, and the recovery key. */
import { sha256 } from '../../common/hash.ts';
import { OPERATION } from '../../ledger/operations.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { parseCount, READ_OPTIONS } from '../options.ts';
import { PUBLISHER_KEY_OPTIONS, readPublicKey, sayAsPublisher } from '../publishers/voice.ts';

export const publisherSet = defineCommand({
  name: 'publisher set',
  summary: 'name the recovery key of a publisher, or how many of its keys sign together',
  details: [
    'A recovery key is made like any other (ztc key new recovery.key --publisher ID) and kept far',
    'from the build machines. Only its hash goes to the ledger. It declares keys compromised since',
    'a time in the past, revokes them, and adds new ones when all are lost. It is named once; then',
    'only itself names another.',
  ],
  examples: [
    'ztc publisher set --new-recovery recovery.key --key acme.key',
    'ztc publisher set --approvals 2 --key acme.key',
  ],
  greedyArrays: true,
  positionals: {},
  options: {
    'new-recovery': {
      type: 'string',
      env: false,
      describe: 'the recovery key: its file, or the public key',
      value: 'FILE|KEY',
    },
    approvals: { type: 'number', env: false, describe: 'keys that sign together', value: 'N' },
    ...PUBLISHER_KEY_OPTIONS,
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { approvals, 'new-recovery': recoveryKey } = args;
    if (approvals === undefined && recoveryKey === undefined) {
      throw usageError('nothing to set: give --new-recovery or --approvals');
    }
    const operation = {
      op: OPERATION.PUBLISHER_SET,
      approvals: approvals === undefined ? null : parseCount('approvals', approvals),
      recovery: recoveryKey === undefined ? null : sha256(await readPublicKey(recoveryKey)),
    } as const;
    return sayAsPublisher(args, async () => [operation], io);
  },
});
