/** The load generator, a process of its own: what it is told comes from the scenario's process. */
import { cometBft } from '../peers/cometbft/load.ts';
import { Generator } from './generator.ts';
import type { Order, Report } from './plan.ts';
import { ztc } from './ztc.ts';

let generator: Generator | undefined;

async function obey(order: Order): Promise<Report | undefined> {
  if (order.type === 'plan') {
    const { system } = order.plan;
    const loaded = system.kind === 'ztc' ? await ztc(system) : cometBft(system);
    generator = new Generator(loaded, order.plan);
  } else if (order.type === 'run') {
    await generator?.run(order.run);
  } else if (order.type === 'pause') {
    await generator?.pause();
  } else if (order.type === 'begin') {
    generator?.begin(order.series);
    return undefined;
  } else if (generator !== undefined) {
    return { type: 'span', span: await generator.end() };
  }
  return { type: 'done' };
}

process.on('message', (order: Order) => {
  obey(order)
    .then((report) => report && process.send?.(report))
    .catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
});
process.on('disconnect', () => process.exit(0));
