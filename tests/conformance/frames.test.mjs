// json.webpubsub.azure.v1 frame by frame, over bare WebSockets.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { everyRole, sign, startHub } from './support/hub.mjs';
import { open } from './support/socket.mjs';

let hub;
before(async () => (hub = await startHub()));
after(() => hub.close());

/** A connected socket whose connected frame is read. */
const connect = async (claims = { role: everyRole }, path = '/client/hubs/chat') => {
  const socket = await open(`ws://127.0.0.1:${hub.port}${path}?access_token=${sign(hub, claims)}`);
  socket.id = (await socket.nextFrame()).connectionId;
  return socket;
};
const success = (ackId) => ({ type: 'ack', ackId, success: true });

test('ping is answered by pong', async () => {
  const socket = await connect();
  assert.deepEqual(await socket.ask({ type: 'ping' }), { type: 'pong' });
  await socket.close();
});

test('the echo comes before the ack', async () => {
  const socket = await connect();
  assert.deepEqual(await socket.ask({ type: 'joinGroup', group: 'g', ackId: 1 }), success(1));
  socket.send({ type: 'sendToGroup', group: 'g', ackId: 2, dataType: 'text', data: 'x' });
  assert.equal((await socket.nextFrame()).type, 'message');
  assert.deepEqual(await socket.nextFrame(), success(2));
  socket.send({ type: 'sendToGroup', group: 'g', ackId: 3, noEcho: true, dataType: 'text', data: 'x' });
  assert.deepEqual(await socket.nextFrame(), success(3));
  await socket.close();
});

test('a group message names group, sender and data type', async () => {
  const socket = await connect({ sub: 'ann', role: everyRole, 'webpubsub.group': 'g' });
  assert.deepEqual(
    await socket.ask({ type: 'sendToGroup', group: 'g', dataType: 'json', data: { a: 1 } }),
    { type: 'message', from: 'group', group: 'g', fromUserId: 'ann', dataType: 'json', data: { a: 1 } },
  );
  await socket.close();
});

test('json payloads keep their digits', async () => {
  const socket = await connect({ role: everyRole, 'webpubsub.group': 'g' });
  socket.send('{"type":"sendToGroup","group":"g","dataType":"json","data":{"b":1.50,"a":12345678901234567890}}');
  assert.match(await socket.next(), /\{"b":1\.50,"a":12345678901234567890\}/);
  await socket.close();
});

test('json is the data type when none is given', async () => {
  const socket = await connect({ role: everyRole, 'webpubsub.group': 'g' });
  const frame = await socket.ask({ type: 'sendToGroup', group: 'g', data: [1] });
  assert.equal(frame.dataType, 'json');
  await socket.close();
});

test('forbidden requests are told with an ackId and silent without', async () => {
  const socket = await connect({});
  for (const type of ['joinGroup', 'leaveGroup']) {
    const ack = await socket.ask({ type, group: 'g', ackId: 1 });
    assert.equal(ack.success, false);
    assert.equal(ack.error.name, 'Forbidden');
  }
  socket.send({ type: 'joinGroup', group: 'g' });
  socket.send({ type: 'sendToGroup', group: 'g', dataType: 'text', data: 'x' });
  assert.equal((await socket.ask({ type: 'ping' })).type, 'pong');
  await socket.close();
});

test('a repeated ackId is a duplicate across kinds of requests', async () => {
  const socket = await connect();
  assert.deepEqual(await socket.ask({ type: 'joinGroup', group: 'g', ackId: 9 }), success(9));
  const ack = await socket.ask({ type: 'sendToGroup', group: 'g', ackId: 9, dataType: 'text', data: 'x' });
  assert.equal(ack.success, false);
  assert.equal(ack.error.name, 'Duplicate');
  await socket.close();
});

test('a failed ackId is carried out when it comes again', async () => {
  const socket = await connect({});
  const request = { type: 'joinGroup', group: 'g', ackId: 5 };
  assert.equal((await socket.ask(request)).error.name, 'Forbidden');
  await hub.service('chat').grantPermission(socket.id, 'joinLeaveGroup', { targetName: 'g' });
  assert.deepEqual(await socket.ask(request), success(5));
  await socket.close();
});

