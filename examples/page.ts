/**
 * A page of your own web site that checks files in the visitor's browser. It needs no server but a
 * place for three files: this one as page.js, page.html, and the genesis that you checked.
 *
 *   node_modules/.bin/esbuild examples/page.ts --bundle --format=esm --outfile=page.js
 */
import { authenticate, createClient, digestOf, http, trustGenesis } from 'ztc/client';

const query = new URLSearchParams(location.search);
const file = document.querySelector('#file') as HTMLInputElement;
const verdict = document.querySelector('#verdict') as HTMLOutputElement;

file.addEventListener('change', () => void check(file.files?.[0]));

async function check(chosen: File | undefined): Promise<void> {
  if (chosen === undefined) return;
  try {
    const genesis = await (await fetch('genesis.json')).text();
    const client = createClient({
      transport: http(query.get('node') ?? location.origin),
      trust: trustGenesis(genesis),
    });
    const digest = await digestOf(chosen, (bytes) => {
      verdict.value = `reading: ${Math.round((100 * bytes) / chosen.size)} %`;
    });
    const publisher = query.get('publisher') ?? undefined;
    const { status, height, statement } = await authenticate(client, digest, { publisher });
    verdict.value = `${status}, proven as of block ${height}: ${statement?.name ?? digest}`;
  } catch (error) {
    verdict.value = `no verdict: ${error instanceof Error ? error.message : error}`;
  }
}
