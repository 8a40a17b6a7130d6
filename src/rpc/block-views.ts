/** Blocks and their transactions in JSON. */
import { equalBytes, toBase64url } from '../common/bytes.ts';
import { invariant } from '../common/errors.ts';
import { type Block, encodeBlock, type Header } from '../ledger/block.ts';
import { merkleRoot } from '../ledger/merkle/rfc6962.ts';
import { OPERATION, type Operation } from '../ledger/operations.ts';
import { TRANSACTION_BYTES_CAP } from '../ledger/parameters.ts';
import { publisherOperationView } from '../ledger/publisher-operations.ts';
import { statementFieldsView } from '../ledger/statement-view.ts';
import { decodeTransaction, type ReceivedTransaction } from '../ledger/transaction.ts';
import type { Ledger } from '../state/ledger.ts';
import { actionView } from './governance-views.ts';
import type { BlockSummary, BlockTransaction, BlockView, OperationView } from './schema/views.ts';
import { hashText, headerView, timeText } from './views.ts';

/** A transaction of a final block. */
export function finalTransaction(bytes: Uint8Array): ReceivedTransaction {
  const decoded = decodeTransaction(bytes, TRANSACTION_BYTES_CAP);
  invariant(decoded.ok, 'what stands in a final block decodes');
  return decoded.value;
}

export function operationView(operation: Operation): OperationView {
  switch (operation.op) {
    case OPERATION.STATEMENT:
      return { op: 'statement', ...statementFieldsView(operation) };
    case OPERATION.RECORD_PUT: {
      const { namespace, key, value, ifRevision } = operation;
      return { op: 'record.put', namespace, key, value: toBase64url(value), ifRevision };
    }
    case OPERATION.PROPOSE:
      return {
        op: 'gov.propose',
        actions: operation.actions.map(actionView),
        reason: operation.reason,
      };
    case OPERATION.VOTE: {
      const { proposal, transaction, approve } = operation;
      return { op: 'gov.vote', proposal, transaction: hashText(transaction), approve };
    }
    case OPERATION.WITHDRAW:
      return { op: 'gov.withdraw', proposal: operation.proposal };
    case OPERATION.EXECUTE:
      return { op: 'gov.execute', proposal: operation.proposal };
    case OPERATION.READY:
      return { op: 'validator.ready' };
    default:
      return publisherOperationView(operation) as OperationView;
  }
}

/** @param transactions how many; null where the block is not kept */
export function blockSummary(
  { height, time, view, proposer }: Header,
  hash: Uint8Array,
  transactions: number | null,
): BlockSummary {
  return { height, hash: hashText(hash), time: timeText(time), view, proposer, transactions };
}

/** Of a final block; undefined above the head. */
export function storedSummary(ledger: Ledger, height: number): BlockSummary | undefined {
  const [header, hash] = [ledger.header(height), ledger.blockHashAt(height)];
  return header && hash && blockSummary(header, hash, transactionsOf(ledger, header));
}

function transactionsOf(ledger: Ledger, { height, txRoot }: Header): number | null {
  if (isEmptyRoot(txRoot)) return 0;
  const kept = height >= ledger.retained.blocks;
  return kept ? (ledger.block(height)?.transactions.length ?? null) : null;
}

/** Whether it is the root of no transactions. */
export function isEmptyRoot(root: Uint8Array): boolean {
  return equalBytes(root, EMPTY_ROOT);
}

const EMPTY_ROOT = merkleRoot([]);

/** @param full with the operations and bytes of each transaction */
export function blockView(ledger: Ledger, block: Block, full: boolean): BlockView {
  const { height } = block.header;
  const results = ledger.results(height);
  return {
    header: headerView(block.header, block.hash, block.headerBytes),
    size: encodeBlock(block).length,
    ownFinalization: ledger.certificate(height) !== undefined,
    transactions: block.transactions.map((bytes, index) =>
      transactionOf(bytes, index, results[index]?.code ?? '', full),
    ),
  };
}

function transactionOf(
  bytes: Uint8Array,
  index: number,
  code: string,
  full: boolean,
): BlockTransaction {
  const { id, transaction } = finalTransaction(bytes);
  const { sender, operations } = transaction;
  return {
    hash: hashText(id),
    index,
    sender,
    code,
    operationCount: operations.length,
    ...(full ? { operations: operations.map(operationView), bytes: toBase64url(bytes) } : {}),
  };
}
