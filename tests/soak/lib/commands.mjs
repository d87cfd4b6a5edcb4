// Commands at a steady rate, from the service to a device.

import {backend, Device} from '../../integration/lib/clients.mjs';

const EVERY_MS = 500;

export const commandRules = [{
  name: 'set-point', from: 'server', when: {'/type': 'command'},
  topic: 'devices/{/device}/set-point', payload: '/value', allow: ['devices/+/set-point'],
}];

export class Commands {
  static async start(broker, connectionString) {
    const commands = new Commands();
    commands.#device = await Device.connect(broker);
    commands.#device.client.on('message', () => { commands.arrived += 1; });
    await commands.#device.subscribe('devices/+/set-point');
    const service = backend(connectionString);
    commands.#timer = setInterval(() => {
      commands.sent += 1;
      // While the gateway has no link there is nobody to send it to.
      service.sendToUser('edge-01', {type: 'command', device: 'd1', value: commands.sent}).catch(() => {});
    }, EVERY_MS);
    return commands;
  }

  sent = 0;
  arrived = 0;
  #device;
  #timer;

  stop() {
    clearInterval(this.#timer);
  }

  async end() {
    this.stop();
    await this.#device.stop();
  }
}
