// The configuration changes under a running gateway: whole or not at all, and nothing is lost.

import assert from 'node:assert/strict';
import {mkdtempSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {backend, Device} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {HubServer} from './lib/hub.mjs';
import {addsUp} from './lib/metrics.mjs';
import {directory, freePort} from './lib/processes.mjs';
import {LOCAL_KEY, ReloadingGateway, succeeded} from './lib/reloading.mjs';
import {Site} from './lib/site.mjs';
import {until} from './lib/wait.mjs';

const UNTOUCHED = 'cloud 1, mqtt 1';
const steady = {name: 'steady', topic: 'steady/{device}', group: 'site-{device}'};
const extra = {name: 'extra', topic: 'extra/{device}', group: 'site-{device}'};
const site = new Site();

/** Publishes to `topic` until the gateway's rule has received some of it. */
async function arrives(topic, rule) {
  await until(async () => {
    await site.device.publish(topic, '1');
    return (await site.gateway.metrics()).rule(rule).received > 0;
  }, `a message to ${topic} reaches ${rule}`);
}

test('rules come, change and go; links stay', {timeout: 30_000}, async () => {
  const gateway = await site.run(ReloadingGateway, {rules: [steady]});
  await arrives('steady/d1', 'steady');
  assert.ok(succeeded(await gateway.reload({rules: [{...steady, batch: {max_delay: '10ms'}}, extra]})));
  assert.match(gateway.program.output, /rules\[steady\]\.batch\.max_delay: 50ms → 10ms/);
  assert.match(gateway.program.output, /rules\[extra\]: added/);
  await arrives('extra/d1', 'extra');
  const before = (await gateway.metrics()).rule('extra').received;
  const metrics = await gateway.reload({rules: [steady]});
  assert.match(gateway.program.output, /rules\[extra\]: removed/);
  // What was removed stays on the books, which add up.
  assert.ok(metrics.rule('extra').received >= before);
  assert.ok(addsUp(metrics.rule('extra')));
  assert.equal(await gateway.connects(), UNTOUCHED);
  await gateway.booksAreRight();
});

test('a bad file is told in full by place, and changes nothing', {timeout: 30_000}, async () => {
  const gateway = await site.run(ReloadingGateway, {rules: [steady]});
  gateway.write('gateway.yaml', 'mqtt:\n  brokr: x\nrules:\n  - {name: a, topic: "a/#/b", group: g}\n');
  gateway.write('conf.d/10-more.yaml', 'rules:\n- name: b\n');
  assert.ok(!succeeded(await gateway.hangUp()));
  const {output} = gateway.program;
  assert.match(output, /gateway\.yaml:2:3: mqtt\.brokr: unknown key; did you mean/);
  assert.match(output, /gateway\.yaml:4:22: rules\[0\]\.topic/);
  assert.match(output, /10-more\.yaml:2:3: rules\[0\]\.topic: required/);
  await arrives('steady/d1', 'steady');
  gateway.write('conf.d/10-more.yaml', `rules: [${JSON.stringify(extra)}]`);
  assert.ok(succeeded(await gateway.reload()));
  await arrives('extra/d1', 'extra');
  assert.equal(await gateway.connects(), UNTOUCHED);
});

test('twenty reloads under load lose nothing and repeat nothing', {timeout: 60_000}, async () => {
  const gateway = await site.run(ReloadingGateway, {rules: [steady, {...steady, name: 'changing', topic: 'changing/{device}'}]});
  const dashboard = await site.join('site-d1');
  let sent = 0;
  let publishing = true;
  const load = (async () => {
    while (publishing) {
      const burst = [];
      for (let i = 0; i < 20; ++i, ++sent) {
        burst.push(site.device.publish('steady/d1', `{"n":${sent}}`), site.device.publish('changing/d1', `{"n":${sent}}`));
      }
      await Promise.all(burst);
    }
  })();
  try {
    for (let round = 1; round <= 20; ++round) {
      const changing = {
        ...steady, name: 'changing', topic: 'changing/{device}',
        batch: {max_samples: 10 + round, max_delay: `${round}ms`}, send: round % 2 ? 'acknowledged' : 'fire_and_forget',
      };
      const before = sent;
      const metrics = await gateway.reload({
        rules: round % 3 ? [steady, changing] : [changing, extra, steady], memory: {max_size: `${32 + round}MiB`}});
      assert.ok(succeeded(metrics), gateway.program.output);
      for (const rule of ['steady', 'changing']) assert.ok(addsUp(metrics.rule(rule)), JSON.stringify(metrics.rule(rule)));
      await until(() => sent > before, 'messages flow');
    }
  } finally {
    publishing = false;
    await load;
  }
  const metrics = await gateway.metricsWhen(
    (now) => ['steady', 'changing'].every((rule) => now.rule(rule).forwarded === sent), 'all are forwarded');
  for (const rule of ['steady', 'changing']) {
    assert.deepEqual(metrics.rule(rule), {received: sent, forwarded: sent, filtered: 0, dropped: 0, pending: 0});
    const ofRule = () => dashboard.messages.filter(({data}) => data?.rule === rule);
    await until(() => ofRule().flatMap(({data}) => data.samples).length >= sent, 'the dashboard has them');
    const numbers = ofRule().flatMap(({data}) => data.samples.map((sample) => sample.data.n));
    assert.deepEqual([...numbers].sort((a, b) => a - b), Array.from({length: sent}, (_, i) => i));
    const sequence = ofRule().map(({data}) => data.seq).sort((a, b) => a - b);
    assert.deepEqual(sequence, Array.from(sequence, (_, i) => i + 1), 'a sequence without gap or repeat');
  }
  assert.equal(await gateway.connects(), UNTOUCHED);
});

test('an address that is taken rolls everything back', {timeout: 30_000}, async () => {
  const gateway = await site.run(ReloadingGateway, {rules: [steady]});
  const thief = createServer();
  await new Promise((resolve) => thief.listen(0, '127.0.0.1', resolve));
  const {listen} = gateway.config.status;
  try {
    const metrics = await gateway.reload({status: {listen: `127.0.0.1:${thief.address().port}`}, rules: [extra]});
    assert.ok(!succeeded(metrics));
    assert.match(gateway.program.output, /the old configuration keeps running/);
    await arrives('steady/d1', 'steady');
    assert.throws(() => metrics.rule('extra'));
  } finally {
    thief.close();
  }
  // So does the embedded hub's.
  const other = createServer();
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const metrics = await gateway.reload({status: {listen}, hub: {listen: `127.0.0.1:${other.address().port}`}});
    assert.ok(!succeeded(metrics));
  } finally {
    other.close();
  }
  assert.equal(await gateway.connects(), UNTOUCHED);
  // And an address that is free is moved to.
  const port = await freePort();
  gateway.config.status = {listen: `127.0.0.1:${port}`};
  gateway.config.hub = {listen: `127.0.0.1:${gateway.hubPort}`};
  gateway.write('gateway.yaml', JSON.stringify(gateway.config));
  gateway.program.child.kill('SIGHUP');
  gateway.statusPort = port;
  await until(async () => succeeded(await gateway.metrics()), 'it answers at the new address');
});

