/** `docs/rpc.md`, from the table of methods. */
import type { TSchema } from 'typebox';
import { errorsOf } from '../../../src/rpc/openrpc.ts';
import { RPC_ERRORS } from '../../../src/rpc/schema/errors.ts';
import { METHODS } from '../../../src/rpc/schema/index.ts';
import type { MethodSchema } from '../../../src/rpc/schema/method.ts';

/** The parts of a JSON schema that are spelled out. */
interface Shape {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: { readonly [name: string]: Shape };
  readonly patternProperties?: { readonly [pattern: string]: Shape };
  readonly required?: readonly string[];
}

const INTRODUCTION = `# RPC

JSON-RPC 2.0 at \`POST /\` and \`POST /rpc\` of a node's public listener; parameters by name or by
position. Generated from \`src/rpc/schema\`; the same as an OpenRPC document: \`rpc.discover\` and
\`GET /openrpc.json\`.

- Block hashes, transaction ids and the chain are \`0x…\`, assets \`sha256:…\`, keys
  \`ed25519:…\`, other bytes base64url without padding. Heights are integers, times RFC 3339.
- Everything answered is final. \`null\` means that there is no such thing; that is no error.
- Reads take \`minHeight\`: they wait up to 5 s until the state after that block can be answered
  from (with \`prove\`: until the header above it is final), else \`SYNCING\`.
- Pages: \`limit\` (default 30, at most 100), \`nextCursor\`, \`prevCursor\`; a cursor belongs to
  its method and filter.
- Limits: \`chain_status\` lists them. HTTP 200 carries JSON-RPC errors; 400, 401, 403, 404, 405,
  413, 415, 429 and 503 (both with \`Retry-After\`) are for the transport, with a JSON-RPC error as
  body too.
- Methods marked *cacheable* are also \`GET /api/v1/METHOD?name=value\`: the result alone, with an
  \`ETag\`, and kept for good where it never changes (those with \`height\`: below the head, without
  \`prove\`). What is not there is 404.
- Where a node wants tokens (\`rpc.access\`), other hosts send \`Authorization: Bearer TOKEN\`;
  methods marked *open* need none.
- \`/ws\` takes the same bodies as messages of a WebSocket, and \`chain_subscribe\`.
`;

const FEED = `## The feed: \`GET /api/v1/events\`

Server-sent events, final data only. Parameters: \`topics\` (of block, statement, record,
publisher, member, governance, and of consensus, sync, which are told only if named;
comma-separated), \`publisher\`, \`asset\`, \`namespace\`,
\`kind\` (blocks pass these filters), \`after=HEIGHT-INDEX\` or \`fromHeight=H\`.

| event | id | data |
|-|-|-|
| \`hello\` | | \`chain\`, \`head\`: first on every connection |
| \`block\` | \`height-0\` | as in \`chain_listBlocks\`; how many transactions were \`rejected\` |
| \`statement\` | \`height-index\` | \`publisher\`, its word on an asset, and where it stands |
| \`record\` | \`height-index\` | \`namespace\`, \`key\`, \`value\` and where it stands |
| \`publisher\`, \`member\` | \`height-index\` | \`id\`, \`name\`, … |
| \`governance\` | \`height-index\` | \`op\`, \`proposal\`, …; \`gov.executed\` when it was |
| \`gap\` | | \`from\`, \`to\`, \`reason\`: of blocks that are pruned here; it goes on behind them |
| \`consensus\` | | \`epoch\`, \`view\`, \`leader\`, \`height\`, …: when it changes |
| \`sync\` | | \`height\`, the highest head \`heard\` of, \`syncing\`: when it changes |
| \`closed\` | | \`reason\`: the node ends the stream, as for a consumer that does not read |

Ids are the same on every node. With \`Last-Event-ID\` (browsers send it by themselves) or
\`after\` the events behind that id are replayed from the ledger, without a hole. A comment
\`: ping\` comes every 15 s; the feed of a filtering client then also says how far it is, by an
\`id\` without data.

Evidence is no topic: it is in no block, so it has no id that is the same on every node. Ask
\`consensus_evidence\`.

## Other routes

- \`GET /\`: the explorer; \`/verify.html\` and \`/ztc-verify.mjs\` to take away.
- \`GET /openrpc.json\`. \`GET /.well-known/ztc.json\`: the signed genesis.
- The admin listener (loopback): \`GET /metrics\`, \`/livez\`, \`/readyz[?verbose]\`, and
  \`POST /rpc\` with \`Authorization: Bearer TOKEN\` for the method \`admin_status\`.
`;

