// Rules with overflow: block: what there is no room for stays at the broker, and everybody else
// goes on.

import assert from 'node:assert/strict';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {backend, Dashboard, Device} from './lib/clients.mjs';
import {HubServer} from './lib/hub.mjs';
import {directory} from './lib/processes.mjs';
import {ReloadingGateway, succeeded} from './lib/reloading.mjs';
import {until} from './lib/wait.mjs';

const MESSAGES = 6000;
const QUEUE = 500;
const LIMIT = {timeout: 100_000};
const BEYOND = 1024 * 1024;

const blocking = {
  name: 'meters', topic: 'meters/{meter}', group: 'meters', store: 'disk',
  offline: {max: QUEUE, overflow: 'block'}, replay: {rate: '100/s'},
};
const live = {name: 'live', topic: '#', except: 'commands/#', group: 'live'};

class Scene {
  static async set(t, {rules = [blocking, live], blocks = true} = {}) {
    const scene = new Scene();
    t.after(() => scene.clear());
    [scene.broker, scene.hub] = await Promise.all([Broker.start(), HubServer.start()]);
    scene.device = await Device.connect(scene.broker);
    await scene.#joinDashboard();
    scene.gateway = await ReloadingGateway.start({
      broker: scene.broker, rules, webpubsub: {connection_string: scene.hub.connectionString},
      store: {directory: mkdtempSync(join(directory, 'store-'))}, presence: {group: ''},
      commands: [{
        name: 'any', from: 'server', when: {'/type': 'command'}, topic: 'commands/{/device}', payload: '/args',
        allow: ['commands/+'],
      }],
    });
    if (blocks) await scene.linkIs('up');
    return scene;
  }

  async #joinDashboard() {
    this.arrived();
    this.dashboard?.stop();
    this.dashboard = await Dashboard.join(this.hub.connectionString, ['meters', 'live'], {autoReconnect: false});
  }

  async serviceIsBack() {
    await this.hub.restart();
    await this.#joinDashboard();
    await this.gateway.untilConnected();
  }

  async restart(signal) {
    await this.gateway.program.stop(signal);
    this.gateway.run();
    await until(() => this.gateway.metrics().catch(() => false), 'the gateway is there again');
  }

  async reload(rules) {
    assert.ok(succeeded(await this.gateway.reload({rules})), this.gateway.program.output);
  }

  sent = 0;
  #arrived = new Set();  // at earlier dashboards

  /** The numbers of all readings that arrived, each once. */
  arrived() {
    for (const {data} of this.dashboard?.samples('meters') ?? []) this.#arrived.add(data.n);
    return this.#arrived;
  }

  /** Resolves when the broker has taken them. */
  async publish(count) {
    const all = [];
    for (let i = 0; i < count; i += 1, this.sent += 1) all.push(this.device.publish(`meters/m${this.sent % 7}`, `{"n":${this.sent}}`));
    await Promise.all(all);
  }

  linkIs(state, options) {
    const [up, paused] = [state === 'up' ? 1 : 0, state === 'paused' ? 1 : 0];
    const link = 'mqtt_blocking';
    return this.gateway.metricsWhen((metrics) => {
      const there = metrics.samples.some(({labels}) => labels.link === link);
      if (!there || state === 'gone') return there === (state !== 'gone');
      return metrics.sum('wpsgw_link_up', {link}) === up && metrics.sum('wpsgw_link_paused', {link}) === paused;
    }, `the link of rules that block is ${state}`, options);
  }

  async everythingArrives() {
    await until(() => this.arrived().size === this.sent, 'every reading has arrived', {timeout: 60_000, interval: 100})
      .catch((error) => { throw new Error(`${this.arrived().size} of ${this.sent}: ${error.message}\n${this.gateway.program.output.slice(-4000)}`); });
    const metrics = await this.gateway.metricsWhen((m) => m.rule('meters').pending === 0, 'nothing is pending');
    await this.gateway.booksAreRight();
    const books = metrics.rule('meters');
    assert.equal(books.dropped, 0);
    assert.equal(books.forwarded, books.received);
    assert.ok(books.received >= this.sent);
    return books;
  }

  async clear() {
    this.dashboard?.stop();
    await this.device?.stop();
    await this.gateway?.program.stop();
    await this.hub?.stop();
    await this.broker?.stop();
  }
}

