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

  greeting;  // what the latest connection began with
  #target;
  #server;
  #stalled = false;
  #sockets = new Set();
  #pairs = new Set();

  #join(near) {
    const pair = {near, far: connect(this.#target, '127.0.0.1')};
    near.once('data', (bytes) => { this.greeting = bytes; });
    this.#pairs.add(pair);
    for (const [socket, other] of [[near, pair.far], [pair.far, near]]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (this.#pairs.delete(pair)) other.destroy();
      });
    }
    if (!this.#stalled) this.#pass(pair);
  }

  #pass({near, far}) {
    near.pipe(far);
    far.pipe(near);
  }

  #hold({near, far}) {
    for (const [socket, other] of [[near, far], [far, near]]) {
      socket.unpipe(other);
      socket.pause();
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

  /**
   * What the present connections carry vanishes from now on, and neither end hears of the other:
   * as when a box on the way forgot about them. New ones are fine.
   */
  loseTouch() {
    for (const pair of this.#pairs) {
      this.#hold(pair);
      pair.near.resume();
      pair.far.resume();
    }
    this.#pairs.clear();
  }

  /** Nothing gets through, either way, and nothing is lost, until flow(). New connections wait, too. */
  stall() {
    this.#stalled = true;
    for (const pair of this.#pairs) this.#hold(pair);
  }

  flow() {
    this.#stalled = false;
    for (const pair of this.#pairs) this.#pass(pair);
  }
}
