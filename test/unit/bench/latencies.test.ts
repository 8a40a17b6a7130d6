import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Latencies } from '../../../bench/load/latencies.ts';

test('latency counts from when a transaction was due, not from when it was sent', () => {
  const latencies = new Latencies();
  latencies.begin(1_000);
  // A generator that stood still for two seconds sends what was due all along.
  for (let i = 0; i < 100; i++) latencies.sent(`tx ${i}`, 1_000 + 20 * i);
  for (let i = 0; i < 100; i++) latencies.final(`tx ${i}`, 3_000);
  const span = latencies.span(3_000, 3_000);
  assert.equal(span.seconds, 2);
  assert.equal(span.offered, 100);
  assert.equal(span.p50Ms, 1_020);
  assert.equal(span.p99Ms, 2_000);
});

test('what was due before the span or after it does not count, whenever it became final', () => {
  const latencies = new Latencies();
  latencies.sent('before', 900);
  latencies.begin(1_000);
  latencies.sent('within', 1_500);
  latencies.sent('after', 2_000);
  for (const name of ['before', 'within', 'after']) latencies.final(name, 2_100);
  const span = latencies.span(2_000, 2_100);
  assert.equal(span.offered, 1);
  assert.equal(span.p50Ms, 600);
});

test('what never became final counts with its age', () => {
  const latencies = new Latencies();
  latencies.begin(0);
  for (let i = 0; i < 100; i++) latencies.sent(`tx ${i}`, i);
  for (let i = 0; i < 98; i++) latencies.final(`tx ${i}`, i + 5);
  assert.equal(latencies.settledBefore(98), true);
  assert.equal(latencies.settledBefore(99), false);
  const span = latencies.span(100, 10_100);
  assert.equal(span.unsettled, 2);
  assert.equal(span.p50Ms, 5);
  assert.equal(span.p99Ms, 10_002);
});

test('what was refused is offered, and has no latency', () => {
  const latencies = new Latencies();
  latencies.begin(0);
  latencies.sent('taken', 10);
  latencies.sent('refused', 10);
  latencies.refused('refused');
  latencies.refused('never sent');
  latencies.final('taken', 40);
  latencies.final('refused', 90_000);
  const { offered, refused, unsettled, p99Ms } = latencies.span(100, 100);
  assert.deepEqual(
    { offered, refused, unsettled, p99Ms },
    {
      offered: 2,
      refused: 1,
      unsettled: 0,
      p99Ms: 30,
    },
  );
  assert.equal(latencies.underWay, 0);
});

test('where nothing was due there is no latency, not a good one', () => {
  const latencies = new Latencies();
  latencies.begin(0);
  latencies.sent('refused', 5);
  latencies.refused('refused');
  const { p50Ms, p99Ms } = latencies.span(100, 100);
  assert.ok(Number.isNaN(p50Ms) && Number.isNaN(p99Ms));
});

test('what is refused can be offered again, and counts from then', () => {
  const latencies = new Latencies();
  latencies.begin(0);
  latencies.sent('it', 10);
  latencies.refused('it');
  latencies.sent('it', 50);
  latencies.final('it', 60);
  const { offered, refused, p50Ms } = latencies.span(100, 100);
  assert.deepEqual([offered, refused, p50Ms], [2, 1, 10]);
});

test('spans of a series are summed up together, whatever was measured in between', () => {
  const latencies = new Latencies();
  const span = (from: number, series: string | undefined, took: number, count: number) => {
    latencies.begin(from, series);
    for (let i = 0; i < count; i++) {
      latencies.sent(`${from} ${i}`, from);
      latencies.final(`${from} ${i}`, from + took);
    }
    return latencies.span(from + 1_000, from + 1_000);
  };
  span(0, 'one', 10, 3);
  assert.equal(span(1_000, 'other', 99, 2).p50Ms, 99);
  latencies.sent('late', 1_500);
  const { seconds, offered, p50Ms, p99Ms, unsettled } = span(2_000, 'one', 30, 2);
  assert.deepEqual([seconds, offered, p50Ms, p99Ms, unsettled], [2, 5, 10, 30, 0]);
  assert.equal(span(3_000, undefined, 5, 1).offered, 1);
});
