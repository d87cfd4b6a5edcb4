// A WebSocket wire that notes each frame that passes, and can be cut.

import { once } from 'node:events';
import { createServer } from 'node:http';

import WebSocket, { WebSocketServer } from 'ws';

/** Forwards to `port`. `read(frame, toService)` makes an object of a frame. */
export async function startRecorder(port, read) {
  const seen = { handshakes: [], toService: [], toClient: [], closes: [] };
  const pairs = new Set();
  const waiting = [];
  let swallow = () => false;
  const note = (list, what) => {
    list.push(what);
    for (const check of waiting.splice(0)) check();
  };

  const relay = (near, far) => {
    const pair = { near, far };
    pairs.add(pair);
    near.on('message', (data, binary) => {
      note(seen.toService, read(binary ? data : data.toString(), true));
      if (far.readyState === WebSocket.OPEN) far.send(data, { binary });
    });
    far.on('message', (data, binary) => {
      const frame = read(binary ? data : data.toString(), false);
      if (swallow(frame)) return;
      note(seen.toClient, frame);
      if (near.readyState === WebSocket.OPEN) near.send(data, { binary });
    });
    for (const [one, other, by] of [[near, far, 'client'], [far, near, 'service']]) {
      one.on('error', () => other.terminate());
      one.on('close', (code) => {
        if (!pairs.delete(pair)) return; // the other end's doing, or a cut
        note(seen.closes, { by, code });
        if (code === 1006) other.terminate();
        else if (code === 1005) other.close();
        else other.close(code);
      });
    }
  };

  const server = createServer();
  const endpoint = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://any');
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/);
    note(seen.handshakes, {
      path: url.pathname.replace(/hubs\/.*/, 'hubs/HUB'), // each run has one of its own
      parameters: [...url.searchParams.keys()].sort(),
      subprotocols: offered,
    });
    const far = new WebSocket(`ws://127.0.0.1:${port}${request.url}`, offered, {
      perMessageDeflate: false,
    });
    const early = [];
    const keep = (data, binary) => early.push([data, binary]);
    far.on('message', keep);
    far.on('error', () => socket.destroy());
    far.on('open', () =>
      endpoint.handleUpgrade(request, socket, head, (near) => {
        far.off('message', keep);
        relay(near, far);
        for (const [data, binary] of early) far.emit('message', data, binary);
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: server.address().port,
    seen,
    /** Frames of the service for which this holds get lost. */
    swallow(which) {
      swallow = which;
    },
    /** Both ends see their peer vanish without a close frame. */
    cut() {
      for (const { near, far } of pairs) {
        near.terminate();
        far.terminate();
      }
      pairs.clear();
    },
    /** Waits until `condition(seen)` holds, looking again whenever something passed. */
    until: (condition, what) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), 20_000);
        const check = () => {
          if (!condition(seen)) return waiting.push(check);
          clearTimeout(timer);
          resolve();
        };
        check();
      }),
    async close() {
      this.cut();
      server.close();
      server.closeAllConnections?.();
    },
  };
}
