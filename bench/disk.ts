/** What files take. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Of all files in a folder and below it. Those that vanish meanwhile don't count. */
export async function diskBytes(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => {
      const found = await stat(path.join(parentPath, name)).catch(() => undefined);
      return found?.size ?? 0;
    });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
