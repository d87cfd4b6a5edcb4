// What rules ask of the broker and of devices, and what they remember.

import assert from 'node:assert/strict';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {after, afterEach, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {backend, Device} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {directory} from './lib/processes.mjs';
import {ReloadingGateway} from './lib/reloading.mjs';
import {until} from './lib/wait.mjs';

let broker;
let device;
let gateway;

before(async () => {
  broker = await Broker.start();
  device = await Device.connect(broker);
});

afterEach(async () => {
  await gateway?.program.stop();
  gateway = undefined;
});

after(async () => {
  await device?.stop();
  await broker?.stop();
});

test('a Sparkplug node whose birth was missed is asked for it', {timeout: 20_000}, async () => {
  await device.subscribe('spBv1.0/bakery/NCMD/#');
  gateway = await Gateway.start({
    broker, rules: [{name: 'plant', topic: 'spBv1.0/{plant}/#', group: 'plant', payload: 'sparkplug'}],
  });
  // The data of the cookbook, whose metric 1 is named by a birth alone.
  await device.publish('spBv1.0/bakery/NDATA/oven-1',
    Buffer.from('0890e08fa1aa33120b1001690000000000c035401801', 'hex'));
  const {payload} = await device.receives('spBv1.0/bakery/NCMD/oven-1');
  assert.ok(payload.includes('Node Control/Rebirth'), payload);
  await device.publish('spBv1.0/bakery/NBIRTH/oven-1', Buffer.from(
    '0880928fa1aa33120b0a05626453657120085800121a0a0b54656d70657261747572651001200a69000000000080354012140a0c50756d702f52756e6e696e671002200b70011800',
    'hex'));
  const metrics = await gateway.metricsWhen((now) => now.rule('plant').forwarded > 0, 'the birth is forwarded');
  assert.deepEqual(metrics.rule('plant'), {received: 2, forwarded: 1, filtered: 0, dropped: 1, pending: 0},
    'what the gateway has asked is no message of the rule');
});

test('the broker keeps back what no rule wants', {timeout: 20_000}, async () => {
  for (const topic of ['ignoring/a', 'wanting/a']) await device.publish(topic, '1', {qos: 1, retain: true});
  const rule = (name, more) => ({name, topic: `${name}/{device}/#`, group: 'g', ...more});
  gateway = await Gateway.start({
    broker,
    rules: [rule('ignoring', {retained: 'ignore'}), rule('wanting'), rule('devices')],
    commands: [{name: 'set', topic: 'devices/d1/set'}],
  });
  await gateway.metricsWhen((now) => now.rule('wanting').forwarded === 1, 'what was kept came');
  // A command is none of the rule's readings, though it matches.
  await device.subscribe('devices/#');
  await backend(gateway.connectionString).sendToUser('edge-01', {value: 1});
  await device.receives('devices/d1/set');
  await device.publish('devices/d1/state', '1');
  await device.publish('ignoring/a', '2', {qos: 1, retain: true});
  const metrics = await gateway.metricsWhen(
    (now) => now.rule('devices').forwarded + now.rule('ignoring').forwarded === 2, 'readings came');
  assert.equal(metrics.rule('devices').received, 1);
  assert.equal(metrics.rule('ignoring').received, 1, 'the broker did not send what was kept');
});

test('what was sent is not sent again after a reload and a restart', {timeout: 40_000}, async () => {
  const rule = {name: 'thin', topic: 'thin/{device}', group: 'g', thin: {on_change: ['t'], per: 'device'}};
  const settings = {
    broker,
    mqtt: {broker: broker.url, client_id: 'thinning'},
    store: {directory: mkdtempSync(join(directory, 'store-'))},
  };
  const books = async (received) => {
    await until(async () => (await gateway.metrics()).rule('thin').received === received, `${received} readings`);
    const {forwarded, filtered} = (await gateway.metricsWhen(
      (now) => now.rule('thin').pending === 0, 'nothing is pending')).rule('thin');
    return {forwarded, filtered};
  };
  gateway = await ReloadingGateway.start({...settings, rules: [rule]});
  for (const t of [1, 1, 2]) await device.publish('thin/d1', `{"t":${t}}`);
  assert.deepEqual(await books(3), {forwarded: 2, filtered: 1});
  await gateway.reload({rules: [{...rule, batch: {max_delay: '20ms'}}]});
  await device.publish('thin/d1', '{"t":2}');
  assert.deepEqual(await books(4), {forwarded: 2, filtered: 2});
  await gateway.stop();

  gateway = await ReloadingGateway.start({...settings, rules: [rule]});
  for (const t of [2, 3]) await device.publish('thin/d1', `{"t":${t}}`);
  assert.deepEqual(await books(2), {forwarded: 1, filtered: 1});
});
