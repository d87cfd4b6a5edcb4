// What outlives the gateway is known again, also when its place is there late.

import assert from 'node:assert/strict';
import {mkdtempSync, renameSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {backend} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {directory} from './lib/processes.mjs';
import {ReloadingGateway} from './lib/reloading.mjs';
import {Site} from './lib/site.mjs';
import {until} from './lib/wait.mjs';

const rules = [{name: 'kept', topic: 'kept/{device}', group: 'site', store: 'disk'}];
const snapshot = {group: 'asked'};

const site = new Site({subscribes: 'devices/#'});

const newStore = () => ({directory: join(mkdtempSync(join(directory, 'kept-')), 'store')});
const send = (message) => backend(site.gateway.connectionString).sendToUser('edge-01', message);

/** Publishes to `topic` and waits until the service has it. */
async function forwards(topic, payload) {
  const {forwarded} = (await site.gateway.metrics()).rule('kept');
  await site.device.publish(topic, payload);
  await site.gateway.metricsWhen((now) => now.rule('kept').forwarded > forwarded, `${topic} is forwarded`);
}

/** The payloads that are told of each topic. */
async function lastValues() {
  const dashboard = site.dashboard ?? await site.join('snapshot-me');
  const {length} = dashboard.messages;
  await backend(site.gateway.connectionString).group('asked').sendToAll({type: 'snapshot', reply_group: 'snapshot-me'});
  await dashboard.receives(({messages}) => messages.length > length, 'an answer');
  const samples = dashboard.messages.slice(length).flatMap(({data}) => data.batches.flatMap((batch) => batch.samples));
  return Object.fromEntries(samples.map(({topic, data}) => [topic, data]));
}

test('a store whose disk comes late is read as if it had been there', {timeout: 60_000}, async () => {
  const store = newStore();
  const settings = {
    rules, store, snapshot,
    mqtt: {broker: site.broker.url, client_id: 'late'},
    webpubsub: {rate_limit: {daily_billing_units: 100_000}},
    commands: [{name: 'set', topic: 'devices/d1/set', id: '/id', remember: '1h'}],
  };
  const extra = {...rules[0], name: 'extra', topic: 'extra/{device}'};
  const billed = (metrics) => metrics.sum('wpsgw_billed_units_today');
  await site.run(Gateway, {...settings, rules: [...rules, extra]});
  await forwards('kept/d1', '1');
  for (let i = 0; i < 5; ++i) await forwards('kept/d2', `${i}`);
  await send({id: 'once'});
  await site.device.receives('devices/d1/set');
  const spent = billed(await site.gateway.metrics());
  assert.ok(spent >= 6, `${spent}`);
  await site.gateway.stop();

  // Something else is where the disk is to be.
  renameSync(store.directory, `${store.directory}-elsewhere`);
  writeFileSync(store.directory, '');
  await site.run(Gateway, settings);
  await site.gateway.program.says(/the store takes nothing/);
  await forwards('kept/d2', '"fresh"');
  await send({id: 'since'});
  await site.gateway.metricsWhen((now) => now.commands('delivered') === 1, 'the command is carried out');
  assert.deepEqual(await lastValues(), {'kept/d2': 'fresh'});

  unlinkSync(store.directory);
  renameSync(`${store.directory}-elsewhere`, store.directory);
  await site.gateway.program.says(/the store can be used again/);
  await send({id: 'once'});
  await send({id: 'since'});
  const metrics = await site.gateway.metricsWhen((now) => now.commands('duplicate') === 2, 'both are known');
  assert.equal(metrics.commands('delivered'), 1);
  assert.ok(billed(metrics) > spent, `${billed(metrics)} of ${spent}`);
  assert.deepEqual(await lastValues(), {'kept/d1': 1, 'kept/d2': 'fresh'});
  // What no rule wants any more is given up.
  await until(async () => {
    const unasked = async () => (await site.gateway.metrics()).sum('wpsgw_messages_dropped_total', {reason: 'unmatched'});
    const before = await unasked();
    await site.device.publish('extra/d1', '1');
    await forwards('kept/d3', '1');
    return await unasked() === before;
  }, 'nothing of the rule that is gone');
});

test('snapshots that a reload turns on begin with what was kept', {timeout: 30_000}, async () => {
  const settings = {rules, store: newStore()};
  await site.run(ReloadingGateway, {...settings, snapshot});
  await forwards('kept/d1', '1');
  await site.gateway.stop();
  await site.run(ReloadingGateway, {...settings, snapshot: {...snapshot, enabled: false}});
  await site.gateway.reload({snapshot});
  assert.deepEqual(await lastValues(), {'kept/d1': 1});
});
