/** `chain_subscribe`: the feed over `/ws`, where the same methods are called too. */
import { Type } from 'typebox';
import { method } from './method.ts';
import { Asset, described, Height, Id, Namespace } from './values.ts';

/** Of one connection; another one is free. */
export const SUBSCRIPTIONS_MAX = 100;

export const subscriptionMethods = {
  chain_subscribe: method({
    summary:
      'Over /ws only: sends events as `chain_subscription` notifications with `{ subscription, ' +
      'seq, topic, data }`, from a block or event on without gaps, then live.',
    params: Type.Object({
      topics: Type.Optional(
        Type.Array(Type.String(), {
          description: 'As those of the feed; all with an id if left out.',
        }),
      ),
      fromHeight: Type.Optional(described(Height, 'The first block whose events are sent.')),
      after: Type.Optional(
        Type.String({ description: 'Goes on behind the event with this `seq`.', maxLength: 32 }),
      ),
      publisher: Type.Optional(Id),
      asset: Type.Optional(Asset),
      namespace: Type.Optional(Namespace),
      kind: Type.Optional(Type.String({ maxLength: 32 })),
    }),
    result: Type.String({ description: 'Names the subscription on this connection.' }),
    errors: ['UNSUPPORTED', 'LIMIT_EXCEEDED'],
  }),
  chain_unsubscribe: method({
    summary: 'Over /ws only: ends a subscription; false if there is none of that name.',
    params: Type.Object({ subscription: Type.String({ maxLength: 32 }) }),
    result: Type.Boolean(),
    errors: ['UNSUPPORTED'],
  }),
};
