/** Single runs for what once stopped or split such protocols, and for what the design promises. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Attacker } from './byzantine/attacker.ts';
import { equivocator } from './byzantine/equivocator.ts';
import { phantom } from './byzantine/phantom.ts';
import { routeTwins } from './byzantine/twins.ts';
import { GENESIS_TIME, memberId } from './consortium.ts';
import type { SimNode } from './node.ts';
import { World, type WorldOptions } from './world.ts';

/** A started world; by default of four validators. */
function worldOf(options: Partial<WorldOptions> = {}): World {
  const world = new World({ seed: 7, validators: 4, ...options });
  world.startAll();
  return world;
}

/** Submits `count` transactions to nodes that are up, one each `everyMs`, and runs on. */
async function load(world: World, count: number, everyMs: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await world.run(world.now + everyMs / 2);
    const up = world.nodes.filter(({ life }) => life !== undefined);
    const node = up[i % Math.max(1, up.length)];
    const time = GENESIS_TIME + world.now;
    const transaction = world.consortium.transaction(world.random, time, 60_000);
    if (node !== undefined) await world.submit(transaction, node.options.slot);
    await world.run(world.now + everyMs / 2);
  }
}

function node(world: World, slot: number): SimNode {
  return world.nodes[slot] as SimNode;
}

/** Cuts all links between nodes of different groups; who is in none is alone. */
function split(world: World, groups: readonly (readonly number[])[]): void {
  const groupOf = (slot: number): number => groups.findIndex((group) => group.includes(slot));
  for (const from of world.nodes.keys()) {
    for (const to of world.nodes.keys()) {
      const together = groupOf(from) >= 0 && groupOf(from) === groupOf(to);
      world.links.cut(from, to, from !== to && !together);
    }
  }
}

/** All nodes that are up get on together. */
async function assertGoesOn(world: World, what: string): Promise<void> {
  const up = world.nodes.filter(({ down }) => !down);
  const goal = Math.max(...up.map(({ height }) => height)) + 5;
  await load(world, 30, 200);
  await world.run(world.now + 1_000);
  for (const { height, options } of up) {
    assert.ok(height >= goal, `${what}: node ${options.slot} at ${height} of ${goal}`);
  }
}

describe('a cluster', () => {
  it('finalizes with any number of validators, one included', async () => {
    for (const validators of [1, 2, 3, 5, 6, 10]) {
      const world = worldOf({ validators });
      await load(world, 10, 100);
      const lowest = Math.min(...world.nodes.map(({ height }) => height));
      assert.ok(lowest >= 15, `${validators} validators reached ${lowest}`);
    }
  });

  it('is quiet above a closed head but for heartbeats', async () => {
    const world = worldOf();
    await load(world, 1, 1_000);
    const closed = node(world, 0).height;
    await world.run(world.now + 3_000);
    assert.equal(node(world, 0).height, closed);
    await world.run(world.now + 5_000);
    const beaten = node(world, 0).height;
    assert.ok(beaten > closed && beaten <= closed + 2);
    assert.equal(node(world, 0).life?.engine.status().working, false);
  });

  it('skips a dead leader at once after its first silence', async () => {
    const world = worldOf();
    await load(world, 5, 100);
    node(world, 1).kill('process');
    await load(world, 5, 1_000);
    const before = node(world, 0).height;
    await load(world, 40, 60);
    assert.ok(node(world, 0).height - before >= 60, `${node(world, 0).height - before} blocks`);
  });

  it('brings nodes back that missed a thousand blocks, an observer too', async () => {
    const world = worldOf({ observers: 1 });
    await load(world, 3, 100);
    for (const slot of [2, 4]) node(world, slot).kill('power');
    while (node(world, 0).height < 1_000) await load(world, 50, 40);
    for (const slot of [2, 4]) node(world, slot).start();
    await load(world, 20, 200);
    for (const slot of [2, 4]) {
      const { height } = node(world, slot);
      assert.ok(height >= node(world, 0).height - 3, `node ${slot} at ${height}`);
    }
    assert.equal(node(world, 2).life?.engine.status().voting, true);
  });

  it('goes on after all lose power at once, at any moment', async () => {
    for (let moment = 0; moment < 40; moment++) {
      const world = worldOf({ seed: 100 + moment });
      await load(world, 2, 100);
      // From the building of the block to after its finalization, in steps of half a millisecond.
      await world.run(world.now + moment / 2);
      for (const each of world.nodes) each.kill(moment % 2 === 0 ? 'power' : 'process');
      for (const each of world.nodes) each.start();
      await assertGoesOn(world, `moment ${moment}`);
    }
  });
});

