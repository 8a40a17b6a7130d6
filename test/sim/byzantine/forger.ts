/** Makes certificates up, of too few, doubled or wrong signatures, and chains to go with them. */
import { encode } from '../../../src/common/codec/index.ts';
import { MESSAGE } from '../../../src/consensus/messages.ts';
import { decodeBlock, encodeBlock, makeBlock } from '../../../src/ledger/block.ts';
import {
  type Certificate,
  certificateSchema,
  decodeCertificate,
  VOTE,
  type VoteKind,
} from '../../../src/ledger/vote.ts';
import type { RangeBlock } from '../../../src/p2p/sync/range-messages.ts';
import type { Behaviour } from '../node.ts';
import type { Attacker } from './attacker.ts';

export function forger(attacker: Attacker): Behaviour {
  return {
    outgoing: (to, _message, bytes) => attacker.forward(to, bytes),
    tick: () => {
      const { view } = attacker.where;
      const at = Math.max(1, view + attacker.random.between(-3, 3));
      const certificates = [VOTE.NULLIFY, VOTE.ACCEPT, VOTE.FINALIZE].map((kind) =>
        forged(attacker, kind, at),
      );
      attacker.send(attacker.others, { kind: MESSAGE.CERTIFICATES, version: 1, certificates });
      // And in everybody's name.
      const vote = attacker.vote(VOTE.NULLIFY, view, null);
      const votes = Array.from({ length: attacker.validators }, (_, validator) => ({
        ...vote,
        validator,
      }));
      attacker.votes(attacker.others, ...votes);
    },
    source: (blocks) => ({
      range: (from, bytesMax) => falseChain(attacker, blocks.range(from, bytesMax)),
    }),
  };
}

function forged(attacker: Attacker, kind: VoteKind, view: number): Certificate {
  const block = kind === VOTE.NULLIFY ? null : attacker.someHash();
  const own = attacker.vote(kind, view, block);
  const { version, chain, epoch } = own;
  const count = attacker.random.chance(0.5) ? attacker.validators : 1;
  const signatures = Array.from({ length: count }, (_, i) => ({
    validator: count === 1 ? own.validator : i,
    signature: own.signature,
  }));
  return { version, kind, chain, epoch, view, block, signatures };
}

/** The last block is another one, and its certificate names it, with the signatures of the real. */
function falseChain(attacker: Attacker, range: readonly RangeBlock[]): readonly RangeBlock[] {
  const last = range.at(-1);
  if (last === undefined || last.certificate === null) return range;
  const block = decodeBlock(attacker.chain, last.block);
  const certificate = decodeCertificate(last.certificate);
  if (!block.ok || !certificate.ok || block.value.transactions.length > 0) return range;
  const { header } = block.value;
  const other = makeBlock({ ...header, time: header.time + 1 }, []);
  const named = encode(certificateSchema, { ...certificate.value, block: other.hash });
  return [...range.slice(0, -1), { block: encodeBlock(other), certificate: named }];
}
