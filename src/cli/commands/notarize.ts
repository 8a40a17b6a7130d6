/** `ztc notarize`: a publisher states that it trusts these files. */
import { COLLECT_OPTIONS } from '../collect.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { formatManifest, type Manifest } from '../hashing/manifest.ts';
import { writeNewFile } from '../home/files.ts';
import { INPUT_OPTIONS, INPUT_POSITIONALS, parseInputs } from '../inputs.ts';
import { COSIGN_OPTIONS, KEY_OPTIONS, readCosigners, readSigningKey } from '../keys/signing-key.ts';
import { parseDuration, TIMEOUT_OPTIONS, TRUST_OPTIONS } from '../options.ts';
import { receiptFiles, SAVE_RECEIPT_OPTIONS } from '../receipts.ts';
import { openSession } from '../session.ts';
import { readDetached, SIGNATURE_OPTIONS } from '../statements/detached.ts';
import { parseAttributes } from '../statements/intent.ts';
import { stateAll } from '../statements/state.ts';

export const notarize = defineCommand({
  name: 'notarize',
  summary: 'state on the ledger that you trust these files',
  details: [
    'Files are hashed here (SHA-256, any size) and never leave this machine. Recorded are the',
    'digest, base name, size and kind; never a path, user, host or environment. All paths go into',
    'one transaction (more only above the limits of the chain); returns when that is final.',
    'A folder (--recursive) or commit (git:FOLDER@REV) is one asset: the sorted list of its files',
    'with their SHA-256. An image (docker:WHAT, an OCI layout, a tar file or a local name) is its',
    'id. npm packages and bills of materials (CycloneDX, SPDX) are told by what is in them.',
    'A PGP or X.509 signature that you make anyway (--pgp, --x509) goes along, public too; every',
    'ztc authenticate checks it again.',
    'A file that you stated the same about already is left alone: "already, since height H".',
    'What you state is public and permanent. With --private name, version, size and attributes are',
    'hidden behind a salted hash, and only the receipt, which is written, can show them; digest,',
    'kind and publisher stay public: who has the file finds the statement. What opens it is kept',
    'beside the trust file, too.',
  ],
  examples: [
    'ztc notarize app.tgz --key acme.key --name app --version 1.4.0',
    'ztc notarize dist/* --attr commit=4f1c2aa',
    'ztc notarize app.tgz --pgp app.tgz.asc --key acme.key',
    'ztc notarize --recursive dist --manifest dist.manifest --key acme.key',
    'ztc notarize git:.@v1.4.0 docker:image.tar --key acme.key',
    'ztc notarize --private prototype.bin --key acme.key --name falcon',
    'ztc notarize --hash sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ],
  positionals: INPUT_POSITIONALS,
  options: {
    ...INPUT_OPTIONS,
    ...KEY_OPTIONS,
    ...COSIGN_OPTIONS,
    ...COLLECT_OPTIONS,
    name: {
      type: 'string',
      env: false,
      describe: 'product name instead of the base name (one input only)',
      value: 'NAME',
    },
    version: {
      type: 'string',
      env: false,
      describe: 'product version (one input only)',
      value: 'VERSION',
    },
    kind: {
      type: 'string',
      describe: 'what it is: file (default), document, git-commit, …',
      value: 'KIND',
    },
    attr: {
      type: 'string',
      array: true,
      env: false,
      describe: 'an attribute; may be repeated',
      value: 'KEY=VALUE',
    },
    manifest: {
      type: 'string',
      env: false,
      describe: 'write the list of what the folder or commit holds to this new file',
      value: 'FILE',
    },
    private: {
      type: 'boolean',
      env: false,
      describe: 'hide name, version, size and attributes; the receipt opens them',
    },
    ...SIGNATURE_OPTIONS,
    again: { type: 'boolean', describe: 'state it even if it is stated already' },
    ...SAVE_RECEIPT_OPTIONS,
    ...TIMEOUT_OPTIONS,
    ...TRUST_OPTIONS,
  },
  async run(args, io) {
    const { name, version, kind, attr, again = false } = args;
    const inputs = parseInputs(args.paths, args.hash);
    if (inputs.length > 1 && (name !== undefined || version !== undefined)) {
      throw usageError('--name and --version are about one file: give one PATH or digest');
    }
    const attributes = attr === undefined ? undefined : parseAttributes(attr);
    const detached = await readDetached(args, inputs);
    const timeoutMs = parseDuration('timeout', args.timeout);
    const key = await readSigningKey(args.key, io);
    const cosigners = await readCosigners(args.cosign, io);
    const { private: isPrivate = false } = args;
    // Without a receipt nobody could ever show the words.
    const opening = isPrivate && args.collect === undefined ? '' : undefined;
    const save = { ...args, 'save-receipt': args['save-receipt'] ?? opening };
    const receipts = await receiptFiles(save, inputs);
    const session = await openSession(args, io);
    const words = { name, version, kind, attributes, reason: undefined, detached };
    const intent = { status: 'TRUSTED', ...words, keepsDetails: false, isPrivate } as const;
    const { recursive, manifest, collect } = args;
    const onManifest = async (found: Manifest): Promise<void> => {
      if (manifest !== undefined) await writeNewFile(manifest, formatManifest(found));
    };
    const how = { again, recursive, onManifest, timeoutMs, collect, receipts };
    return stateAll({ session, key, cosigners, inputs, intent, ...how }, io);
  },
});