describe('ledgers that are slower than consensus', () => {
  it('lose power while they write what is final, and nothing of it is lost', async () => {
    let cuts = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const parameters = seed % 3 === 0 ? { epochBlocksMax: 5 } : {};
      const world = worldOf({ seed, walRecordsMax: seed % 2 === 0 ? 3 : 40, parameters });
      for (const { disk } of world.nodes) disk.batchMs = 60;
      for (let turn = 0; turn < 12; turn++) {
        await load(world, 1, 20);
        const writing = (): SimNode[] => world.nodes.filter(({ isWriting }) => isWriting);
        // One of them, two, three, and all.
        await world.run(world.now + 1_000, () => writing().length > turn % 4);
        for (const each of writing()) {
          each.kill(turn % 3 === 0 ? 'process' : 'power');
          each.start();
        }
      }
      cuts += world.faults.get('power lost above an unwritten block') ?? 0;
      await assertGoesOn(world, `seed ${seed}`);
    }
    assert.ok(cuts > 100, `${cuts} cuts`);
  });
});

describe('what stopped others', () => {
  it('an acceptance that the others gave up (late, and held by one only)', async () => {
    // Node 3 is dead; node 0 hears everybody, but the others don't hear node 0 for a while.
    for (let seed = 1; seed <= 10; seed++) {
      const world = worldOf({ seed });
      await load(world, 2, 100);
      node(world, 3).kill('process');
      await load(world, seed, 37);
      for (const other of [1, 2]) world.links.cut(0, other);
      await load(world, 4, 200);
      world.links.heal();
      await assertGoesOn(world, `seed ${seed}`);
    }
  });

  it('four validators, views certified by some and given up by others', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = worldOf({ seed });
      await load(world, 3, 60);
      for (let turn = 0; turn < 6; turn++) {
        const odd = (seed + turn) % 4;
        const rest = [0, 1, 2, 3].filter((slot) => slot !== odd);
        split(world, [rest, [odd]]);
        await load(world, 1, 41 * seed);
        split(world, [[rest[0] as number, odd], rest.slice(1)]);
        await load(world, 2, 300);
      }
      world.links.heal();
      await assertGoesOn(world, `seed ${seed}`);
    }
  });

  it('ten validators in views of three, three and one, with three dead', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const world = worldOf({ seed, validators: 10 });
      await load(world, 3, 60);
      for (const slot of [7, 8, 9]) node(world, slot).kill('power');
      for (let turn = 0; turn < 3; turn++) {
        await load(world, 1, 29 * seed + 7 * turn);
        split(world, [[0, 1, 2], [3, 4, 5], [6]]);
        await load(world, 2, 700);
        world.links.heal();
        await load(world, 1, 10 * turn + seed);
      }
      world.links.heal();
      await assertGoesOn(world, `seed ${seed}`);
    }
  });

  it('a restart after a timeout, with the acceptance coming late', async () => {
    // Whoever forgot its nullify would now finalize: the monitor and the guard see it.
    for (let seed = 1; seed <= 10; seed++) {
      const world = worldOf({ seed });
      await load(world, 2, 100);
      for (const slot of [1, 2, 3]) world.links.clog(seed % 4, slot, world.now + 900);
      for (const slot of [0, 1, 2]) world.links.clog(3, slot, world.now + 700);
      await load(world, 2, 150 + 20 * seed);
      for (const each of world.nodes) each.kill('power');
      for (const each of world.nodes) each.start();
      await assertGoesOn(world, `seed ${seed}`);
    }
  });

  it('logs that are replaced all the time, under restarts', async () => {
    const world = worldOf({ walRecordsMax: 3 });
    for (let turn = 0; turn < 30; turn++) {
      await load(world, 1, 43);
      node(world, turn % 4).kill(turn % 3 === 0 ? 'process' : 'power');
      await world.run(world.now + 20);
      node(world, turn % 4).start();
    }
    await assertGoesOn(world, 'short logs');
  });

  it('a chain that was lost below the floor of its log', async () => {
    const world = worldOf({ walRecordsMax: 10 });
    await load(world, 20, 60);
    const wiped = node(world, 2);
    wiped.kill('process');
    wiped.wipe('chain');
    wiped.guardLost = false;
    await load(world, 2, 60);
    wiped.start();
    await assertGoesOn(world, 'below the floor');
    assert.equal(wiped.life?.engine.status().voting, true);
  });

  it('a log that is lost: the others tell where they stand, and it votes again above', async () => {
    const world = worldOf();
    await load(world, 10, 60);
    const wiped = node(world, 1);
    wiped.kill('power');
    wiped.wipe('all');
    wiped.start();
    await assertGoesOn(world, 'without a log');
    assert.equal(wiped.guardLost, false);
    assert.equal(wiped.life?.engine.status().voting, true);
  });
});