export function rpcMarkdown(): string {
  const named = new Map<string, Shape>();
  const methods = Object.entries<MethodSchema>(METHODS).map(([name, method]) =>
    methodSection(name, method, named),
  );
  return [
    INTRODUCTION,
    errorsSection(),
    '## Methods\n',
    ...methods,
    '## Types\n',
    typesSection(named),
    FEED,
  ].join('\n');
}

function errorsSection(): string {
  const rows = Object.entries(RPC_ERRORS).map(
    ([name, { code, message }]) => `| ${code} | \`${name}\` | ${message} |`,
  );
  return `## Errors

\`error.data\` holds \`code\` (the name below, or a finer reason such as \`BAD_SIGNATURE\`),
\`retryable\`, and where it helps \`hint\`, \`field\`, \`id\`, \`height\`.

| number | name | meaning |
|-|-|-|
${rows.join('\n')}
`;
}

function methodSection(name: string, method: MethodSchema, named: Map<string, Shape>): string {
  const params = method.params as unknown as Shape;
  const required = params.required ?? [];
  const rows = Object.entries(params.properties ?? {}).map(([param, shape]) => {
    const need = required.includes(param) ? 'yes' : '';
    return `| \`${param}\` | ${spell(shape, named)} | ${need} | ${about(shape)} |`;
  });
  const table = ['| parameter | type | required | |', '|-|-|-|-|', ...rows].join('\n');
  const marks = [
    ...(method.open ? ['*open*'] : []),
    ...(method.immutable === undefined ? [] : ['*cacheable*']),
  ].join(', ');
  return `### ${name}

${method.summary}${marks === '' ? '' : ` (${marks})`}

${rows.length === 0 ? 'No parameters.' : table}

Result: ${spell(method.result as TSchema as Shape, named)}

Errors: ${errorsOf(method)
    .map((error) => `\`${error}\``)
    .join(', ')}
`;
}

function about({ description, default: byDefault, minimum, maximum }: Shape): string {
  const parts = [description ?? ''];
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) {
    parts.push(`From ${minimum ?? 0} to ${maximum}.`);
  }
  if (byDefault !== undefined) parts.push(`Default: ${byDefault}.`);
  return parts.filter((part) => part !== '').join(' ');
}

/** A type in words; titled ones are collected and referred to. */
function spell(shape: Shape, named: Map<string, Shape>): string {
  if (shape.title === undefined) return spellParts(shape, named);
  named.set(shape.title, shape);
  return `[${shape.title}](#${shape.title.toLowerCase()})`;
}

function spellParts(shape: Shape, named: Map<string, Shape>): string {
  if (shape.const !== undefined) return `\`${JSON.stringify(shape.const)}\``;
  if (shape.anyOf) return shape.anyOf.map((part) => spell(part, named)).join(' or ');
  if (shape.items) return `[ ${spell(shape.items, named)} … ]`;
  if (shape.patternProperties) return 'object of text';
  if (shape.properties === undefined) return shape.type ?? 'any';
  const members = Object.entries(shape.properties).map(([name, member]) => {
    const optional = (shape.required ?? []).includes(name) ? '' : '?';
    return `\`${name}${optional}\`: ${spell(member, named)}`;
  });
  return `{ ${members.join(', ')} }`;
}

function typesSection(named: Map<string, Shape>): string {
  const sections = new Map<string, string>();
  // Spelling one type may name further ones, which the map then goes on to.
  for (const [title, shape] of named) {
    const parts = spellParts(shape, named);
    const words = shape.description === undefined ? '' : `${shape.description}\n\n`;
    sections.set(title, `### ${title}\n\n${words}${parts}\n`);
  }
  return [...sections]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text)
    .join('\n');
}
