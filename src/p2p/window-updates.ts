/**
 * Yamux as its other implementations speak it: a stream's window is opened again when half of it is
 * used up, not after every message. Each update is a message of its own, encrypted, and costs both
 * ends as much as a vote. Importing this changes libp2p's streams in the whole process.
 * (github.com/hashicorp/yamux, `sendWindowUpdate`)
 */
import { StreamState, YamuxStream } from '@chainsafe/libp2p-yamux/stream';

/** What libp2p's class calls private. */
interface Window {
  readonly recvWindow: number;
  /** What the peer may still send. */
  readonly recvWindowCapacity: number;
}

const { sendWindowUpdate } = YamuxStream.prototype;

YamuxStream.prototype.sendWindowUpdate = function (this: YamuxStream): void {
  const { recvWindow, recvWindowCapacity } = this as unknown as Window;
  const established = this.state === StreamState.Established;
  // Before that, an update also opens or acknowledges the stream.
  if (established && 2 * recvWindowCapacity > recvWindow) return;
  sendWindowUpdate.call(this);
};
