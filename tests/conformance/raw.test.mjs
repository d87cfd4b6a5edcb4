// Clients without a subprotocol.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sign, startHub } from './support/hub.mjs';
import { open } from './support/socket.mjs';

let hub;
before(async () => (hub = await startHub()));
after(() => hub.close());

const address = (claims, query = '') =>
  `ws://127.0.0.1:${hub.port}/client/hubs/chat?access_token=${sign(hub, claims)}${query}`;
const connect = (claims, query) => open(address(claims, query), { subprotocols: [] });
const refused = (query) =>
  assert.rejects(connect({}, query), (error) => {
    assert.equal(error.status, 400);
    return true;
  });

/** Resolves when the hub has the connection: nothing on the wire tells a raw client. */
const inGroup = async (group) => {
  while (!(await hub.service('chat').groupExists(group)));
};

test('a message becomes the event "message", the reply comes back in kind', async () => {
  const socket = await connect({});
  socket.send('text');
  assert.equal(await socket.next(), 'text');
  socket.send(Buffer.from([0, 255]));
  assert.deepEqual(await socket.next(), Buffer.from([0, 255]));
  await socket.close();
});

test('a failing event closes with 1011', async () => {
  const socket = await connect({});
  socket.send('fail');
  assert.deepEqual(await socket.closed(), { code: 1011, reason: 'Internal server error' });
});

test('without a handler the first message closes with 1011', async () => {
  const bare = await startHub('--no-event-handler');
  const url = `ws://127.0.0.1:${bare.port}/client/hubs/chat?access_token=${sign(bare)}`;
  const socket = await open(url, { subprotocols: [] });
  socket.send('x');
  assert.equal((await socket.closed()).code, 1011);
  await bare.close();
});

test('receives payloads only: text and json as text, binary as binary', async () => {
  const socket = await connect({ 'webpubsub.group': 'payloads' });
  await inGroup('payloads');
  const service = hub.service('chat');
  await service.group('payloads').sendToAll({ a: 1 });
  await service.group('payloads').sendToAll('plain', { contentType: 'text/plain' });
  await service.sendToAll(new Uint8Array([1, 2]).buffer);
  assert.equal(await socket.next(), '{"a":1}');
  assert.equal(await socket.next(), 'plain');
  assert.deepEqual(await socket.next(), Buffer.from([1, 2]));
  await socket.close();
});

test('sendToGroup mode publishes without joining', async () => {
  const receiver = await open(address({ 'webpubsub.group': 'raw' }));
  await receiver.nextFrame();
  const sender = await connect(
    { sub: 'ann', role: 'webpubsub.sendToGroup.raw' },
    '&webpubsub_mode=SENDTOGROUP&group=raw',
  );
  sender.send('hello');
  assert.deepEqual(await receiver.nextFrame(), {
    type: 'message', from: 'group', group: 'raw', fromUserId: 'ann', dataType: 'text', data: 'hello',
  });
  sender.send(Buffer.from([1, 2, 3]));
  const binary = await receiver.nextFrame();
  assert.equal(binary.dataType, 'binary');
  assert.equal(binary.data, 'AQID');
  await sender.close();
  await receiver.close();
});

test('noEcho spares a raw sender', async () => {
  const claims = { role: 'webpubsub.sendToGroup', 'webpubsub.group': 'echo' };
  const query = '&webpubsub_mode=sendToGroup&group=echo';
  const quiet = await connect(claims, `${query}&noEcho=true`);
  const loud = await connect(claims, query);
  await inGroup('echo');
  quiet.send('one');
  assert.equal(await loud.next(), 'one');
  loud.send('two');
  assert.equal(await loud.next(), 'two');
  assert.equal(await quiet.next(), 'two');
  await quiet.close();
  await loud.close();
});

test('sendToGroup mode without the role closes with 1008 at the first message', async () => {
  const socket = await connect({}, '&webpubsub_mode=sendToGroup&group=raw');
  socket.send('x');
  assert.deepEqual(await socket.closed(), {
    code: 1008,
    reason: 'The connection is not authorized for raw sendToGroup mode.',
  });
});

test('a bad mode, group or noEcho is 400 before the upgrade', async () => {
  await refused('&webpubsub_mode=bogus');
  await refused('&webpubsub_mode=sendToGroup');
  await refused('&webpubsub_mode=sendToGroup&group=%20');
  await refused('&noEcho=perhaps');
  await assert.rejects(open(address({}, '&webpubsub_mode=bogus')), (error) => error.status === 400);
});

test('of a repeated parameter the last value counts', async () => {
  const socket = await connect({}, '&webpubsub_mode=bogus&webpubsub_mode=sendEvent');
  socket.send('x');
  assert.equal(await socket.next(), 'x');
  await socket.close();
});

test('closed by the application: 1000 and no frame', async () => {
  const socket = await connect({ 'webpubsub.group': 'closing' });
  await inGroup('closing');
  await hub.service('chat').group('closing').closeAllConnections({ reason: 'r' });
  assert.deepEqual(await socket.closed(), { code: 1000, reason: '' });
  assert.equal(socket.inbox.length, 0);
});
