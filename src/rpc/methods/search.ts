/** `search`. Exact meanings first, then parts of names. */
import { fromHex } from '../../common/bytes.ts';
import { publicKeyFromText } from '../../common/signature.ts';
import { assetFromText, assetToText, ID_PATTERN } from '../../ledger/primitives.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import type { StateReader } from '../../state/reader.ts';
import type { Handlers, Services } from '../handler.ts';
import { NameIndex } from '../name-index.ts';
import type { ResultOf } from '../schema/index.ts';
import { HITS_MAX } from '../schema/search.ts';
import { hashText, timeText } from '../views.ts';

type Hit = ResultOf<'search'>['items'][number];

export function searchHandlers(services: Services): Handlers<'search'> {
  const names = new NameIndex(services.context);
  return {
    search: async ({ query }) => {
      await names.update();
      const text = query.trim();
      const reader = services.context.ledger.state();
      const found = [
        ...blocks(services, text),
        ...hashes(services, reader, text),
        ...identities(services, reader, text),
        ...named(names, text.toLowerCase()),
      ];
      const items = distinct(found);
      return {
        items: items.slice(0, HITS_MAX),
        complete: items.length <= HITS_MAX && names.complete,
      };
    },
  };
}

function distinct(hits: readonly Hit[]): Hit[] {
  return [
    ...new Map(hits.toReversed().map((hit) => [`${hit.kind} ${hit.id}`, hit])).values(),
  ].toReversed();
}

function blockHit({ context }: Services, height: number): Hit[] {
  const header = context.ledger.header(height);
  if (header === undefined) return [];
  const detail = `of ${timeText(header.time)}`;
  return [{ kind: 'block', id: String(height), label: `Block ${height}`, detail }];
}

function blocks(services: Services, text: string): Hit[] {
  const digits = text.replace(/^#/, '').replaceAll(/[,_ ]/g, '');
  return /^\d{1,15}$/.test(digits) ? blockHit(services, Number(digits)) : [];
}

/** 64 hexadecimal digits may be a block, a transaction or a file's digest. */
function hashes(services: Services, reader: StateReader, text: string): Hit[] {
  const [, prefix, digits] = /^(0x|sha256:)?([0-9a-f]{64})$/.exec(text.toLowerCase()) ?? [];
  const hash = fromHex(digits ?? '-');
  if (hash === undefined) return [];
  const { ledger } = services.context;
  const hits: Hit[] = [];
  if (prefix !== 'sha256:') {
    const block = ledger.heightOf(hash);
    if (block !== undefined) hits.push(...blockHit(services, block));
    const height = ledger.heightOfTransaction(hash);
    if (height !== undefined) {
      const detail = `in block ${height}`;
      hits.push({ kind: 'transaction', id: hashText(hash), label: 'Transaction', detail });
    }
  }
  const asset = assetFromText(digits ?? '');
  if (prefix !== '0x' && asset !== undefined) {
    const { count } = reader.list(stateKey.assetStatements(asset));
    const detail = `${count} ${count === 1 ? 'statement' : 'statements'}`;
    if (count > 0) hits.push({ kind: 'asset', id: assetToText(asset), label: 'Asset', detail });
  }
  return hits;
}

function identities({ context }: Services, reader: StateReader, text: string): Hit[] {
  const { queries } = context;
  const key = publicKeyFromText(text);
  const owner = key.ok ? queries.keyOwner(reader, key.value)?.publisher : undefined;
  const id = owner ?? text;
  const publisher = ID_PATTERN.test(id) ? queries.publisher(reader, id) : undefined;
  const hits: Hit[] =
    publisher === undefined
      ? []
      : [{ kind: 'publisher', id, label: publisher.name, detail: `publisher ${id}` }];
  const lower = text.toLowerCase();
  for (const { member } of queries.members(reader)) {
    if (member.id !== lower && !member.name.toLowerCase().includes(lower)) continue;
    const detail = `member ${member.id}`;
    hits.push({ kind: 'member', id: member.id, label: member.name, detail });
  }
  return hits;
}

/** The newest first; the list is cut by the caller. */
function named(names: NameIndex, lower: string): Hit[] {
  const hits: Hit[] = [];
  for (const { id, name, lower: other } of names.publishers) {
    if (!other.includes(lower) && !id.includes(lower)) continue;
    hits.push({ kind: 'publisher', id, label: name, detail: `publisher ${id}` });
    if (hits.length > HITS_MAX) break;
  }
  const assets = new Map<string, Hit>();
  for (const { asset, publisher, label, lower: other } of names.assets.toReversed()) {
    if (!other.includes(lower) || assets.has(asset)) continue;
    assets.set(asset, { kind: 'asset', id: asset, label, detail: `by ${publisher}` });
    if (assets.size > HITS_MAX) break;
  }
  return [...hits, ...assets.values()];
}
