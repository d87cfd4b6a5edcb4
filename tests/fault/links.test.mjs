// Broker and hub go away and come back under load, one by one and together: the gateway carries on.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {Broker} from '../integration/lib/broker.mjs';
import {Dashboard, Device} from '../integration/lib/clients.mjs';
import {Gateway} from '../integration/lib/gateway.mjs';
import {HubServer} from '../integration/lib/hub.mjs';
import {addsUp} from '../integration/lib/metrics.mjs';

const RATE = 500;  // readings a second
const OUTAGE_MS = 1500;
const POLL_MS = 50;
const BACK_WITHIN_MS = 10_000;

const rules = [
  {name: 'plain', topic: 'load/{device}', group: 'load', qos: 0},
  {name: 'asked-for', topic: 'load/d1', group: 'acknowledged', qos: 1, send: 'acknowledged'},
];

let broker;
let hub;
let gateway;
let load;
let watch;

before(async () => {
  broker = await Broker.start();
  hub = await HubServer.start();
  gateway = await Gateway.start({
    broker, rules, webpubsub: {connection_string: hub.connectionString},
  });
  load = await startLoad();
  watch = watchBooks();
});

after(async () => {
  watch?.stop();
  await load?.stop();
  await gateway?.program.stop();
  await hub?.stop();
  await broker?.stop();
});

/** Ten devices on one connection, publishing whenever the broker is there. */
async function startLoad() {
  const device = await Device.connect(broker, {reconnectPeriod: 100, queueQoSZero: false});
  const started = Date.now();
  const state = {published: 0};
  let due = 0;
  const timer = setInterval(() => {
    for (const now = (Date.now() - started) * RATE / 1000; due < now; due += 1) {
      if (!device.client.connected) continue;
      device.client.publish(`load/d${due % 10}`, `{"n":${due}}`, {qos: due % 2});
      state.published += 1;
    }
  }, 10);
  state.stop = async () => {
    clearInterval(timer);
    await device.stop();
  };
  return state;
}

/** Reads the metrics again and again; the first sum that is wrong is kept as `wrong`. */
function watchBooks() {
  const state = {polls: 0, wrong: undefined, stopped: false};
  const poll = async () => {
    while (!state.stopped) {
      try {
        const metrics = await gateway.metrics();
        state.polls += 1;
        for (const {name} of rules) {
          const books = metrics.rule(name);
          if (!addsUp(books)) state.wrong ??= `${name}: ${JSON.stringify(books)}`;
        }
      } catch (error) {
        state.wrong ??= `metrics did not answer: ${error.message}\n${gateway.program.output}`;
      }
      await sleep(POLL_MS);
    }
  };
  state.ended = poll();
  state.stop = () => { state.stopped = true; };
  return state;
}

/** A dashboard that has just come gets readings published after this call. */
async function readingsFlow() {
  const started = Date.now();
  await gateway.untilConnected({timeout: BACK_WITHIN_MS});
  const dashboard = await Dashboard.join(hub.connectionString, ['load', 'acknowledged']);
  try {
    for (const group of ['load', 'acknowledged']) {
      await dashboard.receives((d) => d.samples(group).some(({time}) => time > started),
        `fresh readings in ${group}`, {timeout: BACK_WITHIN_MS});
    }
  } finally {
    dashboard.stop();
  }
}

/** What every scenario must leave behind. */
async function carriesOn() {
  await readingsFlow();
  assert.equal(watch.wrong, undefined, watch.wrong);
  const metrics = await gateway.booksAreRight();
  for (const {name} of rules) {
    assert.equal(metrics.dropped(name, 'malformed') + metrics.dropped(name, 'rejected'), 0);
  }
}

const down = (...links) => Promise.all(links.map((link) => link.stop()));
const up = (...links) => Promise.all(links.map((link) => link.restart()));
const noticed = (link, value) =>
  gateway.metricsWhen((metrics) => metrics.linkUp(link) === value, `${link} ${value ? 'up' : 'down'}`);

test('readings flow, and the books add up while they do', {timeout: 20_000}, carriesOn);

test('the broker goes and comes back', {timeout: 30_000}, async () => {
  await down(broker);
  await noticed('mqtt', false);
  await sleep(OUTAGE_MS);
  await up(broker);
  await carriesOn();
});

test('the hub goes and comes back', {timeout: 30_000}, async () => {
  await down(hub);
  await noticed('cloud', false);
  await sleep(OUTAGE_MS);
  const {pending} = (await gateway.metrics()).rule('plain');
  assert.ok(pending > 0, 'what came meanwhile waits');
  await up(hub);
  await carriesOn();
});

test('the broker goes first and comes back last', {timeout: 30_000}, async () => {
  await down(broker);
  await noticed('mqtt', false);
  await down(hub);
  await noticed('cloud', false);
  await sleep(OUTAGE_MS);
  await up(hub);
  await noticed('cloud', true);
  await up(broker);
  await carriesOn();
});

test('the hub goes first and comes back last', {timeout: 30_000}, async () => {
  await down(hub);
  await noticed('cloud', false);
  await down(broker);
  await noticed('mqtt', false);
  await sleep(OUTAGE_MS);
  await up(broker);
  await noticed('mqtt', true);
  await up(hub);
  await carriesOn();
});

test('both go and come back at once', {timeout: 30_000}, async () => {
  await down(broker, hub);
  await sleep(OUTAGE_MS);
  await up(broker, hub);
  await carriesOn();
});

test('both flicker', {timeout: 60_000}, async () => {
  for (let i = 0; i < 5; ++i) {
    await down(broker, hub);
    await up(hub, broker);
    await sleep(300);  // long enough that some attempts succeed and some do not
  }
  await carriesOn();
});

test('a gateway that starts with neither connects to both later', {timeout: 40_000}, async (t) => {
  const [ownBroker, ownHub] = await Promise.all([Broker.start(), HubServer.start()]);
  await down(ownBroker, ownHub);
  const other = await Gateway.start({
    broker: ownBroker, rules, connected: false, webpubsub: {connection_string: ownHub.connectionString},
  });
  t.after(async () => {
    await other.program.stop();
    await down(ownBroker, ownHub);
  });
  await other.metricsWhen((metrics) =>
    metrics.sum('wpsgw_link_reconnects_total', {link: 'mqtt', reason: 'connect_failed'}) > 0
    && metrics.sum('wpsgw_link_reconnects_total', {link: 'cloud', reason: 'connect_failed'}) > 0,
  'it has tried both');
  await up(ownBroker, ownHub);
  await other.untilConnected({timeout: 20_000});
  await other.booksAreRight();
});

test('after all of it nothing is unaccounted for', {timeout: 20_000}, async () => {
  watch.stop();
  await watch.ended;
  await load.stop();
  assert.equal(watch.wrong, undefined, watch.wrong);
  assert.ok(watch.polls > 100, `${watch.polls} polls`);
  const {code, lines} = await gateway.stop();
  assert.equal(code, 0);
  for (const {name} of rules) {
    assert.ok(addsUp(lines[name]), JSON.stringify(lines));
    assert.equal(lines[name].pending, 0);
    assert.ok(lines[name].received > 0 && lines[name].received <= load.published);
  }
});
