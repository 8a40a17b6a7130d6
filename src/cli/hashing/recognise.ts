/** What a file is, by its content: an npm package, a bill of materials, or just a file. */
import { firstBytes } from './file.ts';
import { readTar } from './tar.ts';

/** What a file says of itself. */
export interface Recognised {
  readonly kind: string;
  readonly name?: string;
  readonly version?: string;
}

/** The beginning of a file is enough to tell a bill of materials. */
const HEAD_BYTES = 64 * 1024;
const PACKAGE_JSON = /^[^/]+\/package\.json$/;
const PACKAGE_JSON_BYTES_MAX = 1024 * 1024;
/** npm packs package.json first, or nearly so; other archives are not searched to their end. */
const ENTRIES_MAX = 1_000;

/** Undefined: just a file. Never fails: what can't be read is told where it is hashed. */
export async function recognise(
  file: string,
  signal: AbortSignal,
): Promise<Recognised | undefined> {
  try {
    if (/\.(tgz|tar\.gz)$/i.test(file)) return await npmPackage(file, signal);
    if (/\.(json|xml|spdx)$/i.test(file))
      return billOfMaterials(`${await firstBytes(file, HEAD_BYTES)}`);
  } catch {
    // Not what it looked like.
  }
  return undefined;
}

/** CycloneDX in JSON and XML, SPDX in JSON and as tags. */
function billOfMaterials(head: string): Recognised | undefined {
  if (/^\s*\{/.test(head)) {
    if (/"bomFormat"\s*:\s*"CycloneDX"/.test(head)) return { kind: 'sbom-cyclonedx' };
    if (/"spdxVersion"\s*:\s*"SPDX-/.test(head)) return { kind: 'sbom-spdx' };
    return undefined;
  }
  if (/<bom\b[^>]*xmlns="http:\/\/cyclonedx\.org\/schema\/bom\//.test(head)) {
    return { kind: 'sbom-cyclonedx' };
  }
  return /^SPDXVersion: SPDX-/m.test(head) ? { kind: 'sbom-spdx' } : undefined;
}

async function npmPackage(file: string, signal: AbortSignal): Promise<Recognised | undefined> {
  let found: Recognised | undefined;
  let entries = 0;
  await readTar(file, signal, async (name, body) => {
    if (!PACKAGE_JSON.test(name)) return ++entries < ENTRIES_MAX;
    const manifest = JSON.parse(await textOf(body)) as { name?: unknown; version?: unknown };
    const { name: called, version } = manifest;
    if (typeof called === 'string' && typeof version === 'string') {
      found = { kind: 'npm-package', name: called, version };
    }
    return false;
  });
  return found;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > PACKAGE_JSON_BYTES_MAX) throw new Error('it is too large');
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}
