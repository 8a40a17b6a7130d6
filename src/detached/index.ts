/**
 * PGP and X.509 signatures beside the ledger's own: what `import … from 'ztc/detached'` gives. It
 * stands apart from `ztc/client`, so that who doesn't check them carries no library for it.
 */

export type { KeyClaim } from '../ledger/bindings.ts';
export {
  type BoundTo,
  boundCertificate,
  checkBinding,
  type KeyName,
  readKeyName,
} from './binding.ts';
export { certificateBytes, fingerprintOf, readCertificates, subjectOf } from './certificate.ts';
export { type CheckerOptions, detachedChecker } from './check.ts';
export { readCms } from './cms.ts';
export { readPgpKey, readPgpSignature } from './pgp.ts';
export {
  aboutRevocationList,
  isNewerList,
  readRevocationLists,
  revocationListBytes,
} from './revocation.ts';