test('another broker, another hub: only that link is made anew', {timeout: 30_000}, async () => {
  const gateway = await site.run(ReloadingGateway, {rules: [steady]});
  const second = await Broker.start();
  const there = await Device.connect(second);
  try {
    assert.ok(succeeded(await gateway.reload({mqtt: {...gateway.config.mqtt, broker: second.url}})));
    await until(async () => await gateway.connects() === 'cloud 1, mqtt 2', 'it moved to the other broker');
    await until(async () => {
      await there.publish('steady/d1', '1');
      return (await gateway.metrics()).rule('steady').received > 0;
    }, 'messages of the other broker arrive');
    const hubPort = await freePort();
    assert.ok(succeeded(await gateway.reload({hub: {listen: `127.0.0.1:${hubPort}`}})));
    await until(async () => await gateway.connects() === 'cloud 2, mqtt 2', 'it moved to the other hub');
    await gateway.booksAreRight();
  } finally {
    await there.stop();
    await second.stop();
  }
});

test('what the broker keeps of the gateway names its rules of now', {timeout: 30_000}, async () => {
  const listener = await Device.connect(site.broker);
  await listener.subscribe('born/#');
  try {
    const gateway = await site.run(ReloadingGateway, {rules: [steady], presence: {topic_status: 'born/edge-01'}});
    const birth = (...names) => until(() => listener.received.some(({payload}) =>
      JSON.stringify(JSON.parse(payload).rules) === JSON.stringify(names)), `a birth with ${names}`);
    await birth('steady');
    await gateway.reload({rules: [steady, extra]});
    await birth('steady', 'extra');
    assert.equal(await gateway.connects(), UNTOUCHED);
  } finally {
    await listener.stop();
  }
});

