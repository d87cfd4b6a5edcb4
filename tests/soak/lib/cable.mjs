// A network cable that can be pulled: a TCP proxy on a port of its own.

import {once} from 'node:events';
import {connect, createServer} from 'node:net';

import {freePort} from '../../integration/lib/processes.mjs';

export class Cable {
  static async to(port) {
    const cable = new Cable();
    cable.#target = port;
    cable.port = await freePort();
    await cable.plugIn();
    return cable;
  }

  #target;
  #server;
  #sockets = new Set();

  #join(near) {
    const far = connect(this.#target, '127.0.0.1');
    for (const [socket, other] of [[near, far], [far, near]]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }

  /** Ends every connection in the middle of what it carries, and takes no other. */
  pull() {
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async plugIn() {
    this.#server = createServer((near) => this.#join(near));
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }
}
