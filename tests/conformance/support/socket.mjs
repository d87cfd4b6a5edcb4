// A bare WebSocket, for what an SDK would never send.

import WebSocket from 'ws';

/** Resolves to an open socket, or rejects with an error that carries the HTTP `status`. */
export function open(url, { subprotocols = ['json.webpubsub.azure.v1'], headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, subprotocols, { headers, perMessageDeflate: false });
    const inbox = [];
    const takers = [];
    let end;
    const closed = new Promise((done) => (end = done));
    ws.on('message', (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      if (takers.length > 0) takers.shift()(message);
      else inbox.push(message);
    });
    ws.on('close', (code, reason) => end({ code, reason: reason.toString() }));
    ws.on('unexpected-response', (request, response) => {
      request.destroy();
      reject(Object.assign(new Error(`HTTP ${response.statusCode}`), { status: response.statusCode }));
    });
    ws.on('error', reject);
    ws.on('open', () => resolve(new Socket(ws, inbox, takers, closed)));
  });
}

class Socket {
  constructor(ws, inbox, takers, closed) {
    Object.assign(this, { ws, inbox, takers, closedPromise: closed });
  }
  /** The next message as it came: a string, or a Buffer when binary. */
  next() {
    if (this.inbox.length > 0) return Promise.resolve(this.inbox.shift());
    return withDeadline(new Promise((resolve) => this.takers.push(resolve)), 'a message');
  }
  async nextFrame() {
    return JSON.parse(await this.next());
  }
  send(frame) {
    this.ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }
  /** Sends a request and resolves to the next frame. */
  async ask(frame) {
    this.send(frame);
    return this.nextFrame();
  }
  /** Resolves to the close code and reason. */
  closed() {
    return withDeadline(this.closedPromise, 'the close');
  }
  close() {
    this.ws.close();
    return this.closed();
  }
}

function withDeadline(promise, what) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), 10_000);
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}
