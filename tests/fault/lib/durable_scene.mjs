// Meters whose readings must not be lost: publishers that record every PUBACK, a gateway with a
// durable rule, and a receiver that looks at every batch.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {isDeepStrictEqual} from 'node:util';

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
  /** `rules` and `commands`: beside the durable rule. */
  static async set(t, {
    rate = 400, padding = '', wrapper = [], rule = {}, store = {}, mqtt = {}, webpubsub = {}, broker = {},
    rules = [], commands = [],
  } = {}) {
    const scene = new DurableScene();
    t.after(() => scene.clear());
    scene.#rate = rate;
    scene.#padding = padding;
    scene.wrapper = wrapper;
    scene.storeDirectory = store.directory ?? mkdtempSync(join(directory, 'store-'));
    [scene.broker, scene.hub] = await Promise.all([Broker.start(broker), HubServer.start()]);
    const [mqttCable, cloudCable] = await Promise.all([Cable.to(scene.broker.port), Cable.to(scene.hub.port)]);
    scene.cables = {mqtt: mqttCable, cloud: cloudCable};
    scene.statusPort = await freePort();
    scene.config = {
      gateway: {id: 'edge-01'},
      mqtt: {
        broker: `mqtt://127.0.0.1:${mqttCable.port}`, client_id: 'gateway-under-test',
        session_expiry: '1h', ...mqtt,
      },
      webpubsub: {
        connection_string: scene.hub.connectionString.replace(`:${scene.hub.port}`, `:${cloudCable.port}`),
        ...webpubsub,
      },
      rules: [{
        name: RULE, topic: 'meters/{meter}', group: GROUP, qos: 1, store: 'disk',
        replay: {order: 'live_first', rate: '5000/s'}, ...rule,
      }, ...rules],
      commands,
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

  cables = {};               // between the gateway and what its links go to: mqtt, cloud
  acknowledged = new Map();  // by number: when the broker said it has it
  received = new Map();      // by number: sequence number of its batch, when it came to the gateway
  repeats = 0;               // batches that came again
  sentAgain = 0;             // readings that the broker sent twice
  faults = [];               // what no receiver should see, in words
  cuts = 0;                  // ends of the receiver's connections: what is sent meanwhile it misses
  wrapper = [];              // the command that starts the gateway, if it is not started as it is
  #batches = new Map();      // by sequence number
  #looked = 0;
  #next = 0;
  #rate;
  #padding;

  async joinReceiver() {
    this.#lookAtBatches();
    this.receiver?.stop();
    // One that looks for a hub that was killed goes on doing so after its stop().
    this.receiver = await Dashboard.join(this.hub.connectionString, [GROUP], {autoReconnect: false});
    this.receiver.client.on('disconnected', () => { this.cuts += 1; });
    this.#looked = 0;
  }

  /** One that has just come and knows of these readings, by their numbers. */
  async replaceReceiver(received) {
    await this.joinReceiver();
    this.received = new Map(received);
    this.#batches.clear();
  }

  startGateway() {
    this.gateway = runGateway(this.config, `durable-${this.statusPort}.yaml`, this.wrapper);
  }

  async kill() {
    await this.gateway.stop('SIGKILL');
  }

  /** A link that is lost again and again is tried at half a minute's distance in the end. */
  async connected(timeout = 60_000) {
    await until(async () => {
      if (!this.gateway.isRunning) throw new Error(`the gateway ended:\n${this.gateway.output}`);
      const metrics = await this.metrics();
      return metrics.linkUp('mqtt') && metrics.linkUp('cloud');
    }, 'both links are up', {timeout}).catch((error) => this.#fail(error));
  }

  #fail(error) {
    throw new Error(`${error.message}\n${this.gateway.output.slice(-3000)}`);
  }

  /** As a full disk: no file of the gateway may become larger. */
  limitFileSize(bytes) {
    execFileSync('prlimit', ['--pid', `${this.gateway.child.pid}`, `--fsize=${bytes}:`]);
  }

  /** Resolves when the gateway has given `link` up and made it anew: when it did so, in milliseconds. */
  async rebuilds(link, since, options) {
    const lost = new RegExp(`"${link}\\.disconnected"`);
    await until(() => this.#linesSince(since).some((line) => lost.test(line)),
      `the end of the ${link} link is in the log`, options);
    const noticed = Date.now() - since;
    const made = new RegExp(`"${link}\\.connected"`);
    await until(() => this.#linesSince(since).some((line) => made.test(line)),
      `the ${link} link is made anew`, options);
    return noticed;
  }

  /** Of the gateway's log. */
  #linesSince(time) {
    return this.gateway.output.split('\n').filter((line) => {
      const at = /"time":"([^"]+)"/.exec(line);
      return at && Date.parse(at[1]) >= time;
    });
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
        this.devices.client.publish(`meters/m${number % 7}`, `{"n":${number},"padding":"${this.#padding}"}`, {qos: 1},
          (error) => { if (!error) this.acknowledged.set(number, Date.now()); });
      }
    }, 10);
  }

  stopPublishing() {
    clearInterval(this.timer);
  }

  /**
   * A batch that came before is the same as before. A reading is in one batch only, unless the
   * broker sent it again: then it arrived at the gateway at another time.
   *
   * What is wrong is kept and not thrown: whoever waits for readings asks again, and a batch looked
   * at by half would look like one whose readings are missing.
   */
  #lookAtBatches() {
    const messages = this.receiver?.of(GROUP) ?? [];
    for (; this.#looked < messages.length; this.#looked += 1) {
      const {seq, samples} = messages[this.#looked].data;
      const readings = samples.map(({data, time}) => ({number: data.n, time}));
      const before = this.#batches.get(seq);
      if (before) {
        if (isDeepStrictEqual(readings, before)) this.repeats += 1;
        else this.faults.push(`batch ${seq} came again with other readings`);
        continue;
      }
      this.#batches.set(seq, readings);
      if (samples.some(({data}) => data.padding !== this.#padding)) this.faults.push(`batch ${seq} was changed`);
      for (const {number, time} of readings) {
        const first = this.received.get(number);
        if (!first) this.received.set(number, {seq, time});
        else if (first.time !== time) this.sentAgain += 1;
        else this.faults.push(`reading ${number} is in batch ${first.seq} and in batch ${seq}`);
      }
    }
  }

  missing() {
    this.#lookAtBatches();
    return [...this.acknowledged.keys()].filter((number) => !this.received.has(number));
  }

  async booksAreRight() {
    const metrics = await this.metrics();
    const books = metrics.rule(RULE);
    assert.ok(addsUp(books), JSON.stringify(books));
    return metrics;
  }

  async everythingIsAcknowledged() {
    await until(() => this.devices.client.connected && this.acknowledged.size === this.#next,
      'the broker has taken everything', {timeout: 20_000});
  }

  /** Nothing that was acknowledged to a publisher is missing in the end. */
  async nothingIsMissing(timeout = 60_000) {
    this.stopPublishing();
    await this.everythingIsAcknowledged().catch(() => {});
    await until(() => this.missing().length === 0,
      'every acknowledged reading has arrived', {timeout, interval: 100}).catch(async (error) => {
        const books = JSON.stringify((await this.metrics()).rule(RULE));
        throw new Error(`${this.#whatIsMissing()}, of ${books}: ${error.message}\n${this.gateway.output.slice(-3000)}`);
      });
    await until(async () => (await this.booksAreRight()).rule(RULE).pending === 0,
      'nothing is pending', {timeout});
    await sleep(0);
    assert.equal(this.missing().length, 0);
    assert.deepEqual(this.faults, []);
  }

  #whatIsMissing() {
    const missing = this.missing();
    const last = Math.max(0, ...this.#batches.keys());
    const gaps = Array.from({length: last}, (_, i) => i + 1).filter((seq) => !this.#batches.has(seq));
    return `${missing.length} of ${this.acknowledged.size} readings are missing, such as ${missing.slice(0, 5)}; `
      + `of ${last} batches there are not ${gaps.slice(0, 5)}; ${this.repeats} came again, `
      + `${this.sentAgain} readings the broker sent again; the receiver was cut off ${this.cuts} times; `
      + `faults: ${this.faults.slice(0, 5)}`;
  }

  async clear() {
    this.stopPublishing();
    this.receiver?.stop();
    await this.devices?.stop();
    for (const cable of Object.values(this.cables)) cable.pull();
    await Promise.all([this.gateway, this.broker, this.hub].map((each) => each?.stop()));
  }
}
