// What devices publish is what a dashboard gets: all of it, once, in order, digit for digit.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {Dashboard, Device} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';

const DEVICES = 50;
const PER_DEVICE = 200;
const SITES = 5;

const names = Array.from({length: DEVICES}, (_, i) => ({device: `d${i}`, site: `s${i % SITES}`}));
const topicOf = ({site, device}) => `sensors/${site}/${device}/telemetry`;
const groups = Array.from({length: SITES}, (_, i) => `site-s${i}`);

// Digits and spellings that do not survive JSON.parse and JSON.stringify.
const payloadOf = (device, sequence) =>
  `{"device":"${device}","sequence":${sequence},"serial":1234567890123456789${sequence % 10},`
  + '"ratio":0.10,"tiny":1E-7, "text":"\\u00e9 é","nested":{"b":[1,2.50],"a":null}}';

const rules = [{
  name: 'telemetry', topic: 'sensors/{site}/{device}/telemetry', qos: 1, group: 'site-{site}',
}];

let broker;
let gateway;
let dashboard;

before(async () => {
  broker = await Broker.start();
  gateway = await Gateway.start({broker, rules});
  dashboard = await Dashboard.join(gateway.connectionString, groups);
});

after(async () => {
  dashboard?.stop();
  await gateway?.program.stop();
  await broker?.stop();
});

async function publishAll({site, device}) {
  const client = await Device.connect(broker, {clientId: device});
  const sent = [];
  for (let sequence = 0; sequence < PER_DEVICE; ++sequence) {
    sent.push(client.publish(topicOf({site, device}), payloadOf(device, sequence)));
  }
  await Promise.all(sent);
  await client.stop();
}

test('10,000 readings of 50 devices reach the official client, in order and once', {timeout: 90_000}, async () => {
  await Promise.all(names.map(publishAll));
  await dashboard.receives((d) => d.samples().length >= DEVICES * PER_DEVICE,
    'all readings are at the dashboard', {timeout: 60_000});

  for (const name of names) {
    const samples = dashboard.samples().filter(({topic}) => topic === topicOf(name));
    assert.deepEqual(samples.map(({data}) => data.sequence), [...Array(PER_DEVICE).keys()],
      `order of ${name.device}`);
    for (const sample of samples) {
      assert.equal(sample.site, name.site);
      assert.equal(sample.device, name.device);
      assert.deepEqual(sample.data, JSON.parse(payloadOf(name.device, sample.data.sequence)));
    }
  }
});

test('payloads are the bytes that devices sent', () => {
  for (const message of dashboard.messages) {
    let at = 0;
    for (const {device, data} of message.data.samples) {
      const found = message.raw.indexOf(`"data":${payloadOf(device, data.sequence)}`, at);
      assert.ok(found >= at, `payload ${data.sequence} of ${device} was changed in ${message.raw}`);
      at = found + 1;
    }
  }
});

test('batches are numbered without a gap in their group, and hold no reading of another', () => {
  for (const group of groups) {
    const numbers = dashboard.of(group).map(({data}) => data.seq);
    assert.deepEqual(numbers, numbers.map((_, i) => i + 1), group);
  }
  for (const {group, data, fromUserId} of dashboard.messages) {
    assert.deepEqual({...data, seq: 0, samples: []},
      {v: 1, gateway: 'edge-01', rule: 'telemetry', seq: 0, late: false, samples: []});
    assert.equal(fromUserId, 'edge-01');
    assert.ok(data.samples.every(({site}) => group === `site-${site}`));
    assert.ok(data.samples.length <= 100);
  }
});

test('the books say what happened', {timeout: 10_000}, async () => {
  const metrics = await gateway.booksAreRight();
  const all = DEVICES * PER_DEVICE;
  assert.deepEqual(metrics.rule('telemetry'),
    {received: all, forwarded: all, filtered: 0, dropped: 0, pending: 0});
  assert.equal(metrics.sum('wpsgw_mqtt_messages_received_total'), all);
  assert.equal(metrics.sum('wpsgw_frames_sent_total', {rule: 'telemetry'}), dashboard.messages.length);
});
