/**
 * One system call and one packet for each encrypted message. Noise gives a message as parts, its
 * length of two bytes first, and libp2p's TCP connection writes every part by itself: with small
 * messages, as those of consensus, that is most of what they cost, here and at the receiver.
 */
import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface';

/** The same encrypter over connections that are given whole messages. */
export function wholeWrites<C>(
  encrypter: (components: C) => ConnectionEncrypter,
): (components: C) => ConnectionEncrypter {
  return (components) => {
    const made = encrypter(components);
    const { secureInbound, secureOutbound } = made;
    made.secureInbound = (stream, options) => secureInbound.call(made, joining(stream), options);
    made.secureOutbound = (stream, options) => secureOutbound.call(made, joining(stream), options);
    return made;
  };
}

function joining<S extends MessageStream>(stream: S): S {
  const { send } = stream;
  stream.send = (data) => send.call(stream, data.subarray());
  return stream;
}
