/**
 * What small messages, as those of consensus, cost too much in noise:
 *
 * - One system call and one packet for each encrypted message. Noise gives a message as parts, its
 *   length of two bytes first, and libp2p's TCP connection writes every part by itself, which costs
 *   the receiver as much again.
 * - No exception for each message that is read. The reader of lengths takes one message after the
 *   other until it is told by an exception that nothing is left, and an exception costs more than
 *   decrypting a vote: all frames of the stack are looked up for it.
 */
import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';

const LENGTH_BYTES = 2;
/** Longer than what has come by then, so that it is waited for. */
const NOT_YET = 0xffff;

/** What libp2p's class of encrypted connections calls private. */
interface Decoding {
  readonly decoder: { lengthDecoder: (waiting: Uint8ArrayList) => number };
}

/** The same encrypter, given whole messages to write and none to read beyond what has come. */
export function wholeWrites<C>(
  encrypter: (components: C) => ConnectionEncrypter,
): (components: C) => ConnectionEncrypter {
  return (components) => {
    const made = encrypter(components);
    const { secureInbound, secureOutbound } = made;
    made.secureInbound = async (stream, options) =>
      calm(await secureInbound.call(made, joining(stream), options));
    made.secureOutbound = async (stream, options) =>
      calm(await secureOutbound.call(made, joining(stream), options));
    return made;
  };
}

function joining<S extends MessageStream>(stream: S): S {
  const { send } = stream;
  stream.send = (data) => send.call(stream, data.subarray());
  return stream;
}

function calm<S extends { readonly connection: MessageStream }>(secured: S): S {
  const { decoder } = secured.connection as unknown as Decoding;
  decoder.lengthDecoder = (waiting) =>
    waiting.byteLength < LENGTH_BYTES ? NOT_YET : waiting.getUint16(0);
  return secured;
}
