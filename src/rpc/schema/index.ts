/**
 * Every method of the RPC as one table of data. Validation, the TypeScript types of the client, the
 * OpenRPC document and `docs/rpc.md` come from it.
 */
import type { Static } from 'typebox';
import { assetMethods } from './assets.ts';
import { chainMethods } from './chain.ts';
import { consensusMethods } from './consensus.ts';
import { governanceMethods } from './governance.ts';
import { identityMethods } from './identities.ts';
import { nodeMethods } from './node.ts';
import { quotaMethods } from './quotas.ts';
import { recordMethods } from './records.ts';
import { searchMethods } from './search.ts';
import { stateMethods } from './state.ts';
import { subscriptionMethods } from './subscriptions.ts';
import { transactionMethods } from './transactions.ts';

export const METHODS = {
  ...chainMethods,
  ...transactionMethods,
  ...assetMethods,
  ...recordMethods,
  ...identityMethods,
  ...quotaMethods,
  ...governanceMethods,
  ...consensusMethods,
  ...stateMethods,
  ...subscriptionMethods,
  ...nodeMethods,
  ...searchMethods,
};

export type MethodName = keyof typeof METHODS;

/** Parameters and result of each method, as the caller sees them. */
export type Methods = {
  [M in MethodName]: {
    params: Static<(typeof METHODS)[M]['params']>;
    result: Static<(typeof METHODS)[M]['result']>;
  };
};
export type Params<M extends MethodName> = Methods[M]['params'];
export type ResultOf<M extends MethodName> = Methods[M]['result'];

export type { ErrorData, RpcErrorName, RpcErrorObject } from './errors.ts';
export type { MemberVoteView, ProposalView } from './governance.ts';
export type { UptimeView } from './uptime.ts';
export type { Page } from './values.ts';
export type {
  BlockSummary,
  BlockTransaction,
  BlockView,
  FinalityView,
  HeaderView,
  MemberView,
  PublisherView,
  RecordView,
  StatementView,
  TransactionView,
} from './views.ts';
