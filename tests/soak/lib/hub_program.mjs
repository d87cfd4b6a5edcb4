// webpubsub-hub, the program, in the place of the cloud.

import {programOf} from '../../integration/lib/gateway.mjs';
import {Program} from '../../integration/lib/processes.mjs';

export class HubProgram {
  static async start() {
    const hub = new HubProgram();
    hub.program = new Program(programOf('GW_HUB'), ['--listen', '127.0.0.1:0', '--no-dashboard']);
    const [, connectionString] = await hub.program.says(/^connection string: (Endpoint=\S+)$/m);
    hub.connectionString = connectionString;
    hub.port = Number(/:(\d+);/.exec(connectionString)[1]);
    return hub;
  }

  /** The same hub as it is reached at another port. */
  connectionStringAt(port) {
    return this.connectionString.replace(`:${this.port};`, `:${port};`);
  }

  stop() {
    return this.program.stop();
  }
}