describe('proposals that name their transactions', () => {
  it('finalize where gossip reaches some only, and after all lost power', async () => {
    const world = worldOf({ wholeBytesMax: 0 });
    // What node 3 doesn't hear as a batch it has to ask the leaders for.
    world.links.deafen(3, 'batch');
    await load(world, 30, 40);
    for (const each of world.nodes) each.kill('power');
    for (const each of world.nodes) each.start();
    await assertGoesOn(world, 'named');
    assert.ok(node(world, 3).height >= node(world, 0).height - 3, `at ${node(world, 3).height}`);
  });
});

describe('Byzantine validators', () => {
  it('a leader of two blocks is named, and stops nobody', async () => {
    const world = new World({ seed: 3, validators: 4, byzantine: [2] });
    node(world, 2).behaviour = equivocator(new Attacker(world, node(world, 2)));
    world.startAll();
    await load(world, 60, 50);
    assertNamed(world, [0, 1, 3], 2);
    const lowest = Math.min(...[0, 1, 3].map((slot) => node(world, slot).height));
    assert.ok(lowest >= 40, `at ${lowest}`);
  });

  it('a leader that names transactions nobody has stops nobody', async () => {
    const world = new World({ seed: 4, validators: 4, byzantine: [1], wholeBytesMax: 0 });
    node(world, 1).behaviour = phantom(new Attacker(world, node(world, 1)));
    world.startAll();
    await load(world, 60, 50);
    const lowest = Math.min(...[0, 2, 3].map((slot) => node(world, slot).height));
    assert.ok(lowest >= 30, `at ${lowest}`);
    await assertGoesOn(world, 'phantoms');
  });

  it('a validator that runs twice is named', async () => {
    const world = new World({ seed: 5, validators: 4, byzantine: [3], twins: [3] });
    routeTwins(world, world.random.fork('twins'));
    world.startAll();
    await load(world, 100, 33);
    assertNamed(world, [0, 1, 2], 3);
  });
});

/** Somebody saw it contradict itself, and nobody saw that of anybody else. */
function assertNamed(world: World, honest: readonly number[], guilty: number): void {
  const accused = honest
    .flatMap((slot) => node(world, slot).life?.engine.evidence() ?? [])
    .map(({ member }) => member);
  assert.ok(accused.length > 0);
  assert.deepEqual(new Set(accused), new Set([memberId(guilty)]));
}
