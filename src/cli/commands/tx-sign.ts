/** `ztc tx sign`: signs a transaction from a file, where the key is kept, without any node. */
import { timeText } from '../../client/views.ts';
import { toJson } from '../../common/codec/index.ts';
import { publicKeyToText } from '../../common/signature.ts';
import { OPERATION, type Operation, operationSchema } from '../../ledger/operations.ts';
import type { Signer } from '../../ledger/signing.ts';
import { statementFieldsView } from '../../ledger/statement-view.ts';
import { signedBy, type Transaction } from '../../ledger/transaction.ts';
import {
  formatTransactionFile,
  mergeTransactionFiles,
  type TransactionFile,
} from '../../ledger/transaction-file.ts';
import { fileJson, fileLines, readTransactionFile } from '../collect.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { actionLines } from '../governance/describe.ts';
import { checkEntries } from '../governance/voice.ts';
import { replaceFile } from '../home/files.ts';
import { homePaths } from '../home/home.ts';
import { readMemberSigner, readSigningKey } from '../keys/signing-key.ts';
import { operationLine } from '../operation-line.ts';
import { type Io, printable } from '../output.ts';

export const txSign = defineCommand({
  name: 'tx sign',
  summary: 'sign a transaction that --collect wrote, where its key is; needs no node',
  details: [
    'Shows what is signed: of a vote the proposal, whose content the vote names. An entry whose',
    "keys did not ask for it is refused, and so is one of the own member that the home's requests",
    'lack. The signature goes into the same file, or with -o into another: those of several',
    'signers are joined by ztc tx send.',
  ],
  examples: ['ztc tx sign vote.tx.json --home acme', 'ztc tx sign release.tx.json --key ann.key'],
  positionals: { file: { describe: 'what --collect wrote', type: 'string', demandOption: true } },
  options: {
    home: { type: 'string', describe: "a member's home: signs with its member key", value: 'DIR' },
    key: { type: 'string', env: false, describe: 'the key file', value: 'FILE' },
    out: { type: 'string', alias: 'o', env: false, describe: 'the file to write', value: 'FILE' },
  },
  async run(args, io) {
    const { file, home, out = file } = args;
    const given = await readTransactionFile(file);
    const { transaction } = given;
    const signer = await signerOf(transaction, args, io);
    for (const actions of proposalsIn(given)) await checkEntries(actions, home, signer);
    const lines = contentLines(given);
    // Before the signature: whoever keeps the key looks at it first.
    io.stderr(`${lines.join('\n')}\n`);
    const signed = { ...given, transaction: (await signedBy(transaction, [signer])).transaction };
    const merged = mergeTransactionFiles([given, signed]);
    if (!merged.ok) throw usageError(merged.message);
    await replaceFile(out, formatTransactionFile(merged.value));
    const key = publicKeyToText(signer.publicKey);
    return {
      exit: EXIT.OK,
      result: { ...fileJson(out, merged.value), signedBy: key },
      text: [
        `signed with ${key}`,
        ...fileLines(merged.value),
        `next: ztc tx send ${out}, before ${timeText(transaction.validUntil)}`,
      ],
    };
  },
});

interface KeyArgs {
  readonly home?: string | undefined;
  readonly key?: string | undefined;
}

function signerOf(
  { sender }: Transaction,
  { home, key }: KeyArgs,
  io: Io,
): Promise<Signer> | Signer {
  if (sender.startsWith('validator:')) throw usageError('validators sign for themselves');
  if (!sender.startsWith('member:')) {
    return readSigningKey(key, io).then(({ signer }) => signer);
  }
  const file = key ?? (home === undefined ? undefined : homePaths(home).keys.member);
  if (file === undefined) throw usageError('no member key is given: name --home or --key');
  return readMemberSigner(file, io);
}

/** What is proposed in it, and what it votes for. */
function proposalsIn({ transaction, proposed }: TransactionFile) {
  const approves = transaction.operations.some(
    (each) => each.op === OPERATION.VOTE && each.approve,
  );
  const shown = approves && proposed !== null ? proposed.operations : [];
  return [...transaction.operations, ...shown].flatMap((each) =>
    each.op === OPERATION.PROPOSE ? [each.actions] : [],
  );
}

function contentLines({ transaction, proposed }: TransactionFile): string[] {
  return [
    `${transaction.sender} says:`,
    ...transaction.operations.flatMap(operationLines).map((line) => `  ${line}`),
    ...(proposed === null ? [] : [`the proposal, by ${proposed.sender}:`]),
    ...(proposed?.operations ?? []).flatMap(operationLines).map((line) => `  ${line}`),
  ];
}

/** As it is signed: what has no words of its own is shown whole. */
function operationLines(operation: Operation): string[] {
  switch (operation.op) {
    case OPERATION.PROPOSE:
      return [
        `propose, reason: ${printable(JSON.stringify(operation.reason))}`,
        ...actionLines(operation.actions),
      ];
    case OPERATION.VOTE:
      return [`vote ${operation.approve ? 'for' : 'against'} proposal ${operation.proposal}`];
    case OPERATION.STATEMENT:
      return [operationLine({ op: 'statement', ...statementFieldsView(operation) })];
    default: {
      const { op, ...fields } = toJson(operationSchema, operation) as { readonly op: number };
      const name = Object.entries(OPERATION).find(([, number]) => number === op)?.[0] ?? '';
      const words = name.toLowerCase().replaceAll('_', ' ');
      return [printable(`${words} ${JSON.stringify(fields)}`)];
    }
  }
}
