// What waited through an outage is sent at once when an operator says so: all of it, in its order.

import assert from 'node:assert/strict';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {Dashboard, Device} from './lib/clients.mjs';
import {HubServer} from './lib/hub.mjs';
import {Operator} from './lib/operator.mjs';
import {directory} from './lib/processes.mjs';

const WAITING = 4000;
const DEVICES = 5;

const shape = {qos: 1, batch: {max_samples: 20}, replay: {rate: '0.1/s', order: 'in_order'}};
const rules = [
  {name: 'meters', topic: 'meters/+', group: 'meters', store: 'disk', ...shape},
  {
    name: 'climate', topic: 'climate/+', group: 'climate', send: 'acknowledged',
    offline: {keep: 'oldest_first'}, ...shape,
  },
];

let broker;
let hub;
let device;
let dashboard;
let gateway;
const operator = new Operator();

before(async () => {
  [broker, hub] = await Promise.all([Broker.start(), HubServer.start()]);
  device = await Device.connect(broker);
  gateway = await operator.startsGateway({
    broker, rules, presence: {group: ''},
    webpubsub: {connection_string: hub.connectionString, rate_limit: {messages: '50/s'}},
    store: {directory: mkdtempSync(join(directory, 'store-'))},
  });
});

after(async () => {
  dashboard?.stop();
  await device?.stop();
  await gateway?.program.stop();
  await hub?.stop();
  await broker?.stop();
});

async function publish(kind, from, count) {
  await Promise.all(Array.from({length: count}, (_, i) => device.publish(`${kind}/d${i % DEVICES}`, `{"n":${from + i}}`)));
}

const pending = (metrics, rule) => metrics.rule(rule).pending;

/** Each reading once, and each device's in the order in which it sent them. */
function allCameInOrder(group, count) {
  const samples = dashboard.samples(group);
  const numbers = samples.map(({data}) => data.n);
  assert.deepEqual([...numbers].sort((a, b) => a - b), [...Array(count).keys()]);
  for (let i = 0; i < DEVICES; i += 1) {
    const own = samples.filter(({topic}) => topic.endsWith(`/d${i}`)).map(({data}) => data.n);
    assert.deepEqual(own, [...own].sort((a, b) => a - b), `order of d${i}`);
  }
}

test('what waits on disk and in memory leaves at once when an operator says so', {timeout: 90_000}, async () => {
  await hub.stop();
  for (const kind of ['meters', 'climate']) await publish(kind, 0, WAITING);
  await gateway.metricsWhen((now) => pending(now, 'meters') === WAITING && pending(now, 'climate') === WAITING, 'all waits');

  const away = await operator.asks('queue', 'drain', 'meters');
  assert.equal(away.code, 75, away.stderr);
  assert.match(away.stderr, new RegExp(`the service is away: 0 readings sent, ${WAITING} still wait`));

  await hub.restart();
  dashboard = await Dashboard.join(hub.connectionString, ['meters', 'climate'], {autoReconnect: false});
  await gateway.untilConnected();
  // Some frames of each rule leave, and most of a minute goes by before the next.
  await gateway.metricsWhen((now) => now.rule('meters').forwarded > 0 && now.rule('climate').forwarded > 0, 'the replay has begun');
  assert.ok(pending(await gateway.metrics(), 'meters') > WAITING / 2);

  const late = await operator.asks('queue', 'drain', 'meters', '--timeout', '1us');
  assert.equal(late.code, 75, late.stderr);
  assert.match(late.stderr, /not done within 1us: \d+ readings sent, \d+ still wait/);

  for (const rule of ['meters', 'climate']) {
    // Devices go on meanwhile.
    const fresh = publish(rule, WAITING, 50);
    const drained = await operator.asks('queue', 'drain', rule);
    assert.equal(drained.code, 0, drained.stderr);
    assert.equal(drained.stderr, '');
    const [, sent] = /^(\d+) readings sent\n$/.exec(drained.stdout);
    assert.ok(Number(sent) > 0 && Number(sent) <= WAITING + 50, sent);
    await fresh;
  }
  await dashboard.receives((d) => d.samples('meters').length >= WAITING && d.samples('climate').length >= WAITING, 'all that waited');
  // What came during the drain waits its turn, if the drain was over before it had a place in it.
  for (const rule of ['meters', 'climate']) {
    const drained = await operator.asks('queue', 'drain', rule);
    assert.equal(drained.code, 0, drained.stderr);
    await dashboard.receives((d) => d.samples(rule).length >= WAITING + 50, `all of ${rule}`);
    allCameInOrder(rule, WAITING + 50);
  }
  const metrics = await gateway.booksAreRight();
  for (const rule of ['meters', 'climate']) {
    assert.deepEqual(metrics.rule(rule), {
      received: WAITING + 50, forwarded: WAITING + 50, filtered: 0, dropped: 0, pending: 0,
    });
  }
  const log = gateway.program.output;
  assert.match(log, /queue drain was asked for/);
  assert.match(log, /what waited of a rule was sent on request/);
});

test('a rule that nobody knows is told apart from one that is done', {timeout: 30_000}, async () => {
  const unknown = await operator.asks('queue', 'drain', 'nobody');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /no rule nobody is known here/);
  const done = await operator.asks('queue', 'drain', 'meters');
  assert.deepEqual(done, {code: 0, stdout: '0 readings sent\n', stderr: ''});
});
