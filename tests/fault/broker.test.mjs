// The broker ends while it has messages for a durable rule: nothing that it had saved is lost.
//
// What a broker that is killed had told a publisher of and not saved is gone with it. So it saves
// what waits, and is killed while it hands that on.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {until} from '../integration/lib/wait.mjs';
import {DurableScene} from './lib/durable_scene.mjs';

const LIMIT = {timeout: 120_000};
const WAITING = 400;  // more than the broker has under way at once

/** Some seconds' worth of readings that the broker has for the gateway, and has saved. */
async function savedByTheBroker(scene) {
  scene.cables.mqtt.pull();
  const before = scene.acknowledged.size;
  await scene.startPublishers();
  await until(() => scene.acknowledged.size >= before + WAITING, `${WAITING} readings wait in the broker`);
  scene.stopPublishing();
  await scene.everythingIsAcknowledged();
  await scene.broker.save();
}

test('the broker is killed while it hands on what it had saved', LIMIT, async (t) => {
  const scene = await DurableScene.set(t, {broker: {persistent: true}, rate: 1000});
  for (let i = 0; i < 2; i += 1) {
    scene.stopPublishing();
    await savedByTheBroker(scene);
    const arrived = scene.received.size;
    await scene.cables.mqtt.plugIn();
    await until(() => scene.missing().length >= 0 && scene.received.size > arrived, 'it hands them on',
      {interval: 2});
    await scene.broker.stop('SIGKILL');
    await scene.broker.restart();
    await scene.connected();
  }
  await scene.nothingIsMissing();
  t.diagnostic(`${scene.sentAgain} readings the broker sent again`);
});

test('the broker is stopped and started under load', LIMIT, async (t) => {
  const scene = await DurableScene.set(t, {broker: {persistent: true}});
  for (let i = 0; i < 2; i += 1) {
    await sleep(Math.random() * 300);
    await scene.broker.stop();
    await scene.broker.restart();
    await scene.connected();
  }
  await scene.nothingIsMissing();
  assert.match(scene.gateway.output, /"session":"resumed"/);
});
