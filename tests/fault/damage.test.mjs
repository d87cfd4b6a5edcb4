// Every file of the store with a torn end or flipped bits: the gateway starts, sends what can be
// read, and says how much cannot.

import assert from 'node:assert/strict';
import {cpSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {until} from '../integration/lib/wait.mjs';
import {DurableScene, RULE} from './lib/durable_scene.mjs';

const LIMIT = {timeout: 60_000};
const WAITING = 1_500;
const PADDING = 'x'.repeat(3_000);  // so that some are in tables and some in the log

let scene;
let known;     // what arrived before the service went away
let template;  // the store of a gateway that was killed

const stored = async () => (await scene.metrics()).sum('wpsgw_rule_stored_messages', {rule: RULE});

before(async () => {
  const cleanups = [];
  scene = await DurableScene.set({after: (cleanup) => cleanups.push(cleanup)}, {rate: 1000, padding: PADDING});
  scene.stopPublishing();
  await scene.nothingIsMissing();
  known = scene.received;
  scene.cables.cloud.pull();
  await scene.startPublishers();
  await until(() => scene.acknowledged.size >= known.size + WAITING, `${WAITING} readings are acknowledged`, LIMIT);
  scene.stopPublishing();
  await scene.everythingIsAcknowledged();
  await until(async () => await stored() === scene.acknowledged.size - known.size, 'they wait on disk', LIMIT);
  await scene.kill();
  template = `${scene.storeDirectory}-template`;
  cpSync(scene.storeDirectory, template, {recursive: true});
  await scene.cables.cloud.plugIn();
}, LIMIT);

after(() => scene?.clear());

/** Those of the largest size first. */
function filesLike(pattern) {
  const folder = join(scene.storeDirectory, 'store');
  return readdirSync(folder).filter((name) => pattern.test(name)).map((name) => join(folder, name))
    .sort((one, other) => readFileSync(other).length - readFileSync(one).length);
}

const damages = {
  'a torn end': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'flipped bits': (bytes) => {
    for (let at = bytes.length >> 3; at < bytes.length; at += (bytes.length >> 2) + 1) bytes[at] ^= 0x10;
    return bytes;
  },
};

for (const [kind, pattern] of Object.entries({
  'a table': /\.ldb$/, 'the log': /\.log$/, 'the MANIFEST': /^MANIFEST/, CURRENT: /^CURRENT$/,
})) {
  for (const [what, damage] of Object.entries(damages)) {
    test(`${kind} with ${what}`, LIMIT, async (t) => {
      t.after(() => scene.kill());
      rmSync(scene.storeDirectory, {recursive: true});
      cpSync(template, scene.storeDirectory, {recursive: true});
      const [file] = filesLike(pattern);
      writeFileSync(file, damage(readFileSync(file)));
      await scene.replaceReceiver(known);
      scene.startGateway();
      await scene.connected();
      await until(async () => (await scene.booksAreRight()).rule(RULE).pending === 0, 'all is sent', LIMIT);
      const metrics = await scene.metrics();
      const lost = metrics.dropped(RULE, 'lost');
      const silent = kind === 'the log' && what === 'a torn end';
      await until(() => scene.missing().length === lost || silent, 'what is not lost has arrived', LIMIT);
      const missing = scene.missing();
      assert.deepEqual(scene.faults, []);
      if (silent) {
        // Nobody can tell a log that lost its end from one that never had it: the latest are gone.
        assert.ok(missing.every((number) => number >= scene.acknowledged.size - missing.length), `${missing}`);
      } else {
        assert.equal(metrics.sum('wpsgw_store_recoveries_total'), 1);
        await scene.gateway.says(/"store\.damaged"/);
      }
      assert.ok(missing.length < WAITING, 'some could be read');
      t.diagnostic(`${missing.length} of ${WAITING} are missing, ${lost} counted as lost`);
      assert.equal((await scene.gateway.stop()).code, 0);
    });
  }
}
