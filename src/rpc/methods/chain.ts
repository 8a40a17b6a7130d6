/** `chain_*`: status, genesis, blocks, finality. */
import { EMPTY_BYTES, toBase64url } from '../../common/bytes.ts';
import { encode, type Json, toJson } from '../../common/codec/index.ts';
import { publicKeyToText } from '../../common/signature.ts';
import { encodeBlock } from '../../ledger/block.ts';
import { genesisFields } from '../../ledger/genesis-file.ts';
import { stateRootOf } from '../../ledger/merkle/sparse.ts';
import { LINKS_MAX, validatorLinkSchema } from '../../ledger/validator-links.ts';
import { faultsTolerated, quorumOf, type Validator } from '../../ledger/validators.ts';
import { certificateSchema } from '../../ledger/vote.ts';
import type { Ledger } from '../../state/ledger.ts';
import type { StateReader } from '../../state/reader.ts';
import { blockView, isEmptyRoot, storedSummary } from '../block-views.ts';
import { isSyncing } from '../context.ts';
import type { Handlers, Services } from '../handler.ts';
import { publishedLimits, RAW_BLOCKS_BYTES_MAX } from '../limits.ts';
import { page } from '../pages.ts';
import { perHead } from '../per-head.ts';
import { finalHeaderJson, proveHeader } from '../proving.ts';
import { hashOf, stateAt } from '../reading.ts';
import { refuse } from '../refusal.ts';
import type { MethodName, ResultOf } from '../schema/index.ts';
import { hashText, headerView, timeText } from '../views.ts';

export type ChainMethod = Exclude<
  Extract<MethodName, `chain_${string}`>,
  'chain_subscribe' | 'chain_unsubscribe'
>;

export function chainHandlers(services: Services): Handlers<ChainMethod> {
  const { ledger, queries } = services.context;
  const status = perHead(ledger, () => statusOf(services));
  const readerOf = (height: number | undefined): StateReader | undefined =>
    stateAt(services, height ?? ledger.head.header.height);
  return {
    chain_status: () => {
      return { ...status(), syncing: isSyncing(services.context) };
    },
    chain_genesis: () => genesisFields(ledger.genesis),
    chain_validators: ({ height }) => {
      const reader = readerOf(height);
      if (reader === undefined) return null;
      const { epoch, firstHeight, validators, nextValidators } = queries.epochState(reader);
      return {
        height: reader.height,
        epoch,
        firstHeight,
        quorum: quorumOf(validators.length),
        faultsTolerated: faultsTolerated(validators.length),
        validators: validators.map(validatorView),
        nextValidators: nextValidators.map(validatorView),
        pending: queries.members(reader).flatMap((found) => {
          const key = queries.pendingKey(reader, found);
          return key === undefined ? [] : [validatorView({ member: found.member.id, key })];
        }),
      };
    },
    chain_links: ({ fromEpoch }) => links(ledger, fromEpoch),
    chain_parameters: ({ height }) => {
      const reader = readerOf(height);
      return (reader && { height: reader.height, parameters: queries.parameters(reader) }) || null;
    },
    chain_getBlock: ({ at, full }) => {
      const block = ledger.block(heightOf(ledger, at));
      return block === undefined ? null : blockView(ledger, block, full ?? false);
    },
    chain_getHeader: ({ at }) => {
      const height = heightOf(ledger, at);
      const header = ledger.header(height);
      const hash = ledger.blockHashAt(height);
      const bytes = ledger.headerBytes(height);
      if (header === undefined || hash === undefined || bytes === undefined) return null;
      return headerView(header, hash, bytes);
    },
    chain_getHeaderAt: ({ time }) => headerAt(ledger, time),
    chain_getHeaderProof: ({ height }) => {
      // What a genesis makes is final by definition, and has no proof before there is another.
      const newest = ledger.head.header.height;
      if (height > newest || ledger.certificate(newest) === undefined) return null;
      return { height, proof: finalHeaderJson(proveHeader(ledger, height)) };
    },
    chain_getConsistency: ({ from, to }) => consistency(ledger, from, to),
    chain_getCertificate: ({ height }) => certificate(ledger, height),
    chain_listBlocks: ({ cursor, limit, order }) =>
      page({
        scope: ['chain_listBlocks'],
        cursor,
        limit,
        order: order ?? 'desc',
        count: ledger.head.header.height + 1,
        read: (from, to) =>
          heights(from, to).flatMap((height) => storedSummary(ledger, height) ?? []),
      }),
    chain_getRawBlocks: ({ from, to }) => rawBlocks(ledger, from, to),
  };
}

async function links(ledger: Ledger, fromEpoch: number): Promise<ResultOf<'chain_links'>> {
  const found = await ledger.validatorLinks(fromEpoch, LINKS_MAX + 1);
  const page = found.slice(0, LINKS_MAX);
  const last = page.at(-1);
  return {
    links: page.map((link) => toJson(validatorLinkSchema, link) as JsonObject),
    // Votes name the epoch that they end; the set that they lead to is the next one's.
    next: last !== undefined && found.length > page.length ? last.certificate.epoch + 1 : null,
  };
}

