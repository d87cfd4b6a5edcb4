// Meters whose readings the broker keeps while there is no room for them, among others that go on.

import assert from 'node:assert/strict';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';

import {Broker} from './broker.mjs';
import {Dashboard, Device} from './clients.mjs';
import {HubServer} from './hub.mjs';
import {directory} from './processes.mjs';
import {ReloadingGateway, succeeded} from './reloading.mjs';
import {until} from './wait.mjs';

export const QUEUE = 500;
export const CLIENT_ID = 'edge-01';

export const blocking = {
  name: 'meters', topic: 'meters/{meter}', group: 'meters', store: 'disk',
  offline: {max: QUEUE, overflow: 'block'}, replay: {rate: '100/s'},
};
export const live = {name: 'live', topic: '#', except: 'commands/#', group: 'live'};

export class Scene {
  /** `mqtt` and `files`: of the gateway; `passwords`: of all whom the broker lets in. */
  static async set(t, {rules = [blocking, live], blocks = true, mqtt = {}, files = {}, passwords} = {}) {
    const scene = new Scene();
    t.after(() => scene.clear());
    [scene.broker, scene.hub] = await Promise.all([Broker.start({passwords}), HubServer.start()]);
    scene.device = await Device.connect(scene.broker, passwords && {username: 'device', password: passwords.device});
    await scene.#joinDashboard();
    scene.gateway = await ReloadingGateway.start({
      broker: scene.broker, rules, files, webpubsub: {connection_string: scene.hub.connectionString},
      mqtt: {broker: scene.broker.url, client_id: CLIENT_ID, ...mqtt},
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
