/** What proposals do, in JSON. */
import { type Static, Type } from 'typebox';
import { Id, nullable, PublicKey, Time } from './values.ts';

/** An organisation and its node, as in state and in the proposal that puts it there. */
export const memberNames = {
  id: Id,
  name: Type.String(),
  role: Type.Union([Type.Literal('validator'), Type.Literal('observer')]),
};
export const memberFields = {
  memberKey: PublicKey,
  validatorKey: nullable(PublicKey),
  nodeKey: PublicKey,
  announce: Type.Array(Type.String()),
};

/** Told apart by `action`. */
export const ActionView = Type.Union(
  [
    Type.Object(
      { action: Type.Literal('member.put'), ...memberNames, ...memberFields },
      { description: 'Admits a member or replaces its entry.' },
    ),
    Type.Object(
      { action: Type.Literal('member.remove'), id: Id },
      { description: 'Ends a membership for good.' },
    ),
    Type.Object({ action: Type.Literal('member.suspend'), id: Id }),
    Type.Object({ action: Type.Literal('member.reinstate'), id: Id }),
    Type.Object(
      { action: Type.Literal('parameters'), changes: Type.Record(Type.String(), Type.Integer()) },
      { description: 'Other values of these parameters, from the next epoch on.' },
    ),
    Type.Object(
      { action: Type.Literal('protocol'), version: Type.Integer() },
      { description: 'Another protocol version, from the next epoch on.' },
    ),
    Type.Object(
      {
        action: Type.Literal('publisher.key.compromised'),
        publisher: Id,
        key: PublicKey,
        since: Time,
      },
      { description: 'What the key signed at that time or later is bad.' },
    ),
    Type.Object(
      {
        action: Type.Literal('publisher.register'),
        id: Id,
        name: Type.String(),
        keys: Type.Array(PublicKey),
      },
      { description: "Registers a publisher whose name or id looks like another's." },
    ),
  ],
  { title: 'Action', description: 'What a proposal does; `action` says which one it is.' },
);
export type ActionView = Static<typeof ActionView>;