test('a new connection knows no ackIds', async () => {
  for (let i = 0; i < 2; ++i) {
    const socket = await connect();
    assert.deepEqual(await socket.ask({ type: 'joinGroup', group: 'g', ackId: 1 }), success(1));
    await socket.close();
  }
});

test('ackIds keep all their 64 bits', async () => {
  const socket = await connect();
  for (const ackId of ['0', '9007199254740993', '18446744073709551615']) {
    socket.send(`{"type":"joinGroup","group":"g","ackId":${ackId}}`);
    assert.match(await socket.next(), new RegExp(`"ackId":${ackId}[,}]`));
  }
  await socket.close();
});

test('an ackId of null counts as none', async () => {
  const socket = await connect();
  socket.send({ type: 'joinGroup', group: 'g', ackId: null });
  assert.equal((await socket.ask({ type: 'ping' })).type, 'pong');
  await socket.close();
});

test('unknown properties are ignored, in any order', async () => {
  const socket = await connect();
  socket.send('{"ackId":1,"extra":{"deep":[1,{}]},"group":"g","type":"joinGroup","more":null}');
  assert.deepEqual(await socket.nextFrame(), success(1));
  await socket.close();
});

test('sequenceAck means nothing here and is no error', async () => {
  const socket = await connect();
  socket.send({ type: 'sequenceAck', sequenceId: 1 });
  assert.equal((await socket.ask({ type: 'ping' })).type, 'pong');
  await socket.close();
});

test('fragments are joined, also around a ping', async () => {
  const socket = await connect();
  const frame = JSON.stringify({ type: 'joinGroup', group: 'g', ackId: 1 });
  socket.ws.send(frame.slice(0, 10), { fin: false });
  socket.ws.ping();
  socket.ws.send(frame.slice(10, 20), { fin: false });
  socket.ws.send(frame.slice(20), { fin: true });
  assert.deepEqual(await socket.nextFrame(), success(1));
  await socket.close();
});

const malformed = {
  'no JSON': 'hello',
  'half a document': '{"type":"ping"',
  'an array': '[]',
  'an unknown type': { type: 'dance' },
  'no type': { group: 'g' },
  'a type that is no string': { type: 1 },
  'no group': { type: 'joinGroup' },
  'an empty group': { type: 'joinGroup', group: '' },
  'a blank group': { type: 'joinGroup', group: '  ' },
  'a group too long': { type: 'joinGroup', group: 'g'.repeat(1025) },
  'a group that is no string': { type: 'joinGroup', group: 1 },
  'an ackId that is a string': { type: 'joinGroup', group: 'g', ackId: '1' },
  'a negative ackId': { type: 'joinGroup', group: 'g', ackId: -1 },
  'an ackId beyond 64 bits': '{"type":"joinGroup","group":"g","ackId":18446744073709551616}',
  'no data': { type: 'sendToGroup', group: 'g', dataType: 'text' },
  'null data': { type: 'sendToGroup', group: 'g', dataType: 'json', data: null },
  'an unknown data type': { type: 'sendToGroup', group: 'g', dataType: 'xml', data: 'x' },
  'text that is no string': { type: 'sendToGroup', group: 'g', dataType: 'text', data: 1 },
  'bad base64': { type: 'sendToGroup', group: 'g', dataType: 'binary', data: '*' },
  'URL-safe base64': { type: 'sendToGroup', group: 'g', dataType: 'binary', data: '_-8=' },
  'a bad event name': { type: 'event', event: '1 2', dataType: 'text', data: 'x' },
  'nesting without end': '['.repeat(100_000),
};
for (const [what, frame] of Object.entries(malformed)) {
  test(`${what} closes with 1007`, async () => {
    const socket = await connect();
    socket.send(frame);
    const { code, reason } = await socket.closed();
    assert.equal(code, 1007);
    assert.equal(reason, 'The client message is not a valid JSON protocol message.');
  });
}

