// Devices that publish at a steady rate: half of it to be acknowledged from end to end, at QoS 1,
// half at QoS 0. Every reading carries a number of its own.

import {Device} from '../../integration/lib/clients.mjs';

const DEVICES = 50;
const TICK_MS = 10;

export class Load {
  static async start(broker, rate) {
    const load = new Load();
    load.#devices = await Device.connect(broker, {protocolVersion: 4, queueQoSZero: false});
    const started = performance.now();
    load.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - started) * rate / 1000);
      while (load.published.exact + load.published.quick < due) load.#publish();
    }, TICK_MS);
    return load;
  }

  /** How many of each kind; their numbers count from 0. */
  published = {exact: 0, quick: 0};
  #devices;
  #timer;

  #publish() {
    const exact = this.published.exact <= this.published.quick;
    const kind = exact ? 'exact' : 'quick';
    const number = this.published[kind]++;
    this.#devices.client.publish(`soak/${kind}/d${number % DEVICES}`,
      `{"n":${number},"temperature":21.5,"humidity":40,"state":"running"}`, {qos: exact ? 1 : 0});
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