test('other roles need another connection, also fewer', {timeout: 30_000}, async () => {
  const gateway = await site.run(ReloadingGateway, {rules: [steady]});
  await gateway.reload({webpubsub: {roles: ['webpubsub.sendToGroup']}});
  await until(async () => await gateway.connects() === 'cloud 2, mqtt 1', 'the cloud link was made anew');
  await arrives('steady/d1', 'steady');
});

test('commands change without a new connection', {timeout: 30_000}, async () => {
  const command = {name: 'set', topic: 'devices/d1/set'};
  const gateway = await site.run(ReloadingGateway, {rules: [steady], commands: [command]});
  await site.device.subscribe('devices/#');
  const service = backend(gateway.connectionString);
  await service.sendToUser('edge-01', {value: 1});
  await site.device.receives('devices/d1/set');
  await gateway.reload({commands: [{...command, topic: 'devices/d2/set'}]});
  await service.sendToUser('edge-01', {value: 2});
  await site.device.receives('devices/d2/set');
  assert.equal(await gateway.connects(), UNTOUCHED);
});

test('a group is left when neither commands nor snapshots listen to it', {timeout: 30_000}, async () => {
  const command = {name: 'set', from: 'group:control', topic: 'devices/d3/set'};
  const snapshot = {group: 'control'};
  const gateway = await site.run(ReloadingGateway, {rules: [steady], commands: [command], snapshot});
  await site.device.subscribe('devices/#');
  const dashboard = await site.join('snapshot-me');
  const group = backend(gateway.connectionString).group('control');
  const isAnswered = async () => {
    const {length} = dashboard.messages;
    await group.sendToAll({type: 'snapshot', reply_group: 'snapshot-me'});
    await dashboard.receives(({messages}) => messages.length > length, 'an answer');
  };
  await isAnswered();
  await gateway.reload({commands: [{...command, from: 'server'}]});
  await isAnswered();
  await gateway.reload({commands: [command], snapshot: {}});
  await group.sendToAll({value: 1});
  await site.device.receives('devices/d3/set');
  assert.equal(await gateway.connects(), UNTOUCHED);
});

test('the birth names the rules of now', {timeout: 30_000}, async () => {
  const status = 'gateway/edge-01/status';
  const gateway = await site.run(ReloadingGateway, {rules: [steady], presence: {topic_status: 'gateway/{gateway.id}/status'}});
  await site.device.subscribe(status);
  const names = async (wanted) => until(() => {
    const birth = site.device.received.findLast(({topic}) => topic === status);
    assert.deepEqual(JSON.parse(birth.payload), {...JSON.parse(birth.payload), state: 'online', rules: wanted});
    return true;
  }, `a birth with ${wanted}`);
  await names(['steady']);
  await gateway.reload({rules: [steady, extra]});
  await names(['steady', 'extra']);
  assert.equal(await gateway.connects(), UNTOUCHED);
  // The next connection takes the last will of now along.
  await site.broker.stop();
  await site.broker.restart();
  await until(async () => await gateway.connects() === 'cloud 1, mqtt 2', 'it is back');
  gateway.program.child.kill('SIGKILL');
  await until(() => {
    const will = site.device.received.findLast(({topic, payload}) => topic === status && payload.includes('offline'));
    return will?.payload.includes('extra');
  }, 'the last will names them');
});

