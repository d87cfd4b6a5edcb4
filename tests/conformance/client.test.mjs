// The official client, @azure/web-pubsub-client, with json.webpubsub.azure.v1.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connectClient, everyRole, startHub } from './support/hub.mjs';

let hub;
let service;
const open = [];

const connect = async (tokenOptions, clientOptions) => {
  const connected = await connectClient(service, tokenOptions, clientOptions);
  open.push(connected);
  return connected;
};

const noRetries = { messageRetryOptions: { maxRetries: 0 } };

const failsWith = (name) => (error) => {
  assert.equal(error.errorDetail?.name, name);
  return true;
};

before(async () => {
  hub = await startHub();
  service = hub.service('chat');
});
after(async () => {
  await Promise.all(open.map(({ stop }) => stop()));
  await hub.close();
});

test('connects and is told its connection and user id', async () => {
  const { seen } = await connect({ userId: 'ann' });
  assert.equal(seen.connected[0].userId, 'ann');
  assert.ok(seen.connected[0].connectionId.length > 0);
});

test('connects anonymously', async () => {
  const { seen } = await connect({});
  assert.ok(!seen.connected[0].userId);
});

test('joins, sends with an ack and receives its own message', async () => {
  const { client, seen, until } = await connect({ userId: 'ann', roles: everyRole });
  await client.joinGroup('room');
  const result = await client.sendToGroup('room', { t: 21.5 }, 'json');
  assert.equal(result.isDuplicated, false);
  await until(() => seen.group.length === 1);
  assert.equal(seen.group[0].group, 'room');
  assert.equal(seen.group[0].fromUserId, 'ann');
  assert.equal(seen.group[0].dataType, 'json');
  assert.deepEqual(seen.group[0].data, { t: 21.5 });
});

test('every kind of payload arrives as it was sent', async () => {
  const sender = await connect({ roles: everyRole });
  const receiver = await connect({ groups: ['kinds'] });
  const values = [{ a: [1, null, 'ü'] }, [1, 2], 1.5, 'text', true, 'a "quoted" \u2028 line'];
  for (const value of values) await sender.client.sendToGroup('kinds', value, 'json');
  await sender.client.sendToGroup('kinds', 'plain ☃ text', 'text');
  await sender.client.sendToGroup('kinds', new Uint8Array([0, 1, 254, 255]).buffer, 'binary');
  await receiver.until(() => receiver.seen.group.length === values.length + 2);
  const got = receiver.seen.group;
  values.forEach((value, i) => assert.deepEqual(got[i].data, value));
  assert.equal(got.at(-2).dataType, 'text');
  assert.equal(got.at(-2).data, 'plain ☃ text');
  assert.equal(got.at(-1).dataType, 'binary');
  assert.deepEqual([...new Uint8Array(got.at(-1).data)], [0, 1, 254, 255]);
});

test('noEcho spares the sender only', async () => {
  const sender = await connect({ userId: 'ann', roles: everyRole });
  const other = await connect({ groups: ['quiet'] });
  await sender.client.joinGroup('quiet');
  await sender.client.sendToGroup('quiet', 'one', 'text', { noEcho: true });
  await sender.client.sendToGroup('quiet', 'two', 'text', { noEcho: false });
  await sender.until(() => sender.seen.group.length === 1);
  assert.equal(sender.seen.group[0].data, 'two');
  await other.until(() => other.seen.group.length === 2);
});

test('fire and forget reaches the group', async () => {
  const sender = await connect({ roles: everyRole });
  const receiver = await connect({ groups: ['forget'] });
  await sender.client.sendToGroup('forget', 'x', 'text', { fireAndForget: true });
  await receiver.until(() => receiver.seen.group.length === 1);
});

test('join, leave and send without the role are forbidden', async () => {
  const { client } = await connect({ roles: ['webpubsub.sendToGroup.mine'] }, noRetries);
  await assert.rejects(client.joinGroup('mine'), failsWith('Forbidden'));
  await assert.rejects(client.leaveGroup('mine'), failsWith('Forbidden'));
  await assert.rejects(client.sendToGroup('other', 'x', 'text'), failsWith('Forbidden'));
  await client.sendToGroup('mine', 'x', 'text');
});

