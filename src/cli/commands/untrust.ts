/** `ztc untrust` and `ztc unsupport`: a publisher takes its word back, or ends its support. */
import type { StatusName } from '../../ledger/operations.ts';
import { COLLECT_OPTIONS } from '../collect.ts';
import { type Command, defineCommand } from '../command.ts';
import { INPUT_OPTIONS, INPUT_POSITIONALS, parseInputs } from '../inputs.ts';
import { COSIGN_OPTIONS, KEY_OPTIONS, readCosigners, readSigningKey } from '../keys/signing-key.ts';
import { parseDuration, TIMEOUT_OPTIONS, TRUST_OPTIONS } from '../options.ts';
import { receiptFiles, SAVE_RECEIPT_OPTIONS } from '../receipts.ts';
import { openSession } from '../session.ts';
import { stateAll } from '../statements/state.ts';

interface Withdrawal {
  readonly name: string;
  readonly status: StatusName;
  readonly summary: string;
  readonly details: readonly string[];
  readonly example: string;
}

function withdrawal({ name, status, summary, details, example }: Withdrawal): Command {
  return defineCommand({
    name,
    summary,
    details,
    examples: [example],
    positionals: INPUT_POSITIONALS,
    options: {
      ...INPUT_OPTIONS,
      ...KEY_OPTIONS,
      ...COSIGN_OPTIONS,
      ...COLLECT_OPTIONS,
      reason: { type: 'string', env: false, describe: 'why; shown to who asks', value: 'TEXT' },
      again: { type: 'boolean', describe: 'state it even if it is stated already' },
      ...SAVE_RECEIPT_OPTIONS,
      ...TIMEOUT_OPTIONS,
      ...TRUST_OPTIONS,
    },
    async run(args, io) {
      const { reason, again = false } = args;
      const inputs = parseInputs(args.paths, args.hash);
      const timeoutMs = parseDuration('timeout', args.timeout);
      const key = await readSigningKey(args.key, io);
      const cosigners = await readCosigners(args.cosign, io);
      const receipts = await receiptFiles(args, inputs);
      const session = await openSession(args, io);
      const kept = { name: undefined, version: undefined, kind: undefined, attributes: undefined };
      const intent = { status, ...kept, reason, keepsDetails: true, isPrivate: false };
      const { recursive, collect } = args;
      const how = { again, recursive, timeoutMs, collect, receipts };
      return stateAll({ session, key, cosigners, inputs, intent, ...how }, io);
    },
  });
}

export const untrust = withdrawal({
  name: 'untrust',
  status: 'UNTRUSTED',
  summary: 'state that these files must not be trusted (any more)',
  details: [
    'From then on ztc authenticate answers UNTRUSTED (exit 11), on every node. Name, version and',
    'attributes stay as you notarized them.',
  ],
  example: 'ztc untrust app.tgz --key acme.key --reason "CVE-2026-1234: remote code execution"',
});

export const unsupport = withdrawal({
  name: 'unsupport',
  status: 'UNSUPPORTED',
  summary: 'state that these files are genuine, but not supported any more',
  details: ['From then on ztc authenticate answers UNSUPPORTED (exit 13).'],
  example: 'ztc unsupport app-1.0.tgz --key acme.key --reason "use 2.x"',
});