test('a rule for a group that the token does not allow gets a new token', {timeout: 30_000}, async () => {
  const fixed = (name) => ({name, topic: `${name}/+`, group: name});
  const gateway = await site.run(ReloadingGateway, {rules: [fixed('one')]});
  await gateway.reload({rules: [fixed('one'), fixed('two')]});
  await until(async () => await gateway.connects() === 'cloud 2, mqtt 1', 'the cloud link was made anew');
  await arrives('two/d1', 'two');
  const metrics = await gateway.metricsWhen((now) => now.rule('two').forwarded > 0, 'it is allowed to send');
  assert.equal(metrics.rule('two').dropped, 0);
});

test('credentials are taken up when they change on disk', {timeout: 40_000}, async () => {
  const hub = await HubServer.start();
  const source = (key) => `Endpoint=http://127.0.0.1:${hub.port};AccessKey=${key};Version=1.0;\n`;
  try {
    const gateway = await site.run(ReloadingGateway, {
      rules: [steady], connected: false,
      webpubsub: {connection_string_file: 'connection-string'},
      files: {'connection-string': source('x'.repeat(44))},
    });
    await until(async () => (await gateway.metrics()).linkUp('mqtt'), 'the broker is reached');
    await gateway.program.says(/cloud\.connect_failed|401|unauthorized/i);
    gateway.write('connection-string', 'Endpoint=http://127.0.');  // half written
    await gateway.program.says(/what was read before stays in use/);
    gateway.write('connection-string', source(LOCAL_KEY));
    await gateway.untilConnected();
    assert.match(gateway.program.output, /webpubsub\.access_key changed on disk/);
    assert.ok(!gateway.program.output.includes(LOCAL_KEY), 'no secret in the log');
    // An open connection does not mind the next change.
    gateway.write('connection-string', source('y'.repeat(44)));
    await until(() => gateway.program.output.match(/webpubsub\.access_key changed on disk/g).length === 2, 'it was seen');
    await arrives('steady/d1', 'steady');
    assert.equal(await gateway.connects(), UNTOUCHED);
  } finally {
    await hub.stop();
  }
});

test('a killed gateway that starts without a rule gives its subscription up', {timeout: 60_000}, async () => {
  const settings = {
    mqtt: {broker: site.broker.url, client_id: 'restarted'},
    store: {directory: mkdtempSync(join(directory, 'store-'))},
  };
  const kept = {...steady, store: 'disk'};
  await site.run(Gateway, {...settings, rules: [kept, extra]});
  await arrives('extra/d1', 'extra');
  await site.gateway.program.stop('SIGKILL');

  await site.run(Gateway, {...settings, rules: [kept]});
  assert.match(site.gateway.program.output, /connected to the broker/);
  await arrives('steady/d1', 'steady');
  // The broker answers in its own time.
  await until(async () => {
    const unasked = async () => (await site.gateway.metrics()).sum('wpsgw_messages_dropped_total', {reason: 'unmatched'});
    const before = await unasked();
    await site.device.publish('extra/d1', '1');
    const {received} = (await site.gateway.metrics()).rule('steady');
    await site.device.publish('steady/d1', '1');
    await until(async () => (await site.gateway.metrics()).rule('steady').received > received, 'what came later');
    return await unasked() === before;
  }, 'nothing of the rule that is gone');
});
