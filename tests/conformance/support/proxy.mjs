// A wire to a port on this machine that can be cut.

import { createServer, connect } from 'node:net';

export async function startProxy(target) {
  const pairs = new Set();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const pair = [near, far];
    pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
      from.pipe(to);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    /** Resets every connection. New ones are let through. */
    cut() {
      for (const [near, far] of pairs) {
        near.resetAndDestroy?.() ?? near.destroy();
        far.resetAndDestroy?.() ?? far.destroy();
      }
    },
    close() {
      this.cut();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
