import { runSeed } from './swarm.ts';
const [start, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 20)];
const began = performance.now();
let failed = 0;
for (let seed = start; seed < start + count; seed++) {
  const t = performance.now();
  try {
    const o = await runSeed(seed);
    const p = o.plan;
    console.log(seed, `n=${p.validators} byz=${[...p.byzantine.values()]} h=${o.height} tx=${o.transactions} v=${o.virtualMs} heal=${o.healedMs} frames=${o.frames} ${Math.round(performance.now() - t)}ms`);
  } catch (e) {
    failed++;
    console.log(seed, 'FAILED', process.env.STACK ? e : String(e).slice(0, 400), `${Math.round(performance.now() - t)}ms`);
  }
}
console.log('seconds', (performance.now() - began) / 1000, 'failed', failed);