// At the same time: most of it is waiting for connections.
describe('overflow: block', {concurrency: true}, () => {
  test('nothing is lost, and live rules and commands go on while the link of a full rule is paused', LIMIT, async (t) => {
    // What waits leaves slowly at first: the service is back while the link is paused.
    const scene = await Scene.set(t, {rules: [{...blocking, batch: {max_samples: 2}, replay: {rate: '0.1/s'}}, live]});
    await scene.hub.stop();
    await scene.publish(MESSAGES);
    const paused = await scene.linkIs('paused');
    const onDisk = paused.sum('wpsgw_rule_stored_messages', {rule: 'meters'});
    assert.ok(onDisk >= QUEUE && onDisk < MESSAGES, `${onDisk} on disk`);
    assert.ok(paused.sum('wpsgw_queue_bytes', {queue: 'store'}) < BEYOND);
    assert.equal(paused.linkUp('mqtt'), true);
    // Each once by each link.
    await scene.gateway.metricsWhen((metrics) => metrics.rule('live').received === MESSAGES, 'the live rule got all of them');
    await scene.gateway.booksAreRight();
    assert.match(scene.gateway.program.output, /the broker keeps what comes for rules that block: rule meters has as many/);

    await scene.serviceIsBack();
    await scene.device.subscribe('commands/#');
    await backend(scene.hub.connectionString).sendToUser('edge-01', {type: 'command', device: 'd1', args: 7});
    await scene.device.receives('commands/d1');
    await scene.device.publish('other', '1');
    await scene.dashboard.receives((d) => d.samples('live').some(({topic}) => topic === 'other'), 'a live reading arrives');
    await scene.linkIs('paused');

    // A limit that is raised is room.
    await scene.reload([{...blocking, offline: {max: 5 * QUEUE, overflow: 'block'}}, live]);
    const books = await scene.everythingArrives();
    assert.ok(books.received - MESSAGES < MESSAGES / 4, `${books.received - MESSAGES} came twice`);
    await scene.linkIs('up');
    assert.match(scene.gateway.program.output, /the broker sends for rules that block again/);
  });

  test('a gateway that is killed while its link is paused goes on where it was', LIMIT, async (t) => {
    const scene = await Scene.set(t);
    await scene.hub.stop();
    await scene.publish(4 * QUEUE);
    await scene.linkIs('paused');
    await scene.restart('SIGKILL');
    // It does not even connect.
    await scene.linkIs('paused');
    assert.equal((await scene.gateway.metrics()).sum('wpsgw_link_connects_total', {link: 'mqtt_blocking'}), 0);
    await scene.publish(QUEUE);
    await scene.serviceIsBack();
    await scene.everythingArrives();
  });

  test('reloads make the link, and end it with what the broker has kept', LIMIT, async (t) => {
    const dropping = {...blocking, offline: {max: 100_000}};
    const scene = await Scene.set(t, {rules: [dropping, live], blocks: false});
    await scene.publish(100);
    await scene.reload([blocking, live]);
    await scene.linkIs('up');
    await scene.publish(100);
    await scene.everythingArrives();
    await scene.hub.stop();
    await scene.publish(4 * QUEUE);
    await scene.linkIs('paused');
    // No rule blocks any more: the broker's part is fetched, and the session gone.
    await scene.reload([dropping, live]);
    await scene.serviceIsBack();
    await scene.everythingArrives();
    await scene.linkIs('gone', {timeout: 30_000});
    await scene.publish(100);
    await scene.everythingArrives();
  });
});
