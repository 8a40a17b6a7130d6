/**
 * The SDK, for browsers and Node: what `import … from 'ztc/client'` gives.
 *
 *   const trust = trustGenesis(genesisText);
 *   const client = createClient({ transport: fallback([http(a), http(b)]), trust });
 *   const verdict = await authenticate(client, 'sha256:…', { publisher: 'acme' });
 *   if (verdict.status === 'TRUSTED') …
 *
 * Every answer was proven under `trust` before it is returned; one that doesn't prove itself is
 * thrown as ProofError, one that is old as StaleError. The functions take the client first. Their
 * examples go on from one another: `client`, `trust`, `signer`, `digest`, `genesisText`, `keyText`
 * and `url` are what their names say.
 */
export { ZtcError } from '../common/errors.ts';
export type {
  Content,
  DetachedCheck,
  DetachedChecker,
  DetachedCode,
} from '../ledger/detached.ts';
export type { AskedAt } from './at.ts';
export { type Chunks, digestOf } from './digest.ts';
export {
  ProofError,
  RpcError,
  StaleError,
  TransactionError,
  TransportError,
} from './errors.ts';
export { type FeedEvent, type FeedOptions, type FeedStatus, readFeed } from './events.ts';
export {
  createClient,
  type LedgerClient,
  type LedgerClientOptions,
  type WhichState,
} from './ledger-client.ts';
export { type PrivateWords, privateSalt, type Words } from './private.ts';
export {
  type AssetHistory,
  type AssetHistoryOptions,
  type AuthenticateOptions,
  assetHistory,
  authenticate,
  type PublisherActs,
  publisherActs,
  type ReceiptOptions,
  receiptOf,
} from './reading.ts';
export { type RecordEntry, type RecordHistory, records, type WhichRecord } from './records.ts';
export { signerOf } from './signer.ts';
export { fallback, http, type Transport } from './transport.ts';
export { type Trust, trustGenesis } from './trust.ts';
export type { Asked, AssetVerdict, VerifiedRecord } from './verified.ts';
export { ReceiptError, type VerifiedReceipt, verifyReceipt } from './verify-receipt.ts';
export {
  type BlockNews,
  type RecordNews,
  type StatementNews,
  type WatchOptions,
  type WatchStatus,
  watchAsset,
  watchBlocks,
  watchRecord,
  watchRecords,
  watchStatements,
} from './watch.ts';
export {
  type Notarization,
  notarize,
  type Signer,
  type Written,
  waitForFinality,
} from './writing.ts';
