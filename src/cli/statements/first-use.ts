/** What a person should know before a key is used for the first time: said once, never in pipes. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from '../../common/bytes.ts';
import { sha256 } from '../../common/hash.ts';
import { OWNER_ONLY_DIR } from '../home/files.ts';
import { type Io, note } from '../output.ts';
import { trustFilePath } from '../trust/trust-file.ts';

const PUBLIC_FOR_GOOD = [
  'what you state is public and permanent: digest, name, version, attributes and reason stand',
  '     on every node, under your publisher’s name, and nobody can take them back. Name, version,',
  '     size and attributes can be hidden: ztc notarize --private. (Said once for this key.)',
].join('\n');

/** Says it on a terminal, where it was not said for this key before. */
export async function tellOnce(publicKey: Uint8Array, io: Io): Promise<void> {
  if (!io.stderrIsTty || !io.stdoutIsTty) return;
  const told = path.join(path.dirname(trustFilePath(io.env)), 'told');
  try {
    await mkdir(told, { recursive: true, mode: OWNER_ONLY_DIR });
    await writeFile(path.join(told, toHex(sha256(publicKey))), '', { flag: 'wx' });
  } catch (error) {
    // Where nothing can be remembered it is said again, rather than never.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
  }
  note(io, PUBLIC_FOR_GOOD);
}
