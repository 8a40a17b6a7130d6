/** `ztc trust root`: choose the authorities whose certificates count. */
import { equalBytes } from '../../common/bytes.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readSmallFile, small } from '../statements/detached.ts';
import { describeRoots } from '../trust/roots.ts';
import { ROOTS_MAX, trustFilePath, updateTrust } from '../trust/trust-file.ts';

export const trustRoot = defineCommand({
  name: 'trust root',
  summary: 'pin root certificates: X.509 signatures beside statements have to lead to one',
  details: [
    'Takes the certificates of a PEM or DER file: an authority, or a signer itself. While none is',
    'pinned, X.509 signatures are shown but not checked. ztc trust remove FINGERPRINT ends it.',
  ],
  examples: ['ztc trust root company-ca.pem'],
  positionals: {
    file: { describe: 'certificates, PEM or DER', type: 'string', demandOption: true },
  },
  options: {},
  async run({ file }, io) {
    const { certificateBytes, readCertificates } = await import('../../detached/index.ts');
    const read = readCertificates(await readSmallFile(file));
    if (!read.ok) throw new CliError(read.code, `${file}: ${read.message}`);
    const added = read.value.map((certificate) => small(certificateBytes(certificate), file));
    await updateTrust(trustFilePath(io.env), (trust) => {
      const fresh = added.filter((root) => !trust.roots.some((each) => equalBytes(each, root)));
      if (fresh.length === 0) return trust;
      const roots = [...trust.roots, ...fresh];
      if (roots.length > ROOTS_MAX)
        throw usageError(`${ROOTS_MAX} roots are all that can be pinned`);
      return { ...trust, roots };
    });
    const shown = await describeRoots(added);
    return {
      exit: EXIT.OK,
      result: { roots: shown.map((each) => ({ ...each })) },
      text: shown.map(({ fingerprint, subject }) => `pinned ${fingerprint}  ${subject}`),
    };
  },
});
