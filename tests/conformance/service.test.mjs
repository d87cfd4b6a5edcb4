// The official service SDK, @azure/web-pubsub, against the REST API.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { odata } from '@azure/web-pubsub';

import { connectClient, everyRole, startHub } from './support/hub.mjs';

let hub;
const open = [];
const text = { contentType: 'text/plain' };

/** A hub name for each test: "send to all" then means all of one's own. */
let hubs = 0;
const newService = () => hub.service(`h${++hubs}`);

const connect = async (service, tokenOptions = {}) => {
  const connected = await connectClient(service, tokenOptions, {
    autoReconnect: false,
    messageRetryOptions: { maxRetries: 0 },
  });
  open.push(connected);
  return connected;
};

const isStatus = (status) => (error) => {
  assert.equal(error.statusCode, status);
  return true;
};

before(async () => {
  hub = await startHub();
});
after(async () => {
  await Promise.all(open.map(({ stop }) => stop()));
  await hub.close();
});

test('getClientAccessToken: user, roles and groups are honoured', async () => {
  const service = newService();
  const { client, seen, until } = await connect(service, {
    userId: 'ann',
    roles: ['webpubsub.sendToGroup.room'],
    groups: ['room', 'other'],
    expirationTimeInMinutes: 1,
  });
  assert.equal(seen.connected[0].userId, 'ann');
  await client.sendToGroup('room', 'x', 'text');
  await until(() => seen.group.length === 1);
  assert.equal(await service.groupExists('other'), true);
});

test('sendToAll: json, text and binary', async () => {
  const service = newService();
  const a = await connect(service);
  const b = await connect(service);
  await service.sendToAll({ message: 'hi', n: [1, 2.5, null] });
  await service.sendToAll('a string is json');
  await service.sendToAll('plain ☃', text);
  await service.sendToAll(new Uint8Array([0, 1, 255]).buffer);
  for (const { seen, until } of [a, b]) {
    await until(() => seen.server.length === 4);
    const [json, string, plain, binary] = seen.server;
    assert.deepEqual(json.data, { message: 'hi', n: [1, 2.5, null] });
    assert.equal(string.dataType, 'json');
    assert.equal(string.data, 'a string is json');
    assert.equal(plain.dataType, 'text');
    assert.equal(plain.data, 'plain ☃');
    assert.equal(binary.dataType, 'binary');
    assert.deepEqual([...new Uint8Array(binary.data)], [0, 1, 255]);
  }
});

test('sendToAll: excluded connections get nothing', async () => {
  const service = newService();
  const a = await connect(service);
  const b = await connect(service);
  const c = await connect(service);
  await service.sendToAll('one', { ...text, excludedConnections: [a.id, b.id] });
  await service.sendToAll('two', { ...text, messageTtlSeconds: 300 });
  await a.until(() => a.seen.server.length === 1);
  await b.until(() => b.seen.server.length === 1);
  await c.until(() => c.seen.server.length === 2);
  assert.equal(a.seen.server[0].data, 'two');
});

test('sendToUser reaches all connections of the user and no other', async () => {
  const service = newService();
  const a = await connect(service, { userId: 'ann' });
  const b = await connect(service, { userId: 'ann' });
  const c = await connect(service, { userId: 'bob' });
  await service.sendToUser('ann', { for: 'ann' });
  await service.sendToUser('nobody', 'x', text);
  await service.sendToAll('end', text);
  for (const { seen, until } of [a, b]) {
    await until(() => seen.server.length === 2);
    assert.deepEqual(seen.server[0].data, { for: 'ann' });
  }
  await c.until(() => c.seen.server.length === 1);
});

test('sendToConnection reaches one, and a missing one is no error', async () => {
  const service = newService();
  const a = await connect(service);
  const b = await connect(service);
  await service.sendToConnection(a.id, 'hello', text);
  await service.sendToConnection('missing', 'hello', text);
  await service.sendToAll('end', text);
  await a.until(() => a.seen.server.length === 2);
  await b.until(() => b.seen.server.length === 1);
});

test('group.sendToAll comes from the group, without a user', async () => {
  const service = newService();
  const a = await connect(service, { groups: ['g'] });
  const b = await connect(service, { groups: ['g'] });
  await service.group('g').sendToAll({ n: 1 });
  await service.group('g').sendToAll('only a', { ...text, excludedConnections: [b.id] });
  await service.group('empty').sendToAll('x', text);
  await a.until(() => a.seen.group.length === 2);
  assert.equal(a.seen.group[0].group, 'g');
  assert.ok(!a.seen.group[0].fromUserId);
  await b.until(() => b.seen.group.length === 1);
  assert.equal(a.seen.server.length, 0);
});

test('group names with blanks, dots, umlauts and reserved characters', async () => {
  const service = newService();
  for (const name of ['a b', 'a.b', 'ä☃', 'a+b&c=d?e#f', '50%', '[x]', "o'clock"]) {
    const { seen, until, id } = await connect(service, { groups: [name] });
    assert.equal(await service.groupExists(name), true, name);
    await service.group(name).sendToAll('x', text);
    await until(() => seen.group.length === 1, name);
    assert.equal(seen.group[0].group, name);
    await service.group(name).removeConnection(id);
    assert.equal(await service.groupExists(name), false, name);
  }
});

