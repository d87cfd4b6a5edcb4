// A disk that is full, turns read-only, or loses its power, under a durable rule.
//
// Run by tests/fault/with-disks.

import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {backend} from '../integration/lib/clients.mjs';
import {addsUp} from '../integration/lib/metrics.mjs';
import {until} from '../integration/lib/wait.mjs';
import {Disk} from './lib/disk.mjs';
import {DurableScene, RULE} from './lib/durable_scene.mjs';

const LIMIT = {timeout: 120_000};
const PADDING = 'x'.repeat(1500);

const onDisk = (scene) => scene.metrics().then((metrics) => metrics.sum('wpsgw_rule_stored_messages', {rule: RULE}));
const storeIs = (scene, up, each = () => {}) => until(async () => {
  each();
  const told = up || /"store\.unusable"/.test(scene.gateway.output);
  return told && (await scene.metrics()).sum('wpsgw_store_up') === up;
}, `the store is ${up ? 'up' : 'down, and the log says so'}`, {timeout: 60_000, interval: 100});

/** A scene on a disk of its own; everything is synced at once unless `sync` says otherwise. */
async function sceneOn(t, disk, {sync = 'always', ...rest} = {}) {
  return DurableScene.set(t, {store: {directory: disk.directory, sync}, rate: 200, ...rest});
}

test('a full disk: readings go through memory, with and without the service', LIMIT, async (t) => {
  const disk = new Disk(t);
  const scene = await sceneOn(t, disk, {padding: PADDING});
  scene.cables.cloud.pull();
  await until(async () => await onDisk(scene) > 200, 'some wait on disk', LIMIT);
  // Again and again, for the gateway gives up its reserve first.
  await storeIs(scene, 0, () => disk.fill());
  const before = scene.acknowledged.size;
  await until(() => scene.acknowledged.size > before + 200, 'more come meanwhile', LIMIT);
  await scene.booksAreRight();
  await scene.cables.cloud.plugIn();
  await scene.connected();
  disk.free();
  await storeIs(scene, 1);
  await scene.nothingIsMissing();
});

test('a disk that turns read-only is taken up again once it is mended', LIMIT, async (t) => {
  const disk = new Disk(t);
  const scene = await sceneOn(t, disk);
  scene.cables.cloud.pull();
  await until(async () => await onDisk(scene) > 200, 'some wait on disk', LIMIT);
  disk.turnReadOnly();
  await storeIs(scene, 0);
  await scene.cables.cloud.plugIn();
  await scene.connected();
  const before = scene.received.size;
  await until(() => scene.missing().length >= 0 && scene.received.size > before + 100,
    'readings arrive without a disk', LIMIT);
  await disk.mountAgain();
  await storeIs(scene, 1);
  await scene.nothingIsMissing();
});

const linkIs = (scene, paused) => until(async () => (await scene.metrics()).sum('wpsgw_link_paused', {link: 'mqtt_blocking'}) === paused,
  `the link of rules that block is ${paused ? '' : 'not '}paused`, LIMIT);

/** The broker takes `count` more, and none of them comes to the rule. */
const allStaysAtTheBroker = (scene, count) => until(async () => {
  const {received} = (await scene.booksAreRight()).rule(RULE);
  const before = scene.acknowledged.size;
  await until(() => scene.acknowledged.size > before + count, 'the broker takes more', LIMIT);
  return (await scene.booksAreRight()).rule(RULE).received === received;
}, 'nothing more comes', LIMIT);

test('a rule that blocks leaves what a read-only disk does not take to the broker', LIMIT, async (t) => {
  const disk = new Disk(t);
  const scene = await sceneOn(t, disk, {rule: {offline: {overflow: 'block'}}});
  scene.cables.cloud.pull();
  await until(async () => await onDisk(scene) > 200, 'some wait on disk', LIMIT);
  disk.turnReadOnly();
  await storeIs(scene, 0);
  await linkIs(scene, 1);
  await allStaysAtTheBroker(scene, 200);
  await scene.cables.cloud.plugIn();
  await scene.connected();
  await disk.mountAgain();
  await storeIs(scene, 1);
  await linkIs(scene, 0);
  await scene.nothingIsMissing();
});

