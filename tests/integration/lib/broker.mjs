// A mosquitto of the test's own, which can be stopped and started again on the same port.

import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {directory, freePort, isListening, Program} from './processes.mjs';
import {until} from './wait.mjs';

export class Broker {
  static async start() {
    const broker = new Broker();
    broker.port = await freePort();
    broker.url = `mqtt://127.0.0.1:${broker.port}`;
    broker.file = join(directory, `mosquitto-${broker.port}.conf`);
    writeFileSync(broker.file, `listener ${broker.port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
sys_interval 1
`);
    await broker.restart();
    return broker;
  }

  async restart() {
    this.program = new Program('mosquitto', ['-c', this.file]);
    await until(() => isListening(this.port), `mosquitto listens:\n${this.program.output}`);
  }

  async stop() {
    await this.program.stop();
  }
}
