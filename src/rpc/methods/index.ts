/** All handlers, by method. */
import type { Handlers, Services } from '../handler.ts';
import { assetHandlers } from './assets.ts';
import { chainHandlers } from './chain.ts';
import { consensusHandlers } from './consensus.ts';
import { governanceHandlers } from './governance.ts';
import { identityHandlers } from './identities.ts';
import { nodeHandlers } from './node.ts';
import { quotaHandlers } from './quotas.ts';
import { recordHandlers } from './records.ts';
import { searchHandlers } from './search.ts';
import { stateHandlers } from './state.ts';
import { subscriptionHandlers } from './subscriptions.ts';
import { transactionHandlers } from './transactions.ts';

export function createHandlers(services: Services): Handlers {
  return {
    ...chainHandlers(services),
    ...transactionHandlers(services),
    ...assetHandlers(services),
    ...recordHandlers(services),
    ...identityHandlers(services),
    ...quotaHandlers(services),
    ...governanceHandlers(services),
    ...consensusHandlers(services),
    ...stateHandlers(services),
    ...subscriptionHandlers(),
    ...nodeHandlers(services),
    ...searchHandlers(services),
  };
}