test('a binary message closes with 1003', async () => {
  const socket = await connect();
  socket.send(Buffer.from('{"type":"ping"}'));
  const { code, reason } = await socket.closed();
  assert.equal(code, 1003);
  assert.equal(reason, 'The JSON subprotocol requires text messages.');
});

test('a message of 1 MiB passes, one byte more closes with 1009', async () => {
  const limit = 1024 * 1024;
  const envelope = JSON.stringify({ type: 'sendToGroup', group: 'g', ackId: 1, dataType: 'text', data: '' });
  const frame = (size) => envelope.replace('""}', `"${'x'.repeat(size - envelope.length)}"}`);
  const socket = await connect();
  assert.deepEqual(await socket.ask(frame(limit)), success(1));
  socket.send(frame(limit + 1));
  assert.equal((await socket.closed()).code, 1009);
});

test('closed by the application: a disconnected frame, then 1000 without a reason', async () => {
  const socket = await connect();
  const reason = 'r'.repeat(500);
  await hub.service('chat').closeConnection(socket.id, { reason });
  assert.deepEqual(await socket.nextFrame(), {
    type: 'system',
    event: 'disconnected',
    message: `Application server closed the connection. Reason: ${reason}`,
  });
  assert.deepEqual(await socket.closed(), { code: 1000, reason: '' });
});

test('a reply comes before the ack of its event, other frames wait their turn', async () => {
  const socket = await connect();
  socket.send({ type: 'event', event: 'echo', ackId: 1, dataType: 'text', data: 'x' });
  socket.send({ type: 'ping' });
  assert.deepEqual(await socket.nextFrame(), { type: 'message', from: 'server', dataType: 'text', data: 'x' });
  assert.deepEqual(await socket.nextFrame(), success(1));
  assert.equal((await socket.nextFrame()).type, 'pong');
  await socket.close();
});

test('an event without a handler is an InternalServerError; without an ackId it is silent', async () => {
  const bare = await startHub('--no-event-handler');
  const token = sign(bare);
  const socket = await open(`ws://127.0.0.1:${bare.port}/client/hubs/chat?access_token=${token}`);
  await socket.nextFrame();
  socket.send({ type: 'event', event: 'e', dataType: 'text', data: 'x' });
  const ack = await socket.ask({ type: 'event', event: 'e', ackId: 1, dataType: 'text', data: 'x' });
  assert.equal(ack.success, false);
  assert.equal(ack.error.name, 'InternalServerError');
  await socket.close();
  await bare.close();
});

test('a client that does not read is closed with 1008 and counted, the others go on', async () => {
  const small = await startHub('--max-queued-bytes', '200000');
  const address = (claims) =>
    `ws://127.0.0.1:${small.port}/client/hubs/chat?access_token=${sign(small, claims)}`;
  const slow = await open(address({ 'webpubsub.group': 'g' }));
  const reader = await open(address({ 'webpubsub.group': 'g' }));
  const { connectionId } = await slow.nextFrame();
  await reader.nextFrame();
  slow.ws.pause();
  const service = small.service('chat');
  const group = service.group('g');
  const payload = 'x'.repeat(100_000);
  let sent = 0;
  while (await service.connectionExists(connectionId)) {
    await group.sendToAll(payload, { contentType: 'text/plain' });
    ++sent;
    assert.equal((await reader.nextFrame()).data, payload);
    assert.ok(sent < 1000, 'the slow client is never closed');
  }
  slow.ws.resume();
  assert.equal((await slow.closed()).code, 1008);
  assert.equal((await reader.ask({ type: 'ping' })).type, 'pong');
  await reader.close();
  assert.equal((await small.close()).slowClientsClosed, 1);
});

test('malformed frames are counted', async () => {
  const other = await startHub();
  const token = sign(other);
  const socket = await open(`ws://127.0.0.1:${other.port}/client/hubs/chat?access_token=${token}`);
  socket.send('{');
  await socket.closed();
  assert.equal((await other.close()).malformedFrames, 1);
});
