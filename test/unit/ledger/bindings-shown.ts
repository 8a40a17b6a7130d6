/** A publisher's bindings as structures see them: keys and proofs may be any bytes there. */
import { utf8 } from '../../../src/common/bytes.ts';
import { BINDING, type Binding } from '../../../src/ledger/bindings.ts';

/**
 * One of each kind, from `from` on; the PGP key until `until`, the domain attested by `members` a
 * minute longer.
 */
export function bindingsOf(members: readonly string[], from: number, until: number): Binding[] {
  const proof = utf8('its signature');
  const attestations = members.map((member) => ({ member, from, until: until + 60_000 }));
  return [
    { kind: BINDING.PGP, key: utf8('a PGP key'), proof, from, until },
    { kind: BINDING.X509, key: utf8('a certificate'), proof, from, until: null },
    { kind: BINDING.DOMAIN, domain: 'zeta.example', from, attestations },
    { kind: BINDING.LINK, link: 'https://zeta.example', from },
  ];
}
