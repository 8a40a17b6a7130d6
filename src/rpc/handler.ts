/** What a handler of a method gets and gives. */
import type { RpcContext } from './context.ts';
import type { CallSession } from './dispatcher.ts';
import type { FinalityLog } from './finality-log.ts';
import type { HeadWatch } from './head-watch.ts';
import type { MethodName, Params, ResultOf } from './schema/index.ts';
import type { SubmittedTransactions } from './submitted.ts';

/** May throw a `Refusal`; everything else that is thrown counts as our own failure. */
export type Handler<M extends MethodName> = (
  params: Params<M>,
  session: CallSession,
) => ResultOf<M> | Promise<ResultOf<M>>;

export type Handlers<M extends MethodName = MethodName> = { readonly [K in M]: Handler<K> };

/** What handlers share. */
export interface Services {
  readonly context: RpcContext;
  readonly heads: HeadWatch;
  readonly finality: FinalityLog;
  readonly submitted: SubmittedTransactions;
}
