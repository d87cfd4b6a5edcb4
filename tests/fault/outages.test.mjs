// What else can go wrong around a durable rule: the hub, the gateway itself, its disk. Nothing
// acknowledged is lost, and the books are right.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {until} from '../integration/lib/wait.mjs';
import {DurableScene, RULE} from './lib/durable_scene.mjs';

const LIMIT = {timeout: 120_000};

/** Readings wait on disk while the service is away. */
async function waitOnDisk(scene, least) {
  await until(async () => (await scene.metrics()).sum('wpsgw_rule_stored_messages', {rule: RULE}) > least,
    `${least} readings wait on disk`, {timeout: 30_000});
}

test('the hub is killed and comes back with nothing', LIMIT, async (t) => {
  const scene = await DurableScene.set(t);
  for (let i = 0; i < 2; i += 1) {
    scene.cables.cloud.pull();
    await scene.hub.program.stop('SIGKILL');
    await waitOnDisk(scene, 100);
    await scene.hub.restart();
    await scene.joinReceiver();  // or the service would have nobody to give it to
    await scene.cables.cloud.plugIn();
    await scene.connected();
  }
  await scene.nothingIsMissing();
});

test('the gateway is stopped and started while the service is away', LIMIT, async (t) => {
  const scene = await DurableScene.set(t);
  scene.cables.cloud.pull();
  await waitOnDisk(scene, 200);
  const {code} = await scene.gateway.stop();
  assert.equal(code, 0);
  scene.startGateway();
  await until(async () => (await scene.metrics()).linkUp('mqtt'), 'the broker is there', LIMIT);
  await scene.booksAreRight();
  assert.ok((await scene.metrics()).sum('wpsgw_rule_restored_total', {rule: RULE}) >= 200);
  await scene.cables.cloud.plugIn();
  await scene.connected();
  await scene.nothingIsMissing();
});

test('a disk that takes nothing leaves readings in memory, and is taken up again', LIMIT, async (t) => {
  const scene = await DurableScene.set(t);
  scene.stopPublishing();
  await scene.nothingIsMissing();
  // No file of it may grow beyond what is there: the limit that a full disk is, for one process.
  scene.limitFileSize(4096);
  await scene.startPublishers();
  await until(async () => (await scene.metrics()).sum('wpsgw_store_up') === 0, 'the disk refuses', LIMIT);
  const before = scene.received.size;
  await until(() => scene.missing().length >= 0 && scene.received.size > before + 200,
    'readings arrive without a disk', LIMIT);
  assert.match(scene.gateway.output, /store\.unusable/);
  scene.limitFileSize('unlimited');
  await until(async () => (await scene.metrics()).sum('wpsgw_store_up') === 1, 'the disk is back',
    {timeout: 30_000});
  await scene.nothingIsMissing();
});
