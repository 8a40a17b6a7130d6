/** Disks that fail, fill up and rot; folders that are emptied, and older copies put back. */

import { SOUND_DISK } from '../disk.ts';
import type { Backup, Death, SimNode } from '../node.ts';
import type { Plan } from '../plan.ts';
import { mayLose, recurring, type Season } from './recurring.ts';

export function disturbDisks(season: Season, plan: Plan): void {
  const { world, random } = season;
  const { every } = plan;
  for (const { disk } of world.nodes) disk.batchMs = plan.batchMs;
  const any = (): SimNode => world.nodes[random.between(0, world.nodes.length - 1)] as SimNode;
  const repaired = (node: SimNode, act: () => void): void => {
    const death: Death = random.chance(0.5) ? 'power' : 'process';
    node.kill(death);
    act();
    // Sometimes so soon that the view it was in is still open.
    world.schedule.after(random.between(1, random.chance(0.5) ? 20 : 800), () => node.start());
  };
  recurring(season, every.badDisk, () => {
    const { disk } = any();
    disk.faults = {
      syncFails: random.chance(0.5) ? random.next() * 0.1 : 0,
      syncSlow: random.next() * 0.5,
    };
    world.schedule.after(random.between(200, 2_000), () => {
      disk.faults = SOUND_DISK;
    });
  });
  recurring(season, every.fullDisk, () => {
    const { disk } = any();
    world.count('full disk');
    disk.full = true;
    world.schedule.after(random.between(100, 2_500), () => {
      disk.full = false;
    });
  });
  recurring(season, every.wipe, () => {
    const node = any();
    const what = (['all', 'chain', 'consensus'] as const)[random.between(0, 2)];
    // A wiped chain counts, too: the last copies of what is final must not go.
    if (what === undefined || !lose(season, node, true)) return;
    repaired(node, () => node.wipe(what));
  });
  recurring(season, every.rot, () => {
    const node = any();
    if (node.guardLost || !lose(season, node, false) || !mayLose(season, node.member)) return;
    repaired(node, () => {
      if (node.rot(random)) lose(season, node, true);
    });
  });
  const backups = new Map<SimNode, Backup>();
  recurring(season, every.restore / 3, () => {
    const node = any();
    if (!backups.has(node)) backups.set(node, node.backup());
  });
  recurring(season, every.restore, () => {
    const what = random.chance(0.5) ? 'log' : 'home';
    const older = [...backups].filter(([node, backup]) => what === 'home' || node.isOlder(backup));
    const [node, backup] = older[random.between(0, older.length - 1)] ?? [];
    if (node === undefined || backup === undefined || !lose(season, node, true)) return;
    repaired(node, () => node.restore(backup, what));
  });
}

/** Whether that may be done to it; with `record` its votes are forgotten from now on. */
function lose(season: Season, { member }: SimNode, record: boolean): boolean {
  if (!record) return true;
  if (!mayLose(season, member)) return false;
  if (member !== undefined) season.lost.add(member);
  return true;
}
