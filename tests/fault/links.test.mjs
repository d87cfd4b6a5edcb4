// Broker and hub go away and come back under load, one by one and together: the gateway carries on.
//
// Every scenario has a gateway of its own, so that its waits between attempts are the short ones
// of a first outage: back-off grows until a link was stable for a while.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {Broker} from '../integration/lib/broker.mjs';
import {Dashboard, Device} from '../integration/lib/clients.mjs';
import {Gateway} from '../integration/lib/gateway.mjs';
import {HubServer} from '../integration/lib/hub.mjs';
import {addsUp} from '../integration/lib/metrics.mjs';

const RATE = 500;  // readings a second
const OUTAGE_MS = 1500;
const POLL_MS = 50;

const rules = [
  {name: 'plain', topic: 'load/{device}', group: 'load', qos: 0},
  {name: 'asked-for', topic: 'load/d1', group: 'acknowledged', qos: 1, send: 'acknowledged'},
];

/** Broker, hub, gateway and devices under load, with the books read all the while. */
class Scene {
  static async set(t) {
    const scene = new Scene();
    t.after(() => scene.clear());
    [scene.broker, scene.hub] = await Promise.all([Broker.start(), HubServer.start()]);
    scene.gateway = await Gateway.start({
      broker: scene.broker, rules, webpubsub: {connection_string: scene.hub.connectionString},
    });
    await scene.#startLoad();
    scene.#watching = scene.#watchBooks();
    await scene.readingsFlow();
    return scene;
  }

  published = 0;
  polls = 0;
  wrong = undefined;  // the first sum that did not add up
  #stopped = false;
  #watching;

  /** Ten devices on one connection, publishing whenever the broker is there. */
  async #startLoad() {
    this.devices = await Device.connect(this.broker, {reconnectPeriod: 100, queueQoSZero: false});
    const started = Date.now();
    let due = 0;
    this.timer = setInterval(() => {
      for (const now = (Date.now() - started) * RATE / 1000; due < now; due += 1) {
        if (!this.devices.client.connected) continue;
        this.devices.client.publish(`load/d${due % 10}`, `{"n":${due}}`, {qos: due % 2});
        this.published += 1;
      }
    }, 10);
  }

  async #watchBooks() {
    while (!this.#stopped) {
      try {
        const metrics = await this.gateway.metrics();
        for (const {name} of rules) {
          const books = metrics.rule(name);
          if (!addsUp(books)) this.wrong ??= `${name}: ${JSON.stringify(books)}`;
        }
        this.polls += 1;
      } catch (error) {
        this.wrong ??= `metrics did not answer: ${error.message}\n${this.gateway.program.output}`;
      }
      await sleep(POLL_MS);
    }
  }

  /** Resolves when the gateway has noticed that `link` is up, or not. */
  async noticed(link, up) {
    await this.gateway.metricsWhen((metrics) => metrics.linkUp(link) === up,
      `${link} is ${up ? 'up' : 'down'}`, {timeout: 20_000});
  }

  /** A dashboard that has just come gets readings published after this call. */
  async readingsFlow(timeout = 10_000) {
    const started = Date.now();
    await this.gateway.untilConnected({timeout});
    const dashboard = await Dashboard.join(this.hub.connectionString, ['load', 'acknowledged']);
    try {
      for (const group of ['load', 'acknowledged']) {
        await dashboard.receives((d) => d.samples(group).some(({time}) => time > started),
          `fresh readings in ${group}`);
      }
    } finally {
      dashboard.stop();
    }
  }

  /** What every scenario must leave behind: readings within `timeout`, and books without a hole. */
  async carriesOn(timeout) {
    await this.readingsFlow(timeout);
    const metrics = await this.gateway.booksAreRight();
    for (const {name} of rules) {
      assert.equal(metrics.dropped(name, 'malformed') + metrics.dropped(name, 'rejected'), 0);
    }
    await this.#endWatch();
    assert.equal(this.wrong, undefined, this.wrong);
    assert.ok(this.polls > 10, `${this.polls} polls`);

    const {code, lines} = await this.gateway.stop();
    assert.equal(code, 0);
    for (const {name} of rules) {
      assert.ok(addsUp(lines[name]), JSON.stringify(lines));
      assert.equal(lines[name].pending, 0);
      assert.ok(lines[name].received > 0 && lines[name].received <= this.published);
    }
  }

  async #endWatch() {
    this.#stopped = true;
    await this.#watching;
  }

  async clear() {
    clearInterval(this.timer);
    await this.#endWatch();
    await this.devices?.stop();
    await this.gateway?.program.stop();
    await Promise.all([this.hub?.stop(), this.broker?.stop()]);
  }
}

