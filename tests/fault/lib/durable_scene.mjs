// Meters whose readings must not be lost: publishers that record every PUBACK, a gateway with a
// durable rule, and a receiver that looks at every batch.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {Broker} from '../../integration/lib/broker.mjs';
import {Dashboard, Device} from '../../integration/lib/clients.mjs';
import {runGateway} from '../../integration/lib/gateway.mjs';
import {HubServer} from '../../integration/lib/hub.mjs';
import {addsUp, parseMetrics} from '../../integration/lib/metrics.mjs';
import {directory, freePort} from '../../integration/lib/processes.mjs';
import {until} from '../../integration/lib/wait.mjs';
import {Cable} from '../../soak/lib/cable.mjs';

export const RULE = 'meters';
const GROUP = 'meters';

export class DurableScene {
  static async set(t, {rate = 400, rule = {}, store = {}} = {}) {
    const scene = new DurableScene();
    t.after(() => scene.clear());
    scene.#rate = rate;
    scene.storeDirectory = store.directory ?? join(directory, 'store');
    [scene.broker, scene.hub] = await Promise.all([Broker.start(), HubServer.start()]);
    scene.cable = await Cable.to(scene.hub.port);
    scene.statusPort = await freePort();
    scene.config = {
      gateway: {id: 'edge-01'},
      mqtt: {broker: scene.broker.url, client_id: 'gateway-under-test', session_expiry: '1h'},
      webpubsub: {connection_string: scene.hub.connectionString.replace(`:${scene.hub.port}`, `:${scene.cable.port}`)},
      rules: [{
        name: RULE, topic: 'meters/{meter}', group: GROUP, qos: 1, store: 'disk',
        replay: {order: 'live_first', rate: '5000/s'}, ...rule,
      }],
      store: {directory: scene.storeDirectory, sync: '200ms', ...store},
      status: {listen: `127.0.0.1:${scene.statusPort}`},
      presence: {group: ''},
    };
    await scene.joinReceiver();
    await scene.startGateway();
    await scene.connected();
    await scene.startPublishers();
    return scene;
  }

  acknowledged = new Set();  // what the broker said it has
  received = new Map();      // by number, the sequence number of its batch
  repeats = 0;               // batches that came again
  disorder = 0;              // readings of one meter that came after a later one, live ones apart
  #batches = new Map();      // by sequence number
  #looked = 0;
  #next = 0;
  #rate;

  async joinReceiver() {
    this.#lookAtBatches();
    this.receiver?.stop();
    this.receiver = await Dashboard.join(this.hub.connectionString, [GROUP]);
    this.#looked = 0;
  }

  startGateway() {
    this.gateway = runGateway(this.config, 'durable.yaml');
  }

  async kill() {
    await this.gateway.stop('SIGKILL');
  }

  async connected(timeout = 30_000) {
    await until(async () => {
      if (!this.gateway.isRunning) throw new Error(`the gateway ended:\n${this.gateway.output}`);
      const metrics = await this.metrics();
      return metrics.linkUp('mqtt') && metrics.linkUp('cloud');
    }, 'both links are up', {timeout});
  }

  /** As a full disk: no file of the gateway may become larger. */
  limitFileSize(bytes) {
    execFileSync('prlimit', ['--pid', `${this.gateway.child.pid}`, `--fsize=${bytes}:`]);
  }

  async metrics() {
    const answer = await fetch(`http://127.0.0.1:${this.statusPort}/metrics`);
    return parseMetrics(await answer.text());
  }

  async startPublishers() {
    this.devices ??= await Device.connect(this.broker, {reconnectPeriod: 100, queueQoSZero: false});
    const started = Date.now();
    let due = 0;
    this.timer = setInterval(() => {
      for (const now = (Date.now() - started) * this.#rate / 1000; due < now; due += 1) {
        if (!this.devices.client.connected) continue;
        const number = this.#next;
        this.#next += 1;
        this.devices.client.publish(`meters/m${number % 7}`, `{"n":${number}}`, {qos: 1},
          (error) => { if (!error) this.acknowledged.add(number); });
      }
    }, 10);
  }

  stopPublishing() {
    clearInterval(this.timer);
  }

  /** A batch that came before is the same as before, and a reading is in one batch only. */
  #lookAtBatches() {
    const messages = this.receiver?.of(GROUP) ?? [];
    for (; this.#looked < messages.length; this.#looked += 1) {
      const {seq, samples} = messages[this.#looked].data;
      const numbers = samples.map(({data}) => data.n);
      const before = this.#batches.get(seq);
      if (before) {
        assert.deepEqual(numbers, before, `batch ${seq} came again with other readings`);
        this.repeats += 1;
        continue;
      }
      this.#batches.set(seq, numbers);
      for (const number of numbers) {
        assert.equal(this.received.get(number), undefined, `reading ${number} is in batch ${seq}, too`);
        this.received.set(number, seq);
      }
    }
  }

  missing() {
    this.#lookAtBatches();
    return [...this.acknowledged].filter((number) => !this.received.has(number));
  }

  async booksAreRight() {
    const metrics = await this.metrics();
    const books = metrics.rule(RULE);
    assert.ok(addsUp(books), JSON.stringify(books));
    return metrics;
  }

  /** Nothing that was acknowledged to a publisher is missing in the end. */
  async nothingIsMissing(timeout = 60_000) {
    this.stopPublishing();
    await until(() => this.devices.client.connected && this.acknowledged.size === this.#next,
      'the broker has taken everything', {timeout: 20_000}).catch(() => {});
    await until(() => this.missing().length === 0,
      'every acknowledged reading has arrived', {timeout, interval: 100}).catch(async (error) => {
        const books = JSON.stringify((await this.metrics()).rule(RULE));
        const missing = this.missing();
        throw new Error(`${missing.length} of ${this.acknowledged.size} readings are missing, `
          + `such as ${missing.slice(0, 5)}, of ${books}: ${error.message}\n${this.gateway.output.slice(-3000)}`);
      });
    await until(async () => (await this.booksAreRight()).rule(RULE).pending === 0,
      'nothing is pending', {timeout});
    await sleep(0);
    assert.equal(this.missing().length, 0);
  }

  async clear() {
    this.stopPublishing();
    this.receiver?.stop();
    await this.devices?.stop();
    this.cable?.pull();
    await Promise.all([this.gateway, this.broker, this.hub].map((each) => each?.stop()));
  }
}