test('a rule that blocks leaves what a full disk does not take to the broker, and others go on', LIMIT, async (t) => {
  const disk = new Disk(t);
  const scene = await sceneOn(t, disk, {
    padding: PADDING, rule: {offline: {overflow: 'block'}},
    rules: [{name: 'live', topic: 'meters/+', group: 'live', offline: {keep: 'none'}}],
    commands: [{name: 'any', from: 'server', when: {'/type': 'command'}, topic: 'commands/d1'}],
  });
  scene.cables.cloud.pull();
  await until(async () => await onDisk(scene) > 200, 'some wait on disk', LIMIT);
  // What the gateway gives up somebody else takes.
  const filling = setInterval(() => disk.fill(), 20);
  t.after(() => clearInterval(filling));
  await storeIs(scene, 0);
  await allStaysAtTheBroker(scene, 200);
  await linkIs(scene, 1);

  await scene.cables.cloud.plugIn();
  await scene.connected();
  await scene.devices.subscribe('commands/#');
  await backend(scene.hub.connectionString).sendToUser('edge-01', {type: 'command'});
  await scene.devices.receives('commands/d1');
  const {forwarded} = (await scene.metrics()).rule('live');
  await until(async () => (await scene.metrics()).rule('live').forwarded > forwarded + 200, 'live readings leave', LIMIT);
  // Nothing waits in memory any more, and still the disk has no room.
  await allStaysAtTheBroker(scene, 200);
  await linkIs(scene, 1);

  clearInterval(filling);
  disk.free();
  await storeIs(scene, 1);
  await linkIs(scene, 0);
  await scene.nothingIsMissing();
  const metrics = await scene.booksAreRight();
  assert.ok(addsUp(metrics.rule('live')), JSON.stringify(metrics.rule('live')));
  assert.equal(metrics.rule(RULE).dropped, 0);
});

test('a rule that blocks and has filled the disk by itself keeps little in memory', LIMIT, async (t) => {
  const disk = new Disk(t, 32);
  const scene = await sceneOn(t, disk, {
    // Nothing that would take less room on disk.
    padding: randomBytes(12_000).toString('base64'), sync: '1s', rate: 150, rule: {offline: {overflow: 'block'}},
  });
  scene.cables.cloud.pull();
  await storeIs(scene, 0);
  await linkIs(scene, 1);
  // It can be opened again, for what its log held went to a table, and takes a little each time.
  await storeIs(scene, 1);
  await allStaysAtTheBroker(scene, 1000);
  await linkIs(scene, 1);
  scene.stopPublishing();
  await scene.cables.cloud.plugIn();
  await scene.nothingIsMissing();
  assert.equal((await scene.booksAreRight()).rule(RULE).dropped, 0);
  await linkIs(scene, 0);
});

test('a gateway that starts on a read-only disk works, and takes it up later', LIMIT, async (t) => {
  const disk = new Disk(t);
  disk.turnReadOnly();
  const scene = await sceneOn(t, disk);
  await storeIs(scene, 0);
  await until(() => scene.missing().length >= 0 && scene.received.size > 100, 'readings arrive', LIMIT);
  await disk.mountAgain();
  await storeIs(scene, 1);
  await until(async () => (await scene.metrics()).sum('wpsgw_store_written_bytes_total') > 10_000,
    'readings go to the disk', LIMIT);
  await scene.nothingIsMissing();
});

/** As when the whole machine loses its power: neither process nor disk does anything any more. */
async function cutPower(scene, disk) {
  scene.gateway.child.kill('SIGSTOP');
  const at = Date.now();
  disk.cutPower();
  await scene.kill();
  await disk.mountAgain();
  return at;
}

test('a power cut with sync: always loses nothing', LIMIT, async (t) => {
  const disk = new Disk(t);
  const scene = await sceneOn(t, disk);
  // While messages come without a gap, and each is a sync, the MQTT library does nothing else: so
  // there is a gap, by a Receive Maximum of 1.
  assert.ok(scene.cables.mqtt.greeting.includes(Buffer.from([0x21, 0, 1])), 'one message at a time');
  for (let i = 0; i < 4; i += 1) {
    // With batches under way, and with a backlog that grows.
    if (i % 2 === 1) scene.cables.cloud.pull();
    await sleep(300 + Math.random() * 300);
    await cutPower(scene, disk);
    if (i % 2 === 1) await scene.cables.cloud.plugIn();
    scene.startGateway();
    await scene.connected();
  }
  await scene.nothingIsMissing();
});

test('a power cut with sync: 1s loses that second at most', LIMIT, async (t) => {
  const disk = new Disk(t);
  const scene = await sceneOn(t, disk, {sync: '1s'});
  await until(() => scene.missing().length >= 0 && scene.received.size > 100, 'readings arrive', LIMIT);
  scene.cables.cloud.pull();
  await until(async () => await onDisk(scene) > 600, '3 s of readings wait on disk', LIMIT);
  const at = await cutPower(scene, disk);
  scene.stopPublishing();
  await scene.everythingIsAcknowledged();
  await scene.cables.cloud.plugIn();
  scene.startGateway();
  await scene.connected();
  await until(async () => (await scene.booksAreRight()).rule(RULE).pending === 0, 'all is sent', LIMIT);
  const lost = scene.missing().map((number) => at - scene.acknowledged.get(number));
  // The sync itself takes a moment, too.
  assert.ok(lost.every((age) => age <= 1000 + 500), `lost after ${Math.max(...lost)} ms`);
  assert.deepEqual(scene.faults, []);
  t.diagnostic(`${lost.length} readings of the last ${Math.max(0, ...lost)} ms were lost`);
});
