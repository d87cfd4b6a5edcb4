// hub.mirror: dashboards at the hub on this machine follow the same groups as those at the service,
// and go on while that is away.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {blocking, live, QUEUE, Scene} from './lib/blocking_scene.mjs';
import {Broker} from './lib/broker.mjs';
import {backend, Dashboard, Device} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {HubServer} from './lib/hub.mjs';
import {addsUp} from './lib/metrics.mjs';
import {freePort} from './lib/processes.mjs';
import {ReloadingGateway} from './lib/reloading.mjs';
import {until} from './lib/wait.mjs';

const rules = [
  {name: 'climate', topic: 'sensors/{site}/{device}', group: 'site-{site}', send: 'acknowledged', where: '/t >= 0'},
  {name: 'told', topic: 'told', event: 'told'},
];
const commands = [{name: 'any', from: 'server', when: {'/type': 'command'}, topic: 'commands'}];
// The well-known key of local hubs.
const KEY = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH';

let broker;
let cloud;
let gateway;
let device;
let far;
let near;
let local;

before(async () => {
  broker = await Broker.start();
  cloud = await HubServer.start();
  const port = await freePort();
  local = `Endpoint=http://127.0.0.1:${port};AccessKey=${KEY};Version=1.0;`;
  gateway = await Gateway.start({
    broker, rules, commands, webpubsub: {connection_string: cloud.connectionString},
    hub: {listen: `127.0.0.1:${port}`, mirror: true},
  });
  device = await Device.connect(broker);
  await device.subscribe('commands');
  far = await Dashboard.join(cloud.connectionString, ['site-a']);
  near = await Dashboard.join(local, ['site-a']);
  await gateway.metricsWhen((metrics) => metrics.sum('wpsgw_mirror_up') === 1, 'the mirror is up');
});

after(async () => {
  far?.stop();
  near?.stop();
  await device?.stop();
  await gateway?.program.stop();
  await cloud?.stop();
  await broker?.stop();
});

const values = (dashboard) => dashboard.samples('site-a').map(({data}) => data.t);
const publish = async (from, to) => {
  for (let t = from; t < to; t++) await device.publish('sensors/a/d1', `{"t":${t}}`);
};
const range = (to) => Array.from({length: to}, (_, i) => i);

test('both see the same readings, and each has sums of its own', {timeout: 20_000}, async () => {
  await publish(0, 50);
  await device.publish('sensors/a/d1', '{"t":-1}');
  await device.publish('told', '{}');
  await until(() => values(far).length === 50 && values(near).length === 50, 'all readings at both');
  assert.deepEqual(values(far), range(50));
  assert.deepEqual(values(near), range(50));
  const forwarded = (metrics) => [metrics.rule('climate').forwarded,
    metrics.sum('wpsgw_mirror_messages_total', {result: 'forwarded'})];
  await gateway.metricsWhen((metrics) => forwarded(metrics).every((count) => count === 50), 'all are counted');
  const metrics = await gateway.booksAreRight();
  const mirrored = (result) => metrics.sum('wpsgw_mirror_messages_total', {result});
  assert.equal(mirrored('received'), 51);  // events are for the service alone
  assert.equal(mirrored('filtered'), 1);
});

test('the local dashboard goes on while the service is away', {timeout: 40_000}, async () => {
  const stopped = new Promise((resolve) => { far.client.on('stopped', resolve); });  // else it would look for the service for ever
  far.stop();
  await stopped;
  await cloud.stop();
  await gateway.metricsWhen((metrics) => !metrics.linkUp('cloud'), 'the gateway notices');
  await publish(50, 100);
  await until(() => values(near).length === 100, 'all readings at the local dashboard');
  await gateway.metricsWhen((metrics) => metrics.rule('climate').pending === 50, 'all wait for the service');
  assert.ok(near.messages.every(({data}) => data.late !== true));
  await cloud.restart();
  far = await Dashboard.join(cloud.connectionString, ['site-a']);
  await gateway.metricsWhen((metrics) => metrics.rule('climate').forwarded === 100, 'what waited is sent', {timeout: 30_000});
  await publish(100, 110);
  await until(() => values(near).length === 110, 'no reading twice at the local dashboard');
  assert.deepEqual(values(near), range(110));
  await gateway.booksAreRight();
});

test('nobody commands by way of the local hub', {timeout: 20_000}, async () => {
  await backend(local).sendToAll({type: 'command'});
  await backend(local).sendToUser('edge-01', {type: 'command'});
  await backend(cloud.connectionString).sendToUser('edge-01', {type: 'command', from: 'the service'});
  const message = await device.receives('commands');
  assert.equal(JSON.parse(message.payload).from, 'the service');
  assert.equal(device.received.length, 1);
});

