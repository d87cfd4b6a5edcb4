// A hub process of our own for each test file, and ways to talk to it with the official SDKs.

import { spawn } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { WebPubSubServiceClient } from '@azure/web-pubsub';
import { WebPubSubClient, WebPubSubJsonProtocol } from '@azure/web-pubsub-client';
import jwt from 'jsonwebtoken';

// The SDKs take it for granted; Node 18, which Debian 12 has, keeps it in a module.
globalThis.crypto ??= webcrypto;

const program = process.env.HUB_SERVER;
if (!program) throw new Error('HUB_SERVER must name the hub_server program');

/** Starts the hub; it ends when close() shuts its standard input. */
export async function startHub(...options) {
  const child = spawn(program, options, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error('the hub did not start');
  const { endpoint, port, connectionString } = JSON.parse(first.value);
  return {
    endpoint,
    port,
    connectionString,
    accessKey: /AccessKey=([^;]+)/.exec(connectionString)[1],
    service: (hub) =>
      new WebPubSubServiceClient(connectionString, hub, { allowInsecureConnection: true }),
    /** Resolves to the hub's counters. */
    async close() {
      child.stdin.end();
      const last = await lines.next();
      await ended;
      return JSON.parse(last.value);
    },
  };
}

/** A token as no SDK would make it: `claims` over sensible ones, undefined removes one. */
export function sign(hub, claims = {}, { key = hub.accessKey, algorithm = 'HS256' } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const all = { aud: `${hub.endpoint}/client/hubs/chat`, iat: now, exp: now + 600, ...claims };
  for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
  return jwt.sign(all, key, { algorithm, noTimestamp: true });
}

export const everyRole = ['webpubsub.joinLeaveGroup', 'webpubsub.sendToGroup'];

/** A started official client whose events are kept in `seen`. */
export async function connectClient(service, tokenOptions = {}, clientOptions = {}) {
  const client = new WebPubSubClient(
    { getClientAccessUrl: async () => (await service.getClientAccessToken(tokenOptions)).url },
    // The client's own timers would keep the process alive for 40 s after the last test.
    {
      protocol: WebPubSubJsonProtocol(),
      keepAliveIntervalInMs: 0,
      keepAliveTimeoutInMs: 0,
      ...clientOptions,
    },
  );
  const seen = { connected: [], disconnected: [], group: [], server: [], stopped: [] };
  const waiting = [];
  const keep = (list) => (event) => {
    list.push(event);
    for (const check of waiting.splice(0)) check();
  };
  client.on('connected', keep(seen.connected));
  client.on('disconnected', keep(seen.disconnected));
  client.on('stopped', keep(seen.stopped));
  client.on('group-message', (event) => keep(seen.group)(event.message));
  client.on('server-message', (event) => keep(seen.server)(event.message));

  /** Waits until `condition()` holds, looking again whenever something was seen. */
  const until = (condition, what = condition) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), 10_000);
      const check = () => {
        if (!condition()) return waiting.push(check);
        clearTimeout(timer);
        resolve();
      };
      check();
    });
  // The client forgets a stop() that comes while it has no open connection, and connects for ever.
  const stop = async () => {
    for (; seen.stopped.length === 0; await sleep(10)) client.stop();
  };
  await client.start();
  await until(() => seen.connected.length > 0, 'the connected event');
  return { client, seen, until, stop, id: seen.connected[0].connectionId };
}