test('roles for one group, with dots, and with a pattern', async () => {
  const { client } = await connect(
    { roles: ['webpubsub.joinLeaveGroup.a.b', 'webpubsub.sendToGroups.site-*'] },
    noRetries,
  );
  await client.joinGroup('a.b');
  await client.leaveGroup('a.b');
  await assert.rejects(client.joinGroup('a'), failsWith('Forbidden'));
  await client.sendToGroup('site-7', 'x', 'text');
  await assert.rejects(client.sendToGroup('site-7.x', 'x', 'text'), failsWith('Forbidden'));
});

test('a repeated ack id is a duplicate and is carried out once', async () => {
  const { client, seen, until } = await connect({ roles: everyRole });
  await client.joinGroup('once');
  const first = await client.sendToGroup('once', 'x', 'text', { ackId: 77 });
  const second = await client.sendToGroup('once', 'x', 'text', { ackId: 77 });
  assert.equal(first.isDuplicated, false);
  assert.equal(second.isDuplicated, true);
  await client.sendToGroup('once', 'end', 'text');
  await until(() => seen.group.some((message) => message.data === 'end'));
  assert.equal(seen.group.length, 2);
});

test('leaves a group and hears no more of it', async () => {
  const { client, seen, until } = await connect({ roles: everyRole });
  await client.joinGroup('left');
  await client.joinGroup('kept');
  await client.leaveGroup('left');
  await client.leaveGroup('never joined');
  await client.sendToGroup('left', 'no', 'text');
  await client.sendToGroup('kept', 'yes', 'text');
  await until(() => seen.group.length === 1);
  assert.equal(seen.group[0].data, 'yes');
});

test('an event is answered by a server message before its ack', async () => {
  const { client, seen } = await connect({});
  await client.sendEvent('echo', { question: 1 }, 'json');
  assert.equal(seen.server.length, 1);
  assert.deepEqual(seen.server[0].data, { question: 1 });
  await client.sendEvent('silent', 'x', 'text');
  assert.equal(seen.server.length, 1);
});

test('a failing event is an InternalServerError', async () => {
  const { client } = await connect({}, noRetries);
  await assert.rejects(client.sendEvent('fail', 'x', 'text'), failsWith('InternalServerError'));
});

test('keep-alive pings are answered', async () => {
  const patience = 2000;
  const { client, seen, until } = await connect(
    { roles: everyRole },
    { keepAliveIntervalInMs: 200, keepAliveTimeoutInMs: patience },
  );
  await new Promise((resolve) => setTimeout(resolve, 1.5 * patience)); // the time that has to pass
  await client.joinGroup('alive');
  assert.equal(seen.disconnected.length, 0);
  client.stop();
  await until(() => seen.stopped.length === 1);
});

test('comes back and rejoins its groups after the service closed it', async () => {
  const { client, seen, until, id } = await connect({ roles: everyRole });
  await client.joinGroup('again');
  await service.closeConnection(id, { reason: 'maintenance' });
  await until(() => seen.connected.length === 2, 'the second connection');
  assert.match(seen.disconnected[0].message.message, /maintenance/);
  assert.notEqual(seen.connected[1].connectionId, id);
  await service.group('again').sendToAll('hello', { contentType: 'text/plain' });
  await until(() => seen.group.length === 1);
});

test('a large message passes', async () => {
  const { client, seen, until } = await connect({ roles: everyRole });
  await client.joinGroup('large');
  const text = 'x'.repeat(1024 * 1024 - 200);
  await client.sendToGroup('large', text, 'text');
  await until(() => seen.group.length === 1);
  assert.equal(seen.group[0].data.length, text.length);
});

test('ten thousand messages arrive in order', async () => {
  const sender = await connect({ roles: everyRole });
  const receiver = await connect({ groups: ['many'] });
  for (let i = 0; i < 10_000; ++i) {
    await sender.client.sendToGroup('many', i, 'json', { fireAndForget: true });
  }
  await receiver.until(() => receiver.seen.group.length === 10_000);
  receiver.seen.group.forEach((message, i) => assert.equal(message.data, i));
});

