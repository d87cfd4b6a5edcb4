// How the page gets in, which groups it sees, and its commands.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';

import { everyRole, sign, startHub } from './support/hub.mjs';
import { open } from './support/socket.mjs';

let hub;
before(async () => {
  hub = await startHub('--dashboard-group', 'gateways', '--dashboard-group', 'site-*',
    '--command-user', 'edge-01');
});
after(() => hub.close());

function negotiate(headers = {}, method = 'POST') {
  const options = { host: '127.0.0.1', port: hub.port, method, path: '/dashboard/negotiate', headers };
  return new Promise((resolve, reject) => {
    request(options, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    }).on('error', reject).end();
  });
}
const openPage = async () => {
  const { url, groups, commands } = JSON.parse((await negotiate()).body);
  const socket = await open(url);
  return { socket, groups, commands, connected: await socket.nextFrame() };
};
const connectGateway = async (sub = 'edge-01') => {
  const aud = `${hub.endpoint}/client/hubs/telemetry`;
  const token = sign(hub, { aud, sub, role: everyRole });
  const socket = await open(`ws://127.0.0.1:${hub.port}/client/hubs/telemetry?access_token=${token}`);
  await socket.nextFrame();
  return socket;
};
const command = { type: 'event', event: 'command', ackId: 1, dataType: 'json', data: { device: 'd1' } };

test('the page is served, and nothing beside it', async () => {
  const page = await fetch(`${hub.endpoint}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /text\/html/);
  assert.match(await page.text(), /<html|<!doctype html/i);
  assert.equal((await fetch(`${hub.endpoint}/`, { method: 'HEAD' })).status, 200);
  assert.equal((await fetch(`${hub.endpoint}/`, { method: 'POST' })).status, 405);
  assert.equal((await fetch(`${hub.endpoint}/nothing`)).status, 404);
  assert.equal((await fetch(`${hub.endpoint}/dashboard/..%2f..%2fetc/passwd`)).status, 404);
});

test('negotiate answers GET and POST with a URL that connects', async () => {
  for (const method of ['GET', 'POST']) {
    const response = await negotiate({}, method);
    assert.equal(response.status, 200);
    assert.equal(response.headers['cache-control'], 'no-store');
  }
  const { socket, groups, commands, connected } = await openPage();
  assert.ok(groups.includes('gateways'));
  assert.equal(commands, true);
  assert.match(connected.userId, /^dashboard-/);
  await socket.close();
});

test('negotiate under each name of this machine', async () => {
  for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]']) {
    const Host = `${host}:${hub.port}`;
    const response = await negotiate({ Host, Origin: `http://${Host}` });
    assert.equal(response.status, 200, host);
    assert.ok(JSON.parse(response.body).url.startsWith(`ws://${Host}/client/hubs/telemetry?`));
  }
});

test('another host name, port or origin is 403: DNS rebinding and foreign pages', async () => {
  const own = `127.0.0.1:${hub.port}`;
  for (const headers of [
    { Host: `evil.example:${hub.port}` },
    { Host: '127.0.0.1' },
    { Host: `127.0.0.1:${hub.port + 1}` },
    { Host: `127.evil.example:${hub.port}` },
    { Host: `localhost.evil.example:${hub.port}` },
    { Host: own, Origin: 'http://evil.example' },
    { Host: own, Origin: 'null' },
    { Host: own, Origin: `https://${own}` },
    { Host: own, Origin: `http://localhost:${hub.port}` },
    { Host: own, 'Sec-Fetch-Site': 'cross-site' },
    { Host: own, 'Sec-Fetch-Site': 'same-site' },
  ]) {
    const response = await negotiate(headers);
    assert.equal(response.status, 403, JSON.stringify(headers));
    assert.doesNotMatch(response.body, /token/);
  }
});

test('the page is in its groups at once, and in others as they come up', async () => {
  const { socket } = await openPage();
  const gateway = await connectGateway();
  gateway.send({ type: 'sendToGroup', group: 'gateways', dataType: 'text', data: 'a' });
  assert.equal((await socket.nextFrame()).group, 'gateways');
  gateway.send({ type: 'sendToGroup', group: 'other', dataType: 'text', data: 'b' });
  gateway.send({ type: 'sendToGroup', group: 'site-berlin', dataType: 'text', data: 'c' });
  assert.equal((await socket.nextFrame()).group, 'site-berlin');
  const later = await openPage();
  assert.ok(later.groups.includes('site-berlin'));
  gateway.send({ type: 'sendToGroup', group: 'site-berlin', dataType: 'text', data: 'd' });
  assert.equal((await later.socket.nextFrame()).data, 'd');
  for (const each of [socket, gateway, later.socket]) await each.close();
});

test("the page's token joins its groups and nothing else", async () => {
  const { socket } = await openPage();
  for (const [ackId, group] of ['gateways', 'site-x', 'site-x.y'].entries()) {
    assert.equal((await socket.ask({ type: 'joinGroup', group, ackId })).success, true, group);
  }
  const join = await socket.ask({ type: 'joinGroup', group: 'secret', ackId: 100 });
  assert.equal(join.error.name, 'Forbidden');
  const send = await socket.ask({ type: 'sendToGroup', group: 'gateways', ackId: 101, dataType: 'text', data: 'x' });
  assert.equal(send.error.name, 'Forbidden');
  await socket.close();
});

test('a command reaches the gateway as a server message and is acknowledged', async () => {
  const gateway = await connectGateway();
  const stranger = await connectGateway('somebody');
  const { socket } = await openPage();
  assert.equal((await socket.ask(command)).success, true);
  const { metadata, ...frame } = await gateway.nextFrame();
  assert.deepEqual(frame, { type: 'message', from: 'server', dataType: 'json', data: { device: 'd1' } });
  assert.match(metadata['gateway-sender'], /^dashboard-/);
  assert.ok(metadata['gateway-asker'], 'the answer finds its way back');
  assert.equal((await stranger.ask({ type: 'ping' })).type, 'pong');
  for (const each of [socket, gateway, stranger]) await each.close();
});

test('a command without a gateway is NotFound', async () => {
  const { socket } = await openPage();
  assert.equal((await socket.ask(command)).error.name, 'NotFound');
  await socket.close();
});

test("a command from a client that is not the page is Forbidden", async () => {
  const gateway = await connectGateway();
  const stranger = await connectGateway('somebody');
  assert.equal((await stranger.ask(command)).error.name, 'Forbidden');
  assert.equal((await gateway.ask({ type: 'ping' })).type, 'pong');
  for (const each of [stranger, gateway]) await each.close();
});

test('without a command user there are no commands', async () => {
  const other = await startHub('--no-event-handler');
  const response = await fetch(`${other.endpoint}/dashboard/negotiate`);
  const { commands, groups, url } = await response.json();
  assert.equal(commands, false);
  assert.deepEqual(groups, []);
  const socket = await open(url);
  await socket.nextFrame();
  assert.equal((await socket.ask(command)).error.name, 'InternalServerError');
  await socket.close();
  await other.close();
});
