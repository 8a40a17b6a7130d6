/** The documents that are made from the table of methods. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openRpcDocument } from '../../../src/rpc/openrpc.ts';
import { RPC_ERRORS } from '../../../src/rpc/schema/errors.ts';
import { METHODS } from '../../../src/rpc/schema/index.ts';
import { rpcMarkdown } from './rpc-markdown.ts';

const MARKDOWN = new URL('../../../docs/rpc.md', import.meta.url);

test('docs/rpc.md is what the table says; ZTC_WRITE_DOCS=1 writes it', () => {
  const text = rpcMarkdown();
  if (process.env.ZTC_WRITE_DOCS === '1') writeFileSync(MARKDOWN, text);
  const hint = 'docs/rpc.md is out of date: ZTC_WRITE_DOCS=1 npm test -- openrpc';
  assert.equal(readFileSync(MARKDOWN, 'utf8'), text, hint);
});

test('every type that docs/rpc.md names is explained there', () => {
  const text = rpcMarkdown();
  for (const [, title] of text.matchAll(/\]\(#([a-z0-9]+)\)/g)) {
    assert.match(text, new RegExp(`^### ${title}$`, 'im'), title);
  }
});

test('the OpenRPC document has every method, and resolves', () => {
  const document = openRpcDocument('1.2.3');
  const methods = document.methods as { name: string; params: { name: string }[] }[];
  assert.deepEqual(
    methods.map(({ name, params }) => [name, params.map((param) => param.name)]),
    Object.entries(METHODS).map(([name, { params }]) => [name, Object.keys(params.properties)]),
  );
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  let count = 0;
  for (const [, path] of references) {
    count++;
    let target: unknown = document;
    for (const step of (path ?? '').split('/')) target = (target as Record<string, unknown>)[step];
    assert.ok(target !== undefined, path);
  }
  assert.ok(count > 100);
});

test('error codes are unique and in the reserved range', () => {
  const codes = Object.values(RPC_ERRORS).map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
  assert.ok(codes.every((code) => code >= -32768 && code <= -32000));
});

test('optional parameters come after required ones, so that positions work', () => {
  for (const [name, { params }] of Object.entries(METHODS)) {
    const required: readonly string[] = params.required ?? [];
    const names = Object.keys(params.properties);
    assert.deepEqual(names.slice(0, required.length).sort(), [...required].sort(), name);
  }
});
