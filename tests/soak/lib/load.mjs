// Devices that publish at a steady rate: a third each to be acknowledged from end to end, to be kept
// on disk, both at QoS 1, and at QoS 0. Every reading carries a number of its own.

import {Device} from '../../integration/lib/clients.mjs';

const DEVICES = 50;
const TICK_MS = 10;
const KINDS = ['exact', 'stored', 'quick'];

export class Load {
  static async start(broker, rate) {
    const load = new Load();
    load.#devices = await Device.connect(broker, {protocolVersion: 4, queueQoSZero: false});
    const started = performance.now();
    load.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - started) * rate / 1000);
      while (load.total < due) load.#publish();
    }, TICK_MS);
    return load;
  }

  /** How many of each kind; their numbers count from 0. */
  published = {exact: 0, stored: 0, quick: 0};
  #devices;
  #timer;

  get total() {
    return KINDS.reduce((sum, kind) => sum + this.published[kind], 0);
  }

  #publish() {
    const kind = KINDS[this.total % KINDS.length];
    const number = this.published[kind]++;
    this.#devices.client.publish(`soak/${kind}/d${number % DEVICES}`,
      `{"n":${number},"temperature":21.5,"humidity":40,"state":"running"}`, {qos: kind === 'quick' ? 0 : 1});
  }

  /** Resolves when the broker has taken all of it. */
  async stop() {
    clearInterval(this.#timer);
    await this.#devices.client.endAsync(false);
  }

  /** At once. */
  end() {
    clearInterval(this.#timer);
    this.#devices.client.end(true);
  }
}
