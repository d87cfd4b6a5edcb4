// examples/negotiate-server between a hub and the official client.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { connectClient, sign, startHub } from './support/hub.mjs';
import { open } from './support/socket.mjs';

let hub;
let address; // of the hub's event handler, before there is one
let server;
let port;
const output = [];
const waiting = [];

/** Resolves once the server has printed `line`. */
const printed = (line) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited for '${line}' in ${output}`)), 10_000);
    const check = () => {
      if (!output.includes(line)) return waiting.push(check);
      clearTimeout(timer);
      resolve();
    };
    check();
  });

before(async () => {
  address = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    from.pipe(to).pipe(from);
    from.on('error', () => to.destroy());
    to.on('error', () => from.destroy());
  });
  await new Promise((resolve) => address.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${address.address().port}/api/webpubsub/hubs/{hub}`;
  hub = await startHub('--event-handler', `telemetry=${url};user=*;system=connect,connected,disconnected`);
  server = spawn(process.env.NEGOTIATE_SERVER, ['0'], {
    env: { ...process.env, WEBPUBSUB_CONNECTION_STRING: hub.connectionString },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  port = await new Promise((resolve, reject) => {
    server.once('exit', () => reject(new Error('the server did not start')));
    createInterface({ input: server.stdout }).on('line', (line) => {
      output.push(line);
      for (const check of waiting.splice(0)) check();
      const listening = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line);
      if (listening) resolve(Number(listening[1]));
    });
  });
});
after(async () => {
  await hub.close();
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill();
  await ended;
  address.close();
});

const ask = (query) => fetch(`http://127.0.0.1:${port}/negotiate${query}`);

test('a client gets its URL, its group, an answer to its event, and is seen coming and going', async () => {
  const negotiated = { getClientAccessToken: async () => (await ask('?user=ann&group=site-7')).json() };
  const { client, seen, until } = await connectClient(negotiated);
  await printed('ann connected');
  await hub.service('telemetry').group('site-7').sendToAll({ t: 21.5 });
  await until(() => seen.group.length === 1);
  assert.deepEqual(seen.group[0].data, { t: 21.5 });
  await client.sendEvent('where-am-i', '', 'text');
  await until(() => seen.server.length === 1);
  assert.deepEqual(seen.server[0].data, { hub: 'telemetry', user: 'ann' });
  await client.sendEvent('anything', 'x', 'text');
  await assert.rejects(client.joinGroup('site-8'));
  client.stop();
  await printed('ann disconnected');
});

test('a client that did not ask for its URL is turned away', async () => {
  const aud = `${hub.endpoint}/client/hubs/telemetry`;
  const url = `ws://127.0.0.1:${hub.port}/client/hubs/telemetry?access_token=${sign(hub, { aud })}`;
  await assert.rejects(open(url), (error) => error.status === 401);
});

test('without a user or a group there is no URL', async () => {
  for (const query of ['', '?user=ann', '?group=g', '?user=&group=g', '?user=ann&group=%20', '?user=%FF&group=g']) {
    assert.equal((await ask(query)).status, 400, query);
  }
});

test('an event that nobody signed is refused', async () => {
  const event = (name) => ({
    method: 'POST',
    headers: {
      'ce-awpsversion': '1.0', 'ce-type': `azure.webpubsub.sys.${name}`, 'ce-hub': 'telemetry',
      'ce-connectionId': 'c', 'ce-eventName': name, 'ce-userId': 'mallory',
    },
    body: '{}',
  });
  const url = `http://127.0.0.1:${port}/api/webpubsub/hubs/telemetry`;
  assert.equal((await fetch(url, event('connected'))).status, 401);
  assert.ok(!output.some((line) => line.includes('mallory')));
});