test('connectionExists, userExists and groupExists', async () => {
  const service = newService();
  assert.equal(await service.userExists('ann'), false);
  const { id, client, seen, until } = await connect(service, { userId: 'ann', groups: ['g'] });
  assert.equal(await service.connectionExists(id), true);
  assert.equal(await service.userExists('ann'), true);
  assert.equal(await service.groupExists('g'), true);
  assert.equal(await service.groupExists('G'), false);
  assert.equal(await service.connectionExists('missing'), false);
  client.stop();
  await until(() => seen.stopped.length === 1);
  await eventually(async () => !(await service.connectionExists(id)));
  assert.equal(await service.userExists('ann'), false);
  assert.equal(await service.groupExists('g'), false);
});

test('addConnection and removeConnection of a group', async () => {
  const service = newService();
  const { id } = await connect(service);
  const group = service.group('g');
  await group.addConnection(id);
  await group.addConnection(id);
  assert.equal(await service.groupExists('g'), true);
  await group.removeConnection(id);
  await group.removeConnection(id);
  await group.removeConnection('missing');
  assert.equal(await service.groupExists('g'), false);
  await assert.rejects(group.addConnection('missing'), (error) => {
    assert.equal(error.statusCode, 404);
    assert.equal(error.response.headers.get('x-ms-error-code'), 'Error.Connection.NotExisted');
    return true;
  });
});

test('addUser and removeUser act on the connections there are now', async () => {
  const service = newService();
  const group = service.group('g');
  await assert.rejects(group.addUser('ann'), isStatus(404));
  const a = await connect(service, { userId: 'ann' });
  await group.addUser('ann');
  const later = await connect(service, { userId: 'ann' });
  await group.sendToAll('x', text);
  await service.sendToUser('ann', 'end', text);
  await a.until(() => a.seen.server.length === 1);
  await later.until(() => later.seen.server.length === 1);
  assert.equal(a.seen.group.length, 1);
  assert.equal(later.seen.group.length, 0);
  await group.removeUser('ann');
  await group.removeUser('nobody');
  assert.equal(await service.groupExists('g'), false);
});

test('removeUserFromAllGroups and removeConnectionFromAllGroups', async () => {
  const service = newService();
  const { id } = await connect(service, { userId: 'ann', groups: ['g', 'h'] });
  await service.removeUserFromAllGroups('ann');
  assert.equal(await service.groupExists('g'), false);
  await service.group('g').addConnection(id);
  await service.removeConnectionFromAllGroups(id);
  assert.equal(await service.groupExists('g'), false);
  await service.removeUserFromAllGroups('nobody');
  await service.removeConnectionFromAllGroups('missing');
});

test('addConnectionsToGroups without a filter means everybody', async () => {
  const service = newService();
  await connect(service);
  await connect(service);
  await service.addConnectionsToGroups(['g', 'h'], '');
  assert.equal((await list(service.group('g'))).length, 2);
  await service.removeConnectionsFromGroups(['g'], '');
  assert.equal(await service.groupExists('g'), false);
  assert.equal(await service.groupExists('h'), true);
});

test('filters choose the receivers of every send', async () => {
  const service = newService();
  const name = "o'neil";
  const a = await connect(service, { userId: name, groups: ['g', 'muted'] });
  const b = await connect(service, { userId: 'dev-1', groups: ['g'] });
  const anonymous = await connect(service, { groups: ['g'] });
  const send = async (filter, excludedConnections = []) => {
    await service.sendToAll(`all: ${filter}`, { ...text, filter, excludedConnections });
    await service.group('g').sendToAll(`group: ${filter}`, { ...text, filter, excludedConnections });
  };
  await send(odata`userId eq ${name}`);
  await send("startswith(userId,'dev-') and not ('muted' in groups)");
  await send('userId eq null');
  await send("protocol eq 'json.webpubsub.azure.v1'", [a.id, b.id]);
  await service.sendToUser('dev-1', 'user', { ...text, filter: "'muted' in groups" });
  await service.sendToAll('last', text);
  const told = ({ seen }, kind) => seen[kind].map((message) => message.data);
  for (const each of [a, b, anonymous]) await each.until(() => told(each, 'server').includes('last'));
  const first = "userId eq 'o''neil'";
  assert.deepEqual(told(a, 'server'), [`all: ${first}`, 'last']);
  assert.deepEqual(told(a, 'group'), [`group: ${first}`]);
  assert.deepEqual(told(b, 'server'), ["all: startswith(userId,'dev-') and not ('muted' in groups)", 'last']);
  assert.deepEqual(told(b, 'group'), ["group: startswith(userId,'dev-') and not ('muted' in groups)"]);
  assert.deepEqual(told(anonymous, 'server'),
    ['all: userId eq null', "all: protocol eq 'json.webpubsub.azure.v1'", 'last']);
});

