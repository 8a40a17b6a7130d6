/**
 * `docker:WHAT`: a container image, by its id: the SHA-256 of its configuration, which names each
 * layer's uncompressed content. WHAT is an OCI layout (a folder), a tar file of `docker save` or of
 * such a layout, or the name of an image that the local daemon has. In folders and files everything
 * is hashed here; the daemon is taken at its word.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assetFromText } from '../../ledger/primitives.ts';
import { decompressorFor, readTar } from './tar.ts';

export interface Image {
  readonly asset: Uint8Array;
  /** `sha256:…`, as `docker images --no-trunc` shows it. */
  readonly id: string;
}

/** One file of an image. */
interface Part {
  /** Of its bytes. */
  readonly digest: string;
  /** Of what they decompress to; the same where they are not compressed. */
  readonly plain: string;
  /** Undefined where it is too large to be a document. */
  readonly text: string | undefined;
}

type Parts = Map<string, Part>;

/** Configurations and manifests of images take kilobytes. */
const DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;

export async function containerImage(reference: string, signal: AbortSignal): Promise<Image> {
  const kind = await kindOf(reference);
  if (kind === 'name') return idOf(await askDaemon(reference, signal));
  const parts: Parts = new Map();
  if (kind === 'folder') {
    for (const name of await readdir(reference, { recursive: true })) {
      const file = path.join(reference, name);
      if (!(await stat(file)).isFile()) continue;
      parts.set(name.split(path.sep).join('/'), await partOf(createReadStream(file)));
    }
  } else {
    await readTar(reference, signal, async (name, body) => {
      parts.set(path.posix.normalize(name), await partOf(body));
      return true;
    });
  }
  return checkedImage(parts);
}

async function kindOf(reference: string): Promise<'folder' | 'file' | 'name'> {
  try {
    return (await stat(reference)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'name';
  }
}

async function askDaemon(name: string, signal: AbortSignal): Promise<string> {
  const words = ['image', 'inspect', '--format', '{{.Id}}', '--', name];
  return await new Promise((resolve, reject) => {
    execFile('docker', words, { signal }, (error, stdout, stderr) => {
      const said = stderr.trim().split('\n')[0];
      if (error === null) resolve(stdout.trim());
      else reject(new Error(said || 'there is no such file, and docker could not be asked'));
    });
  });
}

function idOf(id: string): Image {
  const asset = /^sha256:[0-9a-f]{64}$/.test(id) ? assetFromText(id) : undefined;
  if (asset === undefined) throw new Error(`the image has no SHA-256 id but ${id}`);
  return { asset, id };
}

/** Hashes a part as it is and decompressed, in one pass. */
async function partOf(body: AsyncIterable<Uint8Array>): Promise<Part> {
  const raw = createHash('sha256');
  const plain = createHash('sha256');
  const kept: Uint8Array[] = [];
  let size = 0;
  let through: ReturnType<typeof decompressorFor> | PassThrough;
  let inflating: Promise<void> | undefined;
  for await (const chunk of body) {
    raw.update(chunk);
    size += chunk.length;
    if (size <= DOCUMENT_BYTES_MAX) kept.push(chunk);
    if (through === undefined) {
      through = decompressorFor(chunk) ?? new PassThrough();
      inflating = pipeline(through, async (chunks: AsyncIterable<Buffer>) => {
        for await (const part of chunks) plain.update(part);
      });
    }
    if (!through.write(chunk)) await drained(through, inflating);
  }
  through?.end();
  await inflating;
  const text = size <= DOCUMENT_BYTES_MAX ? Buffer.concat(kept).toString('utf8') : undefined;
  return { digest: `sha256:${raw.digest('hex')}`, plain: `sha256:${plain.digest('hex')}`, text };
}

async function drained(stream: NodeJS.EventEmitter, ended: Promise<void> | undefined) {
  const drain = new Promise<void>((resolve) => stream.once('drain', () => resolve()));
  await Promise.race([drain, ended]);
}

/** Follows the names from the index or `docker save`'s manifest to the layers, and checks each. */
function checkedImage(parts: Parts): Image {
  const { config, layers } = parts.has('index.json') ? ociImage(parts) : savedImage(parts);
  const described = documentOf(config) as { rootfs?: { diff_ids?: unknown } };
  const expected = described.rootfs?.diff_ids;
  if (!Array.isArray(expected) || expected.length !== layers.length) {
    throw new Error('its layers are not those that its configuration names');
  }
  layers.forEach(({ plain }, i) => {
    if (plain !== expected[i]) throw new Error(`layer ${i + 1} is not what it is said to be`);
  });
  return idOf(config.digest);
}

interface Found {
  readonly config: Part;
  readonly layers: readonly Part[];
}

/** https://github.com/opencontainers/image-spec, image-layout.md */
function ociImage(parts: Parts): Found {
  let { digest } = onlyOne(listOf(documentOf(partNamed(parts, 'index.json')), 'manifests'));
  let manifest = documentOf(blob(parts, digest));
  // An index may lead to another one, of platforms or with what attests the build.
  const inner = listOf(manifest, 'manifests');
  if (inner.length > 0) {
    ({ digest } = onlyOne(inner.filter((each) => Object(each).annotations === undefined)));
    manifest = documentOf(blob(parts, digest));
  }
  const { config } = Object(manifest) as { config?: { digest?: unknown } };
  return {
    config: blob(parts, config?.digest),
    layers: listOf(manifest, 'layers').map((layer) => blob(parts, Object(layer).digest)),
  };
}

/** What `docker save` wrote before it wrote OCI layouts. */
function savedImage(parts: Parts): Found {
  const images = documentOf(partNamed(parts, 'manifest.json'));
  const [image, ...more] = Array.isArray(images) ? images : [];
  if (image === undefined || more.length > 0) throw new Error('it holds no image, or several');
  const { Config, Layers } = Object(image) as { Config?: unknown; Layers?: unknown };
  return {
    config: partNamed(parts, String(Config)),
    layers: Array.isArray(Layers) ? Layers.map((name) => partNamed(parts, String(name))) : [],
  };
}

function onlyOne(found: readonly unknown[]): { readonly digest: unknown } {
  if (found.length === 1) return Object(found[0]);
  throw new Error(`it holds ${found.length} images: give one with a single image and platform`);
}

function listOf(document: unknown, name: string): readonly unknown[] {
  const list = Object(document)[name];
  return Array.isArray(list) ? list : [];
}

/** A blob whose bytes are those of its name. */
function blob(parts: Parts, digest: unknown): Part {
  const name = `blobs/${String(digest).replace(':', '/')}`;
  const part = partNamed(parts, name);
  if (part.digest !== digest) throw new Error(`${name} is not what its name says`);
  return part;
}

function partNamed(parts: Parts, name: string): Part {
  const part = parts.get(path.posix.normalize(name));
  if (part === undefined) throw new Error(`it is no image: it has no ${name}`);
  return part;
}

function documentOf({ text }: Part): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new Error('a document of the image is no JSON');
  }
}
