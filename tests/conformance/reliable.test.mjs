// The official client with its default, json.reliable.webpubsub.azure.v1, over a wire that is cut.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { WebPubSubJsonReliableProtocol } from '@azure/web-pubsub-client';

import { connectClient, everyRole, startHub } from './support/hub.mjs';
import { startProxy } from './support/proxy.mjs';
import { open as openSocket } from './support/socket.mjs';

let hub;
let service;
let proxy;
const open = [];

const connect = async (tokenOptions) => {
  const through = {
    getClientAccessToken: async (options) => {
      const { url } = await service.getClientAccessToken(options);
      return { url: url.replace(`:${hub.port}/`, `:${proxy.port}/`) };
    },
  };
  const connected = await connectClient(through, tokenOptions, {
    protocol: WebPubSubJsonReliableProtocol(),
  });
  open.push(connected);
  return connected;
};

before(async () => {
  hub = await startHub();
  proxy = await startProxy(hub.port);
  service = hub.service('chat');
});
after(async () => {
  await Promise.all(open.map(({ stop }) => stop()));
  await proxy.close();
  await hub.close();
});

test('joins, sends and receives', async () => {
  const { client, seen, until } = await connect({ userId: 'ann', roles: everyRole });
  await client.joinGroup('room');
  await client.sendToGroup('room', 'hello', 'text');
  await until(() => seen.group.length === 1);
  assert.equal(seen.group[0].data, 'hello');
  assert.equal(seen.group[0].sequenceId, 1);
});

test('what was sent while it was cut off arrives once, in order, without a new connection', async () => {
  const { client, seen, until } = await connect({ roles: everyRole });
  await client.joinGroup('kept');
  const group = service.group('kept');
  let sent = 0;
  for (let cut = 0; cut < 5; ++cut) {
    for (let i = 0; i < 20; ++i) await group.sendToAll(++sent);
    proxy.cut();
    for (let i = 0; i < 20; ++i) await group.sendToAll(++sent);
    await until(() => seen.group.length === sent, `message ${sent}`);
  }
  seen.group.forEach((message, i) => assert.equal(message.data, i + 1));
  assert.equal(seen.connected.length, 1);
  assert.equal(seen.disconnected.length, 0);
});

test('a hundred cuts at random moments under load: nothing is lost and nothing comes twice', async () => {
  const { client, seen, until } = await connect({ roles: everyRole });
  await client.joinGroup('cuts');
  const group = service.group('cuts');
  let random = 20251121;
  const below = (bound) => {
    random = (random * 48271) % 2147483647;
    return random % bound;
  };
  const total = 900;
  let sent = 0;
  const publish = (async () => {
    while (sent < total) await group.sendToAll(++sent);
  })();
  for (let cut = 1; cut <= 100; ++cut) {
    const mark = Math.min(total, Math.max(seen.group.length + 1, cut * 9 - below(9)));
    await until(() => seen.group.length >= mark, `message ${mark}`);
    proxy.cut();
  }
  await publish;
  await until(() => seen.group.length >= total, `all ${total} messages`);
  assert.deepEqual(seen.group.map(({ data }) => data), Array.from({ length: total }, (_, i) => i + 1));
  assert.equal(seen.connected.length, 1);
});

test('a recovered client still gets answers to its requests', async () => {
  const { client, seen, until } = await connect({ roles: everyRole });
  await client.joinGroup('after');
  proxy.cut();
  await service.group('after').sendToAll('back', { contentType: 'text/plain' });
  await until(() => seen.group.length === 1);
  await client.sendToGroup('after', 'mine', 'text');
  await until(() => seen.group.length === 2);
});

test('a connection the service closed is replaced, and its groups are joined again', async () => {
  const { client, seen, until, id } = await connect({ roles: everyRole });
  await client.joinGroup('again');
  await service.closeConnection(id, { reason: 'maintenance' });
  await until(() => seen.connected.length === 2, 'the second connection');
  assert.notEqual(seen.connected[1].connectionId, id);
  await service.group('again').sendToAll('hello', { contentType: 'text/plain' });
  await until(() => seen.group.length === 1);
});

test('while a client is away its connection exists, and a close by REST ends it', async () => {
  const url = (await service.getClientAccessToken({})).url;
  const socket = await openSocket(url, { subprotocols: ['json.reliable.webpubsub.azure.v1'] });
  const { connectionId, reconnectionToken } = await socket.nextFrame();
  socket.ws.terminate();
  await socket.closed();
  assert.equal(await service.connectionExists(connectionId), true);
  await service.closeConnection(connectionId);
  assert.equal(await service.connectionExists(connectionId), false);
  const query = `awps_connection_id=${connectionId}&awps_reconnection_token=${reconnectionToken}`;
  const again = await openSocket(`${url.split('?')[0]}?${query}`, {
    subprotocols: ['json.reliable.webpubsub.azure.v1'],
  });
  assert.equal((await again.closed()).code, 1008);
});

test('a recovery goes on with the original subprotocol, whatever is offered', async () => {
  const url = (await service.getClientAccessToken({})).url;
  const socket = await openSocket(url, { subprotocols: ['json.reliable.webpubsub.azure.v1'] });
  const { connectionId, reconnectionToken } = await socket.nextFrame();
  socket.ws.terminate();
  const query = `awps_connection_id=${connectionId}&awps_reconnection_token=${reconnectionToken}`;
  const again = await openSocket(`${url.split('?')[0]}?${query}`, {
    subprotocols: ['json.webpubsub.azure.v1', 'json.reliable.webpubsub.azure.v1'],
  });
  assert.equal(again.ws.protocol, 'json.reliable.webpubsub.azure.v1');
  assert.equal((await again.nextFrame()).connectionId, connectionId);
  await again.close();
});
