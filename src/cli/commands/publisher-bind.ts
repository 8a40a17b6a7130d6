/** `ztc publisher bind` and `unbind`: PGP keys, certificates, domains, links of a publisher. */
import { fromHex, utf8 } from '../../common/bytes.ts';
import type { Json } from '../../common/codec/index.ts';
import { sha256 } from '../../common/hash.ts';
import {
  BINDING,
  type BindingClaim,
  bindingText,
  DOMAIN_PATTERN,
  domainRecord,
  isKeyBinding,
  type KeyBinding,
  LINK_PATTERN,
  TXT_LABEL,
} from '../../ledger/bindings.ts';
import { OPERATION } from '../../ledger/operations.ts';
import { defineCommand, type Outcome } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { writeNewFile } from '../home/files.ts';
import { READ_OPTIONS } from '../options.ts';
import { type Io, printable } from '../output.ts';
import {
  openPublisher,
  PUBLISHER_KEY_OPTIONS,
  type PublisherKeyArgs,
  provenPublisher,
  sayAsPublisher,
} from '../publishers/voice.ts';
import type { Session, SessionArgs } from '../session.ts';
import { readSmallFile, small } from '../statements/detached.ts';

interface BindArgs extends PublisherKeyArgs, SessionArgs {
  readonly pgp?: string | undefined;
  readonly x509?: string | undefined;
  readonly domain?: string | undefined;
  readonly link?: string | undefined;
  readonly signature?: string | undefined;
  readonly out?: string | undefined;
}

export const publisherBind = defineCommand({
  name: 'publisher bind',
  summary: 'bind a PGP key, a certificate, a domain or a link to a publisher',
  details: [
    'A key or certificate is bound in two steps. The first writes a text that names publisher and',
    'ledger, and says how to sign it with that key; the second takes the signature. So each signs',
    'for the other. The key, with its first user ID, is then public and permanent.',
    'For a domain it shows the TXT record to set; members look it up and attest it.',
    "A link is shown beside the publisher's name, as its own word.",
  ],
  examples: [
    'ztc publisher bind --pgp acme.asc --key acme.key',
    'ztc publisher bind --pgp acme.asc --signature acme.binding.txt.asc --key acme.key',
    'ztc publisher bind --x509 cert.pem --signature acme.binding.txt.p7s --key acme.key',
    'ztc publisher bind --domain acme.example --key acme.key',
    'ztc publisher bind --link https://acme.example/security --key acme.key',
  ],
  greedyArrays: true,
  positionals: {},
  options: {
    pgp: { type: 'string', env: false, describe: 'the public key: gpg --export', value: 'FILE' },
    x509: { type: 'string', env: false, describe: 'the certificate, PEM or DER', value: 'FILE' },
    domain: { type: 'string', env: false, describe: 'the domain', value: 'NAME' },
    link: { type: 'string', env: false, describe: 'a page about it, by https', value: 'URL' },
    signature: {
      type: 'string',
      env: false,
      describe: 'what the key or certificate made of the text',
      value: 'FILE',
    },
    out: {
      type: 'string',
      alias: 'o',
      env: false,
      describe: 'where the text goes (default: ID.binding.txt)',
      value: 'FILE',
    },
    ...PUBLISHER_KEY_OPTIONS,
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { pgp, x509, domain, link } = args;
    const given = [pgp, x509, domain, link].filter((each) => each !== undefined);
    if (given.length !== 1) throw usageError('give one of --pgp, --x509, --domain and --link');
    if (domain !== undefined) return bindDomain(args, domain, io);
    if (link !== undefined) return bindLink(args, link, io);
    return args.signature === undefined
      ? writeText(args, io)
      : sayAsPublisher(
          args,
          async (publisher, session) => {
            const claim = await readClaim(args, publisher, session, io);
            return [{ op: OPERATION.PUBLISHER_BIND, claim }];
          },
          io,
        );
  },
});

/** The first step: what the key or certificate has to sign. */
async function writeText(args: BindArgs, io: Io): Promise<Outcome> {
  const { session, publisher } = await openPublisher(args, io);
  await readKey(args);
  const file = args.out ?? `${publisher}.binding.txt`;
  await writeNewFile(file, bindingText(session.chain, publisher));
  const [signed, how, own] =
    args.pgp === undefined
      ? [
          `${file}.p7s`,
          `openssl cms -sign -binary -in ${file} -signer ${args.x509} -inkey KEY ` +
            `-outform DER -out ${file}.p7s`,
          `--x509 ${args.x509}`,
        ]
      : [`${file}.asc`, `gpg --detach-sign --armor ${file}`, `--pgp ${args.pgp}`];
  return {
    exit: EXIT.OK,
    result: { publisher, file, signature: signed },
    text: [
      `wrote ${file}, which names ${publisher} and this ledger`,
      'next: sign it, then give the signature:',
      `  ${how}`,
      `  ztc publisher bind ${own} --signature ${signed}`,
    ],
  };
}

