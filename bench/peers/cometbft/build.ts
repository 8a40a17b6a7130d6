/** The peer's program: built once through the Go module proxy, kept in the user's cache. */
import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const VERSION = '0.38.17';
const PACKAGE = `github.com/cometbft/cometbft/cmd/cometbft@v${VERSION}`;
/** Two minutes on two cores that have nothing else to do. */
const BUILD_MS_MAX = 900_000;

const run = promisify(execFile);

/** The program's path, or in words why there is none. */
export async function cometBftProgram(
  say: (text: string) => void,
): Promise<{ readonly program: string } | { readonly missing: string }> {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  const dir = path.join(cache, 'ztc-bench', `cometbft-${VERSION}`);
  const program = path.join(dir, 'cometbft');
  if (await isThere(program)) return { program };
  try {
    await run('go', ['version']);
  } catch {
    return { missing: 'CometBFT is built with Go, which is not here' };
  }
  say(`building CometBFT ${VERSION} through the Go module proxy`);
  await mkdir(dir, { recursive: true });
  try {
    const env = { ...process.env, GOBIN: dir, CGO_ENABLED: '0' };
    await run('go', ['install', PACKAGE], { env, timeout: BUILD_MS_MAX });
    return { program };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return { missing: `CometBFT could not be built: ${stderr?.trim() || message}` };
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
