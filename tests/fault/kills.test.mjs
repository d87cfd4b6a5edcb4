// kill -9 at random instants under load: no reading that a publisher was told of is lost, and what
// the gateway sends twice comes under the same number. What it had stored, and the broker had not
// heard so, the broker sends again: such a reading comes twice, as QoS 1 allows.
//
// GW_KILLS says how often; `./dev kills` does it two hundred times.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {DurableScene} from './lib/durable_scene.mjs';

const KILLS = Number(process.env.GW_KILLS ?? 20);
const UNDER_WAY = 20;  // mosquitto's max_inflight_messages: what it waits to hear of, at most

test(`${KILLS} kills lose nothing`, {timeout: 60_000 + KILLS * 8_000}, async (t) => {
  const scene = await DurableScene.set(t);
  for (let i = 0; i < KILLS; i += 1) {
    // Every third one hits a gateway that is still starting, or has just connected.
    if (i % 3 !== 2) await scene.connected();
    await sleep(Math.random() * 400);
    await scene.kill();
    scene.startGateway();
  }
  await scene.connected();
  await scene.nothingIsMissing();
  assert.ok(scene.acknowledged.size > KILLS * 50, `${scene.acknowledged.size} readings`);
  assert.ok(scene.sentAgain <= KILLS * UNDER_WAY, `${scene.sentAgain} readings were sent again`);
  t.diagnostic(`${scene.acknowledged.size} readings, ${scene.repeats} batches came again, `
    + `${scene.sentAgain} readings the broker sent again`);
});