const down = (...links) => Promise.all(links.map((link) => link.stop()));
const up = (...links) => Promise.all(links.map((link) => link.restart()));

test('the broker goes and comes back', {timeout: 40_000}, async (t) => {
  const scene = await Scene.set(t);
  await down(scene.broker);
  await scene.noticed('mqtt', false);
  await sleep(OUTAGE_MS);
  await up(scene.broker);
  await scene.carriesOn();
});

test('the hub goes and comes back', {timeout: 40_000}, async (t) => {
  const scene = await Scene.set(t);
  await down(scene.hub);
  await scene.noticed('cloud', false);
  await scene.gateway.metricsWhen((metrics) => metrics.rule('plain').pending > RATE / 2,
    'what comes meanwhile waits');
  await up(scene.hub);
  await scene.carriesOn();
});

// The one that stays away longer has reached longer waits between its attempts.
const AFTER_BOTH_MS = 20_000;

test('the broker goes first and comes back last', {timeout: 60_000}, async (t) => {
  const scene = await Scene.set(t);
  await down(scene.broker);
  await scene.noticed('mqtt', false);
  await down(scene.hub);
  await scene.noticed('cloud', false);
  await sleep(OUTAGE_MS);
  await up(scene.hub);
  await scene.noticed('cloud', true);
  await up(scene.broker);
  await scene.carriesOn(AFTER_BOTH_MS);
});

test('the hub goes first and comes back last', {timeout: 60_000}, async (t) => {
  const scene = await Scene.set(t);
  await down(scene.hub);
  await scene.noticed('cloud', false);
  await down(scene.broker);
  await scene.noticed('mqtt', false);
  await sleep(OUTAGE_MS);
  await up(scene.broker);
  await scene.noticed('mqtt', true);
  await up(scene.hub);
  await scene.carriesOn(AFTER_BOTH_MS);
});

test('both go and come back at once', {timeout: 40_000}, async (t) => {
  const scene = await Scene.set(t);
  await down(scene.broker, scene.hub);
  await sleep(OUTAGE_MS);
  await up(scene.broker, scene.hub);
  await scene.carriesOn();
});

test('both flicker', {timeout: 60_000}, async (t) => {
  const scene = await Scene.set(t);
  for (let i = 0; i < 3; ++i) {
    await down(scene.broker, scene.hub);
    await up(scene.hub, scene.broker);
    await sleep(300);  // some attempts succeed meanwhile and some do not
  }
  await scene.carriesOn(AFTER_BOTH_MS);
});

test('a gateway that starts with neither connects to both later', {timeout: 40_000}, async (t) => {
  const [broker, hub] = await Promise.all([Broker.start(), HubServer.start()]);
  await down(broker, hub);
  const gateway = await Gateway.start({
    broker, rules, connected: false, webpubsub: {connection_string: hub.connectionString},
  });
  t.after(async () => {
    await gateway.program.stop();
    await down(broker, hub);
  });
  await gateway.metricsWhen((metrics) => ['mqtt', 'cloud'].every((link) =>
    metrics.sum('wpsgw_link_reconnects_total', {link, reason: 'connect_failed'}) > 0),
  'it has tried both');
  await up(broker, hub);
  await gateway.untilConnected({timeout: 10_000});
  await gateway.booksAreRight();
  assert.equal((await gateway.stop()).code, 0);
});
