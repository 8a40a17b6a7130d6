/** The rules of the house as data. ARCHITECTURE.md says why; the tests beside this check them. */

/** A folder's layer, by the first pattern that fits. */
export const LAYERS: readonly (readonly [layer: string, files: RegExp])[] = [
  ['common', /^src\/common\//],
  ['ledger', /^src\/ledger\//],
  ['consensus', /^src\/consensus\//],
  ['signatures', /^src\/signatures\//],
  ['state', /^src\/state\//],
  ['mempool', /^src\/mempool\//],
  ['p2p', /^src\/p2p\//],
  ['detached', /^src\/detached\//],
  ['rpc-schema', /^src\/rpc\/schema(\/|\.ts$)/],
  ['rpc', /^src\/rpc\//],
  ['explorer-page', /^src\/explorer\/app\//],
  ['explorer', /^src\/explorer\//],
  ['client', /^src\/client\//],
  [
    'cli-node',
    /^src\/cli\/commands\/(start|init|guard[a-z-]*|member-request|doctor|genesis[a-z-]*)(\/|\.ts$)/,
  ],
  ['cli-replay', /^src\/cli\/commands\/(audit[a-z-]*|recovery)(\/|\.ts$)/],
  ['cli-command', /^src\/cli\/(commands\/|(commands|main)\.ts$)/],
  ['cli-shared', /^src\/cli\//],
  ['verify', /^src\/verify\//],
  ['node', /^src\/node(\/|\.ts$)/],
  ['devnet', /^devnet\//],
];

type May = { use: readonly string[]; types?: readonly string[] };
const BASE = ['common', 'ledger'];
const CLI = [...BASE, 'client', 'detached', 'cli-shared', 'cli-command', 'cli-node', 'cli-replay'];
const PARTS = [
  'consensus',
  'state',
  'signatures',
  'mempool',
  'p2p',
  'rpc',
  'rpc-schema',
  'explorer',
];

/** Which layers a layer may import, beside its own: with their code, or their types only. */
export const MAY_IMPORT: Readonly<Record<string, May>> = {
  common: { use: [] },
  ledger: { use: ['common'] },
  consensus: { use: BASE },
  state: { use: BASE },
  signatures: { use: BASE },
  mempool: { use: BASE, types: ['consensus', 'state', 'signatures'] },
  p2p: { use: BASE, types: ['consensus', 'state'] },
  rpc: { use: [...BASE, 'rpc-schema'], types: ['consensus', 'state', 'mempool'] },
  'rpc-schema': { use: BASE },
  explorer: { use: ['verify'] },
  'explorer-page': { use: [...BASE, 'client'], types: ['rpc-schema'] },
  client: { use: BASE, types: ['rpc-schema'] },
  detached: { use: BASE },
  'cli-shared': { use: [...BASE, 'client', 'detached'] },
  'cli-command': { use: CLI },
  'cli-node': { use: [...CLI, 'node', 'consensus', 'state'] },
  'cli-replay': { use: [...CLI, 'signatures', 'state'] },
  verify: { use: [...BASE, 'client', 'cli-shared'] },
  node: { use: [...BASE, ...PARTS] },
  devnet: { use: [...BASE, 'client', 'cli-shared', 'consensus'] },
};

/** Files that take time and randomness as input and touch no I/O. */
export const PURE =
  /^src\/(common\/(?!platform\/node\.ts$)|ledger\/|consensus\/(core\/|messages\.ts|records\.ts)|state\/execution\/)/;
export const IMPURE_PACKAGES = /^(node:|libp2p|@libp2p\/|@chainsafe\/|classic-level|level|fastify)/;
export const IMPURE_NAMES = [
  'Buffer',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'setImmediate',
  'setInterval',
  'setTimeout',
];
export const IMPURE_CALLS = [
  'Date.now',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
];

/** Execution must come out the same on every machine, whatever its locale and Unicode tables. */
export const EXECUTION = /^src\/state\/execution\//;
export const LOCALE_METHODS = [
  'localeCompare',
  'normalize',
  'toLocaleLowerCase',
  'toLocaleString',
  'toLocaleUpperCase',
  'toLowerCase',
  'toUpperCase',
];
export const SORT_METHODS = ['sort', 'toSorted'];

/** Where execution starts; everything in src and devnet must be reached from here. */
export const ENTRIES = [
  'src/cli/main.ts',
  'devnet/main.ts',
  'src/signatures/worker.ts',
  'src/explorer/app/main.tsx',
  'src/explorer/build.ts',
  'src/verify/build.ts',
  'src/verify/main.ts',
  'src/verify/page.ts',
];

/** Packages that exactly one file may import, so that there is one way to do it. */
export const SINGLE_IMPORTER = ['classic-level', 'sodium-native'];

export const FILE_LINES_MAX = 500;
export const FILE_LINES_MEDIAN_MAX = 120;
export const FUNCTION_LINES_MAX = 70;
export const COLUMNS_MAX = 100;

/** Texts that no file may hold. Written so that this file doesn't hold them either. */
export const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\b(TO{1}DO|FIX{1}ME|X{3})\b/, 'do it now, or open an issue'],
  [/\b(test|it|describe|suite)[.]only\(/, 'let the other tests run too'],
  [/(^|[\s"'`(=:])\/(work|root|Users|home\/[a-z]+)\//, 'name no path of one machine'],
  [/\.\.\/(shared|[.]library)\b|[.]library\//, 'name nothing outside the repository'],
];
