/** `chain_subscribe` and `chain_unsubscribe`, where the connection can carry events. */
import type { CallSession, Subscriptions } from '../dispatcher.ts';
import type { Handlers } from '../handler.ts';
import { refuse } from '../refusal.ts';

export function subscriptionHandlers(): Handlers<'chain_subscribe' | 'chain_unsubscribe'> {
  return {
    chain_subscribe: (params, session) => subscriptionsOf(session).subscribe(params),
    chain_unsubscribe: ({ subscription }, session) =>
      subscriptionsOf(session).unsubscribe(subscription),
  };
}

function subscriptionsOf({ subscriptions }: CallSession): Subscriptions {
  if (subscriptions !== undefined) return subscriptions;
  refuse('UNSUPPORTED', {
    code: 'NOT_A_SOCKET',
    message: 'events need a connection that stays',
    hint: 'connect to /ws, or read GET /api/v1/events',
  });
}
