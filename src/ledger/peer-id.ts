/**
 * The libp2p peer id that follows from a node key: the identity multihash of the protobuf
 * `PublicKey { Type = Ed25519, Data = key }`, in base58btc.
 * Source: libp2p specs, peer-ids/peer-ids.md.
 */
import { concat } from '../common/bytes.ts';
import { invariant } from '../common/errors.ts';
import { ALGORITHM_ED25519, PUBLIC_KEY_BYTES } from '../common/signature.ts';

/** Identity multihash of 36 bytes; protobuf field 1 = 1 (Ed25519), field 2 = 32 bytes. */
const ED25519_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);

const BASE58BTC = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The peer id (`12D3KooW…`) of a node key, which carries its algorithm byte. */
export function peerIdOf(nodeKey: Uint8Array): string {
  invariant(
    nodeKey.length === PUBLIC_KEY_BYTES && nodeKey[0] === ALGORITHM_ED25519,
    'a node key is an Ed25519 public key with its algorithm byte',
  );
  return toBase58(concat(ED25519_PREFIX, nodeKey.subarray(1)));
}

function toBase58(bytes: Uint8Array): string {
  const digits: number[] = [];
  for (const byte of bytes) {
    let carry = byte;
    for (let i = 0; i < digits.length; i++) {
      carry += (digits[i] as number) << 8;
      digits[i] = carry % 58;
      carry = Math.floor(carry / 58);
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58);
  }
  const zeros = bytes.findIndex((byte) => byte !== 0);
  const text = digits.reverse().map((digit) => BASE58BTC.charAt(digit));
  return '1'.repeat(zeros < 0 ? bytes.length : zeros) + text.join('');
}
