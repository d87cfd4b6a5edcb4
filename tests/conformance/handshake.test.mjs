// Who is let in: tokens, audiences, subprotocols. Bare WebSockets, tokens made by hand.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sign, startHub } from './support/hub.mjs';
import { open } from './support/socket.mjs';

let hub;
before(async () => (hub = await startHub()));
after(() => hub.close());

const url = (token, path = '/client/hubs/chat') =>
  `ws://127.0.0.1:${hub.port}${path}${path.includes('?') ? '&' : '?'}access_token=${token}`;

const enters = async (address, options) => {
  const socket = await open(address, options);
  const frame = await socket.nextFrame();
  assert.equal(frame.type, 'system');
  assert.equal(frame.event, 'connected');
  assert.ok(frame.connectionId.length > 0);
  const { protocol } = socket.ws;
  await socket.close();
  return { frame, protocol };
};
const isRefused = (status, address, options) =>
  assert.rejects(open(address, options), (error) => {
    assert.equal(error.status, status, error.message);
    return true;
  });

test('a valid token: 101, the subprotocol comes back, the first frame is connected', async () => {
  const { frame, protocol } = await enters(url(sign(hub, { sub: 'ann' })));
  assert.equal(frame.userId, 'ann');
  assert.equal(protocol, 'json.webpubsub.azure.v1');
});

test('the token in the Authorization header', () =>
  enters(`ws://127.0.0.1:${hub.port}/client/hubs/chat`, {
    headers: { Authorization: `Bearer ${sign(hub)}` },
  }));

test('the parameter name in another case', () =>
  enters(`ws://127.0.0.1:${hub.port}/client/hubs/chat?Access_Token=${sign(hub)}`));

test('the older URL /client/?hub=', async () => {
  await enters(url(sign(hub), '/client/?hub=chat'));
  await enters(url(sign(hub), '/client?hub=chat'));
});

test('the hub in another spelling is the same hub', async () => {
  const a = await open(url(sign(hub, { role: 'webpubsub.joinLeaveGroup' }), '/client/hubs/CHAT'));
  await a.nextFrame();
  await a.ask({ type: 'joinGroup', group: 'g', ackId: 1 });
  assert.equal(await hub.service('chat').groupExists('g'), true);
  await a.close();
});

test('no token is 401', () => isRefused(401, `ws://127.0.0.1:${hub.port}/client/hubs/chat`));

test('a token signed with another key is 401', () =>
  isRefused(401, url(sign(hub, {}, { key: 'x'.repeat(44) }))));

test('an expired token is 401, one within the skew is not', async () => {
  const now = Math.floor(Date.now() / 1000);
  await isRefused(401, url(sign(hub, { iat: now - 1000, exp: now - 400 })));
  await enters(url(sign(hub, { iat: now - 1000, exp: now - 200 })));
});

test('a token without exp is 401', () => isRefused(401, url(sign(hub, { exp: undefined }))));

test('nbf in the future is 401, within the skew is not', async () => {
  const now = Math.floor(Date.now() / 1000);
  await isRefused(401, url(sign(hub, { nbf: now + 400 })));
  await enters(url(sign(hub, { nbf: now + 200 })));
});

test('another audience is 401', async () => {
  for (const aud of [
    `${hub.endpoint}/client/hubs/other`,
    `${hub.endpoint}/client/hubs/chat/`,
    `${hub.endpoint}/client/hubs/chatter`,
    `${hub.endpoint}/client/hubs/chat?x=1`,
    `ws://127.0.0.1:${hub.port}/client/hubs/chat`,
    'http://elsewhere/client/hubs/chat',
    '',
  ]) {
    await isRefused(401, url(sign(hub, { aud })));
  }
});

test('an audience in another case, or one of several, is good', async () => {
  await enters(url(sign(hub, { aud: `${hub.endpoint}/client/hubs/CHAT` })));
  await enters(url(sign(hub, { aud: ['http://elsewhere/', `${hub.endpoint}/client/hubs/chat`] })));
});

test('other algorithms than HS256 are 401', async () => {
  await isRefused(401, url(sign(hub, {}, { algorithm: 'HS384' })));
  await isRefused(401, url(sign(hub, {}, { algorithm: 'none', key: '' })));
});

test('rubbish for a token is 401', async () => {
  for (const token of ['.', '..', 'a.b.c', '%00', 'x'.repeat(2000)]) {
    await isRefused(401, url(token));
  }
});

test('role and group claims as one string or as a list', async () => {
  for (const wrap of [(value) => value, (value) => [value]]) {
    const token = sign(hub, {
      role: wrap('webpubsub.sendToGroup.g'),
      'webpubsub.group': wrap('g'),
    });
    const socket = await open(url(token));
    await socket.nextFrame();
    socket.send({ type: 'sendToGroup', group: 'g', dataType: 'text', data: 'x' });
    assert.equal((await socket.nextFrame()).data, 'x');
    await socket.close();
  }
});

test('an invalid group claim is 400', async () => {
  await isRefused(400, url(sign(hub, { 'webpubsub.group': ['  '] })));
  await isRefused(400, url(sign(hub, { 'webpubsub.group': 'g'.repeat(1025) })));
});

test('an invalid hub name is 400', async () => {
  await isRefused(400, url(sign(hub), '/client/hubs/1chat'));
  await isRefused(400, url(sign(hub), '/client/hubs/a%20b'));
  await isRefused(400, url(sign(hub), '/client/'));
});

test('a path that is no client endpoint is 404', () =>
  isRefused(404, url(sign(hub), '/clients/socketio/hubs/chat')));

test('an upper-case subprotocol is accepted and comes back as it was spelt', async () => {
  const subprotocols = ['JSON.WebPubSub.Azure.V1'];
  const { protocol } = await enters(url(sign(hub)), { subprotocols });
  assert.equal(protocol, subprotocols[0]);
});

test('of several subprotocols the first one spoken is picked', async () => {
  const subprotocols = [
    'xml.webpubsub.azure.v1',
    'json.reliable.webpubsub.azure.v1',
    'json.webpubsub.azure.v1',
  ];
  const { protocol } = await enters(url(sign(hub)), { subprotocols });
  assert.equal(protocol, 'json.reliable.webpubsub.azure.v1');
});

test("a Web PubSub subprotocol that is not spoken is 400, not somebody else's raw bytes", () =>
  isRefused(400, url(sign(hub)), { subprotocols: ['xml.webpubsub.azure.v1'] }));

test('an unknown subprotocol is not echoed, which strict clients refuse by themselves', () =>
  assert.rejects(open(url(sign(hub)), { subprotocols: ['graphql-ws'] }), /subprotocol/));

test('a plain GET is 400', async () => {
  const response = await fetch(`${hub.endpoint}/client/hubs/chat?access_token=${sign(hub)}`);
  assert.equal(response.status, 400);
});

test('an open connection outlives its token', async () => {
  const now = Math.floor(Date.now() / 1000);
  const socket = await open(url(sign(hub, { exp: now - 299 }))); // a second of skew is left
  await socket.nextFrame();
  await new Promise((resolve) => setTimeout(resolve, 1500)); // the time that has to pass
  assert.equal((await socket.ask({ type: 'ping' })).type, 'pong');
  await isRefused(401, url(sign(hub, { exp: now - 301 })));
  await socket.close();
});

test('refused handshakes are counted', async () => {
  const other = await startHub();
  await isRefused(401, `ws://127.0.0.1:${other.port}/client/hubs/chat`);
  const counters = await other.close();
  assert.equal(counters.rejectedHandshakes, 1);
  assert.equal(counters.connectionsTotal, 0);
});
