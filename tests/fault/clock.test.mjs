// The time of day jumps by years, as it does on boards without a battery: nothing of a durable rule
// is lost, nothing expires, and the link comes up once the time is right.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {until} from '../integration/lib/wait.mjs';
import {Clock} from './lib/clock.mjs';
import {DurableScene, RULE} from './lib/durable_scene.mjs';

const LIMIT = {timeout: 120_000};

const arrives = (scene, count) => {
  const before = scene.received.size;
  return until(() => scene.missing().length >= 0 && scene.received.size > before + count,
    `${count} readings arrive`, LIMIT);
};

async function waitOnDisk(scene, count) {
  const stored = async () => (await scene.metrics()).sum('wpsgw_rule_stored_messages', {rule: RULE});
  const before = await stored();
  await until(async () => await stored() > before + count, `${count} more readings wait on disk`, LIMIT);
}

test('years forward and back again, with a backlog, a kill and a start in 1976', LIMIT, async (t) => {
  const clock = new Clock();
  const scene = await DurableScene.set(t, {wrapper: clock.wrapper, rule: {offline: {max_age: '1h'}}});
  await arrives(scene, 100);
  clock.shift(20);
  await arrives(scene, 100);
  scene.cables.cloud.pull();
  await waitOnDisk(scene, 200);
  clock.shift(-50);
  await waitOnDisk(scene, 200);
  await scene.kill();
  scene.startGateway();
  await scene.cables.cloud.plugIn();
  // A token of 1976 is no use to anybody.
  await scene.gateway.says(/"cloud\.connect_failed"/, LIMIT);
  await waitOnDisk(scene, 100);
  assert.match(scene.gateway.output, /"time":"197/);
  clock.shift(0);
  await scene.connected();
  await scene.nothingIsMissing();
  assert.equal((await scene.metrics()).dropped(RULE, 'expired'), 0);
});

test('a store of the future is of use in the present', LIMIT, async (t) => {
  const clock = new Clock();
  clock.shift(30);
  const scene = await DurableScene.set(t, {wrapper: clock.wrapper, rule: {offline: {max_age: '1h'}}});
  scene.cables.cloud.pull();
  await waitOnDisk(scene, 200);
  await scene.kill();
  clock.shift(0);
  scene.startGateway();
  await scene.cables.cloud.plugIn();
  await scene.connected();
  await scene.nothingIsMissing();
  assert.equal((await scene.metrics()).dropped(RULE, 'expired'), 0);
});