function validatorView({ member, key }: Validator): { member: string; key: string } {
  return { member, key: publicKeyToText(key) };
}

/** Times never go down, so the block is found by halving. */
function headerAt(ledger: Ledger, text: string): ResultOf<'chain_getHeaderAt'> {
  const time = Date.parse(text);
  if (Number.isNaN(time)) refuse('INVALID_PARAMS', { message: 'no time', field: 'time' });
  const timeOf = (height: number): number => ledger.header(height)?.time ?? 0;
  const newest = ledger.head.header.height;
  if (timeOf(0) > time) return null;
  let [last, after] = [0, newest + 1];
  while (after - last > 1) {
    const middle = Math.floor((last + after) / 2);
    if (timeOf(middle) <= time) last = middle;
    else after = middle;
  }
  const header = toBase64url(ledger.headerBytes(last) ?? EMPTY_BYTES);
  return { height: last, time: timeText(timeOf(last)), header, isNewest: last === newest };
}

function consistency(ledger: Ledger, from: number, to: number): ResultOf<'chain_getConsistency'> {
  if (from > to) refuse('INVALID_PARAMS', { message: 'from is above to', field: 'from' });
  if (to > ledger.head.header.height) return null;
  return { from, to, path: ledger.consistencyProof(from, to).map(hashText) };
}

type JsonObject = { readonly [name: string]: Json };

function heights(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Where there is no such block: a height that has none either. */
function heightOf(ledger: Ledger, at: number | string): number {
  return typeof at === 'number' ? at : (ledger.heightOf(hashOf(at)) ?? Number.MAX_SAFE_INTEGER);
}

/** What changes with the head only. */
function statusOf(services: Services): Omit<ResultOf<'chain_status'>, 'syncing'> {
  const { ledger, queries } = services.context;
  const reader = ledger.state();
  const { header, hash } = ledger.head;
  const { validators, firstHeight } = queries.epochState(reader);
  const parameters = queries.parameters(reader);
  const empty = isEmptyRoot(header.txRoot);
  // An epoch's last block is empty, too, but changes the state.
  const boundary = firstHeight === header.height + 1;
  const closed = empty && !boundary && ledger.certificate(header.height) !== undefined;
  return {
    chain: hashText(ledger.chain),
    name: ledger.genesis.genesis.name,
    genesisTime: timeText(ledger.genesis.genesis.time),
    protocolVersion: parameters.protocolVersion,
    head: { height: header.height, hash: hashText(hash), time: timeText(header.time), closed },
    stateRoot: hashText(stateRootOf(ledger.chain, reader.treeRoot)),
    members: queries.activeMembers(reader).length,
    validators: validators.length,
    quorum: quorumOf(validators.length),
    faultsTolerated: faultsTolerated(validators.length),
    heartbeatMs: parameters.heartbeatMs,
    limits: publishedLimits(parameters),
  };
}

async function certificate(
  ledger: Ledger,
  height: number,
): Promise<ResultOf<'chain_getCertificate'>> {
  const finality = ledger.finality(height);
  const block = finality?.certificate.block;
  if (finality === undefined || block === undefined || block === null) return null;
  const validators = await ledger.validatorsOf(finality.certificate.epoch);
  const signatures = finality.certificate.signatures.flatMap(({ validator, signature }) => {
    const signer = validators[validator];
    if (signer === undefined) return [];
    const { member, key } = signer;
    const signed = toBase64url(signature);
    return [{ validator, member, key: publicKeyToText(key), signature: signed }];
  });
  return {
    height,
    certifiedHeight: height + finality.headers.length,
    block: hashText(block),
    epoch: finality.certificate.epoch,
    view: finality.certificate.view,
    quorum: quorumOf(validators.length),
    validators: validators.length,
    signatures,
    headers: finality.headers.map(toBase64url),
    certificate: toBase64url(encode(certificateSchema, finality.certificate)),
  };
}

/** As many blocks as fit, but always one, so that a reader gets on. */
function rawBlocks(ledger: Ledger, from: number, to: number): ResultOf<'chain_getRawBlocks'> {
  const blocks: ResultOf<'chain_getRawBlocks'>['blocks'] = [];
  let bytes = 0;
  const last = Math.min(to, ledger.head.header.height);
  for (let height = from; height <= last; height++) {
    const block = ledger.block(height);
    if (block === undefined) break;
    const raw = encodeBlock(block);
    const own = ledger.certificate(height);
    const signed = own === undefined ? null : encode(certificateSchema, own);
    bytes += raw.length + (signed?.length ?? 0);
    if (bytes > RAW_BLOCKS_BYTES_MAX && blocks.length > 0) return { blocks, next: height };
    blocks.push({
      height,
      block: toBase64url(raw),
      certificate: signed === null ? null : toBase64url(signed),
    });
  }
  return { blocks, next: null };
}
