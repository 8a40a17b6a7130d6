/** Processes that are killed, stalled, stopped in order, started again; and clocks that jump. */
import type { SimNode } from '../node.ts';
import type { Plan } from '../plan.ts';
import { recurring, type Season } from './recurring.ts';

export function disturbProcesses(season: Season, plan: Plan): void {
  const { world, random } = season;
  const { every } = plan;
  const any = (): SimNode => world.nodes[random.between(0, world.nodes.length - 1)] as SimNode;
  const death = (): 'power' | 'process' => (random.chance(0.5) ? 'power' : 'process');
  const restartLater = (node: SimNode, msMax: number): void => {
    world.schedule.after(random.next() * msMax, () => node.start());
  };
  recurring(season, every.kill, () => {
    const node = any();
    node.kill(death());
    restartLater(node, random.chance(0.3) ? 3_000 : 300);
  });
  recurring(season, every.killAll, () => {
    for (const node of world.nodes) {
      node.kill(death());
      restartLater(node, 100);
    }
  });
  recurring(season, every.pause, () => any().pause(random.between(20, 3_000)));
  recurring(season, every.stop, () => {
    const node = any();
    node.stop().then(
      () => restartLater(node, 500),
      (error: unknown) => world.fail(error),
    );
  });
  recurring(season, every.clockJump, () => {
    world.count('clock jump');
    any().options.skew.offsetMs += random.between(-3_000, 3_000);
  });
  for (const node of world.nodes) node.killAtEffect = plan.killAtEffect;
}
