/** How PGP keys, certificates, domains and links of publishers look in JSON. */
import { type Static, Type } from 'typebox';
import { described, Hash, Id, nullable, Time } from './values.ts';

const claimFields = {
  kind: Type.Union([
    Type.Literal('pgp'),
    Type.Literal('x509'),
    Type.Literal('domain'),
    Type.Literal('link'),
  ]),
  id: described(Hash, 'SHA-256 of the key as kept, the certificate, the domain or the link.'),
  domain: nullable(Type.String()),
  link: described(nullable(Type.String()), "A page by https: the publisher's own word."),
};

export const BindingClaimView = Type.Object(claimFields, { title: 'BindingClaim' });
export type BindingClaimView = Static<typeof BindingClaimView>;

export const BindingView = Type.Object(
  {
    ...claimFields,
    from: Time,
    until: described(nullable(Time), 'When it ended.'),
    attestations: Type.Array(Type.Object({ member: Id, from: Time, until: Time }), {
      description: 'Of a domain: by whom, expired ones too.',
    }),
    counts: described(
      nullable(Type.Boolean()),
      'Of a domain: whether enough members attest it. Else null: keys are for clients to check.',
    ),
  },
  { title: 'Binding' },
);
export type BindingView = Static<typeof BindingView>;

export const DetachedView = Type.Object(
  {
    kind: Type.Union([Type.Literal('pgp'), Type.Literal('x509')]),
    size: Type.Integer({ description: 'In bytes; they stand in the transaction.' }),
  },
  { title: 'Detached', description: 'A signature that the node does not check: clients do.' },
);
