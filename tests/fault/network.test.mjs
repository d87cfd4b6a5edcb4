// What networks do to the two links of a durable rule: they cut them, forget about them, and hold
// up what they carry. Nothing acknowledged is lost, and a link that is dead is found out in time.
//
// GW_STALL says for how many seconds things stand still; `./dev outages` takes 30.

import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {DurableScene} from './lib/durable_scene.mjs';

const STALL = Number(process.env.GW_STALL ?? 13) * 1000;
const LIMIT = {timeout: 120_000 + 4 * STALL};
// The shortest there are. Broken counts a link after 10 s, or twice as long.
const SHORT = {mqtt: {keep_alive: '5s'}, webpubsub: {keep_alive: '1s'}};
const LATE = 2_000;  // a machine that is busy with other tests
const CUTS = Number(process.env.GW_CUTS ?? 4);

test('both links are cut in the middle of what they carry, again and again', {timeout: 60_000 + CUTS * 30_000}, async (t) => {
  const scene = await DurableScene.set(t);
  for (let i = 0; i < CUTS; i += 1) {
    await sleep(Math.random() * 200);
    const cut = Object.values(scene.cables).filter((_, link) => link === i % 2 || i % 3 === 0);
    for (const cable of cut) cable.pull();
    await sleep(Math.random() * 300);
    for (const cable of cut) await cable.plugIn();
    await scene.connected();
  }
  await scene.nothingIsMissing();
});

test('links whose bytes vanish are found out in time and made anew', LIMIT, async (t) => {
  const scene = await DurableScene.set(t, SHORT);
  for (const links of [['cloud'], ['mqtt', 'cloud']]) {
    const since = Date.now();
    for (const link of links) scene.cables[link].loseTouch();
    const noticed = Object.fromEntries(await Promise.all(
      links.map(async (link) => [link, await scene.rebuilds(link, since, LIMIT)])));
    assert.ok(noticed.cloud <= 2_000 + LATE, `the service's silence was noticed after ${noticed.cloud} ms`);
    assert.ok((noticed.mqtt ?? 0) <= 10_100 + LATE, `the broker's silence was noticed after ${noticed.mqtt} ms`);
    t.diagnostic(`noticed after ${JSON.stringify(noticed)} ms`);
    await scene.connected();
  }
  await scene.nothingIsMissing();
});

// Side by side: they mostly wait.
describe('standing still', {concurrency: 4}, () => {
  for (const link of ['mqtt', 'cloud']) {
    test(`the ${link} link carries nothing for ${STALL / 1000} s`, LIMIT, async (t) => {
      const scene = await DurableScene.set(t, {...SHORT, rate: 200});
      const since = Date.now();
      scene.cables[link].stall();
      await sleep(STALL);
      scene.cables[link].flow();
      await scene.rebuilds(link, since, LIMIT);
      await scene.connected();
      await scene.nothingIsMissing();
    });
  }

  for (const peer of ['broker', 'hub']) {
    test(`the ${peer} stands still for ${STALL / 1000} s`, LIMIT, async (t) => {
      const scene = await DurableScene.set(t, {...SHORT, rate: 200});
      const {child} = scene[peer].program;
      child.kill('SIGSTOP');
      await sleep(STALL);
      child.kill('SIGCONT');
      await scene.connected();
      await scene.nothingIsMissing();
    });
  }
});