test('filters choose who joins and leaves groups', async () => {
  const service = newService();
  const a = await connect(service, { userId: 'a' });
  const b = await connect(service, { userId: 'b' });
  await service.addConnectionsToGroups(['g', 'h'], `connectionId in ('${a.id}', '${b.id}')`);
  await service.removeConnectionsFromGroups(['g'], odata`userId eq ${'a'}`);
  assert.deepEqual((await list(service.group('g'))).map((member) => member.userId), ['b']);
  assert.equal((await list(service.group('h'))).length, 2);
});

test('a bad filter is refused rather than taken for everybody', async () => {
  const service = newService();
  const refused = (error) => {
    assert.equal(error.statusCode, 400);
    assert.equal(error.code, 'Error.BadRequest');
    assert.match(error.message, /Token 'user' is not supported\./);
    return true;
  };
  await assert.rejects(service.sendToAll('x', { ...text, filter: "user eq 'a'" }), refused);
  await assert.rejects(service.group('g').sendToAll('x', { ...text, filter: "user eq 'a'" }), refused);
  await assert.rejects(service.addConnectionsToGroups(['g'], "user eq 'a'"), refused);
});

test('listConnections pages through a group', async () => {
  const service = newService();
  const ids = [];
  for (let i = 0; i < 5; ++i) {
    ids.push((await connect(service, { userId: `user-${i}`, groups: ['g'] })).id);
  }
  const members = await list(service.group('g'), { maxPageSize: 2 });
  assert.deepEqual(members.map((member) => member.connectionId), [...ids].sort());
  assert.deepEqual(members.map((member) => member.userId).sort(),
    ['user-0', 'user-1', 'user-2', 'user-3', 'user-4']);
  assert.equal((await list(service.group('g'), { maxPageSize: 2, top: 3 })).length, 3);
  assert.deepEqual(await list(service.group('unknown')), []);
});

test('closeConnection tells the reason, and a missing one is no error', async () => {
  const service = newService();
  const { id, seen, until } = await connect(service);
  await service.closeConnection(id, { reason: 'time to go' });
  await until(() => seen.disconnected.length === 1);
  assert.equal(seen.disconnected[0].message.message,
    'Application server closed the connection. Reason: time to go');
  await service.closeConnection(id);
  await service.closeConnection('missing');
});

test('closing all, of a group and of a user', async () => {
  const service = newService();
  const a = await connect(service, { userId: 'ann', groups: ['g'] });
  const b = await connect(service, { userId: 'bob', groups: ['g'] });
  const c = await connect(service, { userId: 'cid' });
  await service.group('g').closeAllConnections({ reason: 'group' });
  await a.until(() => a.seen.disconnected.length === 1);
  await b.until(() => b.seen.disconnected.length === 1);
  assert.equal(await service.connectionExists(c.id), true);
  await service.closeUserConnections('cid', { reason: 'user' });
  await c.until(() => c.seen.disconnected.length === 1);
  const d = await connect(service);
  await service.closeAllConnections({ reason: 'all' });
  await d.until(() => d.seen.disconnected.length === 1);
});

test('grant, check and revoke a permission', async () => {
  const service = newService();
  const { id, client } = await connect(service);
  const room = { targetName: 'room' };
  assert.equal(await service.hasPermission(id, 'sendToGroup', room), false);
  await assert.rejects(client.sendToGroup('room', 'x', 'text', { ackId: 5 }));
  await service.grantPermission(id, 'sendToGroup', room);
  assert.equal(await service.hasPermission(id, 'sendToGroup', room), true);
  assert.equal(await service.hasPermission(id, 'joinLeaveGroup', room), false);
  await client.sendToGroup('room', 'x', 'text', { ackId: 5 });
  await service.revokePermission(id, 'sendToGroup', room);
  assert.equal(await service.hasPermission(id, 'sendToGroup', room), false);
  await service.revokePermission('missing', 'sendToGroup', room);
  await assert.rejects(service.grantPermission('missing', 'sendToGroup', room), isStatus(404));
});

test('a revoke outweighs a role for every group, and membership outlives it', async () => {
  const service = newService();
  const { id, client, seen, until } = await connect(service, { roles: everyRole });
  await client.joinGroup('room');
  await service.revokePermission(id, 'joinLeaveGroup', { targetName: 'room' });
  assert.equal(await service.hasPermission(id, 'joinLeaveGroup', { targetName: 'other' }), true);
  await service.group('room').sendToAll('still here', text);
  await until(() => seen.group.length === 1);
});

test('a wrong key is refused', async () => {
  const wrong = hub.connectionString.replace(hub.accessKey, 'x'.repeat(44));
  const { WebPubSubServiceClient } = await import('@azure/web-pubsub');
  const service = new WebPubSubServiceClient(wrong, 'chat', { allowInsecureConnection: true });
  await assert.rejects(service.sendToAll('x', text), isStatus(401));
});

async function list(group, options) {
  const members = [];
  for await (const member of await group.listConnections(options)) members.push(member);
  return members;
}

/** For what the hub learns from a closing socket, which no answer tells us. */
async function eventually(condition) {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${condition}`);
  }
}