test('it comes and goes with a reload, and the link to the service stays', {timeout: 40_000}, async () => {
  const other = await ReloadingGateway.start({
    broker, rules, webpubsub: {connection_string: cloud.connectionString},
    mqtt: {broker: broker.url, client_id: 'reloading'}, gateway: {id: 'edge-02'},
  });
  try {
    const hub = {listen: `127.0.0.1:${other.hubPort}`};
    const began = await other.metrics();
    assert.throws(() => began.sum('wpsgw_mirror_up'));
    await other.reload({hub: {...hub, mirror: true}});
    await other.metricsWhen((metrics) => metrics.sum('wpsgw_mirror_up') === 1, 'the mirror is up');
    const dashboard = await Dashboard.join(other.connectionString, ['site-b', 'place-b']);
    await device.publish('sensors/b/d1', '{"t":1}');
    await until(() => dashboard.of('site-b').length === 1, 'a reading at the local dashboard');
    await other.reload({rules: [{...rules[0], group: 'place-{site}'}]});
    await device.publish('sensors/b/d1', '{"t":2}');
    await until(() => dashboard.of('place-b').length === 1, 'a reading by the new rules');
    dashboard.stop();
    const ended = await other.reload({hub});
    assert.throws(() => ended.sum('wpsgw_mirror_up'));
    await device.publish('sensors/b/d1', '{"t":3}');
    await other.metricsWhen((metrics) => metrics.rule('climate').forwarded === 3, 'the service gets all');
    const connects = (metrics) => metrics.sum('wpsgw_link_connects_total', {link: 'cloud'});
    assert.equal(connects(await other.booksAreRight()), connects(began));
  } finally {
    await other.program.stop();
  }
});

/** Rules that block and others, with a mirror. */
async function blockingScene(t, rules) {
  const scene = await Scene.set(t, {rules});
  await scene.gateway.reload({hub: {listen: `127.0.0.1:${scene.gateway.hubPort}`, mirror: true}});
  await scene.gateway.metricsWhen((metrics) => metrics.sum('wpsgw_mirror_up') === 1, 'the mirror is up');
  const dashboard = await Dashboard.join(scene.gateway.connectionString, ['meters'], {autoReconnect: false});
  t.after(() => dashboard.stop());
  return {scene, numbers: () => dashboard.samples('meters').map(({data}) => data.n)};
}

/** The mirror's sum, once it has had all that came. */
async function mirrored(scene) {
  const result = (metrics, name) => metrics.sum('wpsgw_mirror_messages_total', {result: name});
  const metrics = await scene.gateway.metricsWhen((now) => result(now, 'received') === now.rule('meters').received
    + now.rule('live').received, 'both have the same messages');
  await scene.gateway.booksAreRight();
  const [received, forwarded, filtered, dropped] = ['received', 'forwarded', 'filtered', 'dropped'].map((name) => result(metrics, name));
  assert.ok(addsUp({received, forwarded, filtered, dropped, pending: metrics.sum('wpsgw_mirror_pending_messages')}));
  return {received, dropped};
}

test('a rule that blocks pauses and loses nothing with a mirror beside it', {timeout: 60_000}, async (t) => {
  const {scene, numbers} = await blockingScene(t, [blocking, live]);
  await scene.hub.stop();
  await scene.publish(3 * QUEUE);
  await scene.linkIs('paused');
  await mirrored(scene);
  // What the service is to get later is there at once, as far as the broker has sent it.
  await until(() => numbers().length >= QUEUE, 'the local dashboard has them');
  await scene.serviceIsBack();
  await scene.everythingArrives();
  assert.equal((await mirrored(scene)).dropped, 0);
  await until(() => new Set(numbers()).size === scene.sent, 'the local dashboard has all of them');
});

test('a rule that begins to block comes once to the mirror as well', {timeout: 90_000}, async (t) => {
  // What it gets shows that whatever was published before has come by the link of rules that block.
  const mark = {...blocking, name: 'mark', topic: 'mark', group: 'mark'};
  const {scene, numbers} = await blockingScene(t, [{...blocking, offline: {}}, live, mark]);
  const publish = async (count) => {
    const received = (metrics, rule) => metrics.rule(rule).received;
    const before = await scene.gateway.metrics();
    await scene.publish(count);
    await scene.device.publish('mark', '1');
    const after = await scene.gateway.metricsWhen((metrics) => received(metrics, 'mark') > received(before, 'mark')
      && received(metrics, 'live') > received(before, 'live') + count, 'all came by both links');
    return received(after, 'meters') - received(before, 'meters');
  };
  await scene.reload([blocking, live, mark]);
  for (const times of [2, 1]) {
    await until(async () => await publish(5) === times * 5, `readings come by ${times} of the links`, {timeout: 40_000, interval: 500});
  }
  await scene.everythingArrives();
  const received = () => scene.gateway.metrics().then((metrics) => metrics.sum('wpsgw_mirror_messages_total', {result: 'received'}));
  const [before, sent] = [await received(), scene.sent];
  await publish(20);
  assert.equal(await received() - before, 2 * (20 + 1), 'each once for each rule');
  const latest = () => numbers().filter((n) => n >= sent);
  await until(() => latest().length >= 20, 'the local dashboard has the latest');
  assert.equal(latest().length, 20);
});
