// What the tests of a file have in common: a broker and a device for all of them, a gateway and a
// dashboard for each.

import {after, afterEach, before} from 'node:test';

import {Broker} from './broker.mjs';
import {Dashboard, Device} from './clients.mjs';

/** To be made once, outside of tests: it starts before the first one, and ends after the last. */
export class Site {
  /** `subscribes`: the device, to this filter. */
  constructor({subscribes} = {}) {
    before(async () => {
      this.broker = await Broker.start();
      this.device = await Device.connect(this.broker);
      if (subscribes) await this.device.subscribe(subscribes);
    });
    afterEach(async () => {
      this.dashboard?.stop();
      this.dashboard = undefined;
      await this.gateway?.program.stop();
      this.gateway = undefined;
    });
    after(async () => {
      await this.device?.stop();
      await this.broker?.stop();
    });
  }

  /** A gateway at the broker, of class `Kind`; settings as for Gateway.start(). Ends with the test. */
  async run(Kind, settings) {
    this.gateway = await Kind.start({broker: this.broker, ...settings});
    return this.gateway;
  }

  /** Ends with the test. */
  async join(...groups) {
    this.dashboard = await Dashboard.join(this.gateway.connectionString, groups);
    return this.dashboard;
  }
}
