/** `ztc trust crl`: give what authorities revoked. */
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readSmallFile } from '../statements/detached.ts';
import { describeLists } from '../trust/roots.ts';
import {
  REVOCATION_LIST_BYTES_MAX,
  REVOCATION_LISTS_MAX,
  trustFilePath,
  updateTrust,
} from '../trust/trust-file.ts';

export const trustCrl = defineCommand({
  name: 'trust crl',
  summary: "pin an authority's revocation list: X.509 signatures by what it revoked are bad",
  details: [
    'Takes the lists of a PEM or DER file, each for the certificates of who signed it; a newer one',
    'takes the place of an older one of the same name. A certificate is bad for what was stated',
    'after it was revoked, or after the day from which the list calls it invalid. Nothing is ever',
    'fetched, and OCSP not asked: get a new list when you like, and give it again.',
    'ztc trust remove FINGERPRINT ends it.',
  ],
  examples: ['ztc trust crl company-ca.crl'],
  positionals: {
    file: { describe: 'revocation lists, PEM or DER', type: 'string', demandOption: true },
  },
  options: {},
  async run({ file }, io) {
    const detached = await import('../../detached/index.ts');
    // PEM has a third more, and some lines.
    const read = detached.readRevocationLists(
      await readSmallFile(file, 2 * REVOCATION_LIST_BYTES_MAX),
    );
    if (!read.ok) throw new CliError(read.code, `${file}: ${read.message}`, { exit: EXIT.USAGE });
    const added = read.value.map(detached.revocationListBytes);
    if (added.some(({ length }) => length > REVOCATION_LIST_BYTES_MAX)) {
      throw usageError(`${file}: a list has at most ${REVOCATION_LIST_BYTES_MAX} bytes`);
    }
    await updateTrust(trustFilePath(io.env), (trust) => {
      const kept = trust.revocationLists.filter((bytes) => {
        const old = detached.readRevocationLists(bytes);
        if (!old.ok) return false;
        return !old.value.some((each) => read.value.some((by) => detached.isNewerList(by, each)));
      });
      const revocationLists = [...kept, ...added];
      if (revocationLists.length > REVOCATION_LISTS_MAX) {
        throw usageError(`${REVOCATION_LISTS_MAX} revocation lists are all that can be pinned`);
      }
      return { ...trust, revocationLists };
    });
    const shown = await describeLists(added);
    return {
      exit: EXIT.OK,
      result: { revocationLists: shown.map((each) => ({ ...each })) },
      text: shown.map(({ fingerprint, issuer }) => `pinned ${fingerprint}  what ${issuer} revoked`),
    };
  },
});
