/**
 * Where `ztc` starts. What Node compiles is kept beside the dependencies, which makes the next
 * start three times as fast; never in a shared temporary folder, where others could plant code.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../../node_modules/.ztc/compiled', import.meta.url)));
const { COMMANDS, GROUPS } = await import('./commands.ts');
const { runProcess } = await import('./process.ts');
await runProcess({ commands: COMMANDS, groups: GROUPS });