/** The key or certificate as it is kept. @throws CliError SIGNATURE_MALFORMED, KEY_PRIVATE, … */
async function readKey({ pgp, x509 }: BindArgs): Promise<Uint8Array> {
  const { boundCertificate, readPgpKey } = await import('../../detached/index.ts');
  const file = (pgp ?? x509) as string;
  const given = await readSmallFile(file);
  if (pgp !== undefined) {
    const key = await readPgpKey(given);
    if (key.ok) return small(key.value.bytes, file);
    throw new CliError(key.code, `${file}: ${key.message}`);
  }
  const certificate = boundCertificate(given);
  if (certificate.ok) return small(certificate.value, file);
  throw new CliError(certificate.code, `${file}: ${certificate.message}`);
}

/** The second step: refused here unless every reader will find it good. */
async function readClaim(
  args: BindArgs,
  publisher: string,
  { chain }: Session,
  io: Io,
): Promise<BindingClaim> {
  const { checkBinding, readCms, readPgpSignature } = await import('../../detached/index.ts');
  const file = args.signature as string;
  const given = await readSmallFile(file);
  const read = args.pgp === undefined ? readCms(given) : await readPgpSignature(given);
  if (!read.ok) throw new CliError(read.code, `${file}: ${read.message}`);
  const kind = args.pgp === undefined ? BINDING.X509 : BINDING.PGP;
  const claim = { kind, key: await readKey(args), proof: small(read.value.bytes, file) };
  const checked = await checkBinding(claim, { chain, publisher, at: io.now() });
  if (checked.ok) return claim;
  throw new CliError(checked.code, `${file} does not bind the key: ${checked.message}`, {
    hint: `sign the text of this ledger and publisher, byte for byte (${publisher}.binding.txt)`,
  });
}

async function bindDomain(args: BindArgs, domain: string, io: Io): Promise<Outcome> {
  if (!DOMAIN_PATTERN.test(domain)) {
    throw usageError(`--domain ${domain} is no name in DNS: lower case, other alphabets as xn--`);
  }
  let record = '';
  const outcome = await sayAsPublisher(
    args,
    async (publisher, { chain }) => {
      record = `${TXT_LABEL}.${domain}. IN TXT "${domainRecord(chain, publisher)}"`;
      return [{ op: OPERATION.PUBLISHER_BIND, claim: { kind: BINDING.DOMAIN, domain } }];
    },
    io,
  );
  return {
    ...outcome,
    result: { ...(outcome.result as { readonly [name: string]: Json }), record },
    text: [
      ...(outcome.text ?? []),
      'next: set this record, and ask members to run ztc publisher attest-domain:',
      `  ${record}`,
    ],
  };
}

async function bindLink(args: BindArgs, link: string, io: Io): Promise<Outcome> {
  if (!LINK_PATTERN.test(link)) {
    throw usageError(
      `--link ${printable(link)} is no https address in ASCII, its host in lower case`,
    );
  }
  const claim = { kind: BINDING.LINK, link } as const;
  return sayAsPublisher(args, async () => [{ op: OPERATION.PUBLISHER_BIND, claim }], io);
}

export const publisherUnbind = defineCommand({
  name: 'publisher unbind',
  summary: 'end the binding of a PGP key, a certificate, a domain or a link, from now on',
  details: ['What was signed while it was bound stays so. A domain loses its attestations.'],
  examples: [
    'ztc publisher unbind 8E21F3… --key acme.key',
    'ztc publisher unbind acme.example --recovery safe.key',
  ],
  greedyArrays: true,
  positionals: {
    bound: {
      describe: 'its fingerprint, or the domain or link',
      type: 'string',
      demandOption: true,
    },
  },
  options: { ...PUBLISHER_KEY_OPTIONS, ...READ_OPTIONS },
  async run(args, io) {
    return sayAsPublisher(
      args,
      async (publisher, session) => {
        const binding = await idOf(args.bound, publisher, session);
        return [{ op: OPERATION.PUBLISHER_UNBIND, binding }];
      },
      io,
    );
  },
});

/** Of a domain or link, an id, or the fingerprint of a key that the publisher is bound to. */
async function idOf(bound: string, publisher: string, session: Session): Promise<Uint8Array> {
  if (bound.includes('.')) return sha256(utf8(bound));
  const hex = bound.replaceAll(/[\s:]/g, '').replace(/^0x/, '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return fromHex(hex) as Uint8Array;
  const { judged } = await provenPublisher(session, publisher);
  const open = judged.publisher.bindings.filter(isKeyBinding).filter((each) => each.until === null);
  for (const each of open) if (await hasFingerprint(each, hex)) return sha256(each.key);
  throw usageError(`${publisher} is not bound to ${bound}`, `ztc publisher show ${publisher}`);
}

async function hasFingerprint(binding: KeyBinding, hex: string): Promise<boolean> {
  const { readKeyName } = await import('../../detached/index.ts');
  const named = await readKeyName(binding);
  return named.ok && named.value.fingerprint.toLowerCase() === hex;
}
