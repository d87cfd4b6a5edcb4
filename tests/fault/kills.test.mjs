// kill -9 at random instants under load: no reading that a publisher was told of is lost, and what
// comes twice comes under the same number.
//
// GW_KILLS says how often; `./dev kills` does it two hundred times.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {DurableScene} from './lib/durable_scene.mjs';

const KILLS = Number(process.env.GW_KILLS ?? 20);

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
  t.diagnostic(`${scene.acknowledged.size} readings, ${scene.repeats} batches came again`);
});
