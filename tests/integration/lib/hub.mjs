// The hub as a process of its own, in the place of the cloud.

import {freePort, Program} from './processes.mjs';
import {programOf} from './gateway.mjs';

export class HubServer {
  static async start() {
    const hub = new HubServer();
    hub.port = await freePort();
    await hub.restart();
    return hub;
  }

  /** On the same port, with nothing left of the connections and groups from before. */
  async restart() {
    this.program = new Program(programOf('GW_HUB_SERVER'), ['--port', `${this.port}`]);
    const [line] = await this.program.says(/^\{"endpoint".*\}$/m);
    this.connectionString = JSON.parse(line).connectionString;
  }

  async stop() {
    await this.program.stop();
  }
}
