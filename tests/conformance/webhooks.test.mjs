// What the hub's webhooks look like on the wire, and what it makes of answers that no middleware
// would give.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, afterEach, test } from 'node:test';

import WebSocket from 'ws';

import { sign, startHub } from './support/hub.mjs';
import { open } from './support/socket.mjs';
import { startRecorder } from './support/upstreams.mjs';

const running = [];
const keep = (thing) => (running.push(thing), thing);
const closeAll = async () => {
  for (const thing of running.splice(0).reverse()) await thing.close();
};
afterEach(closeAll);
after(closeAll);

/** A recorder and a hub that sends it `events`. */
async function start({ answer, events = 'user=*', path = '/{hub}/{event}', options = [] } = {}) {
  const upstream = keep(await startRecorder(answer));
  const handler = `http://127.0.0.1:${upstream.port}${path};${events}`;
  const hub = keep(
    await startHub('--no-event-handler', '--webhook-retry-ms', '10', '--event-handler', handler, ...options),
  );
  return { upstream, hub };
}

const address = (hub, { name = 'chat', query = '', claims = {} } = {}) => {
  const aud = `${hub.endpoint}/client/hubs/${name}`;
  return `ws://127.0.0.1:${hub.port}/client/hubs/${name}?access_token=${sign(hub, { aud, ...claims })}${query}`;
};
const connect = async (hub, { subprotocols, headers, ...options } = {}) => {
  const socket = await open(address(hub, options), { subprotocols, headers });
  return { socket, ...(subprotocols?.length === 0 ? {} : await socket.nextFrame()) };
};
const refused = (hub, status, options) =>
  assert.rejects(connect(hub, options), (error) => {
    assert.equal(error.status, status, error.message);
    return true;
  });
const event = (name, ackId, data = 'x') => ({ type: 'event', event: name, ackId, dataType: 'text', data });
const hmac = (key, text) => createHmac('sha256', key).update(text).digest('hex');
const isPost = (request) => request.method === 'POST';
/** Answers POSTs as `answer` says and grants OPTIONS. */
const posts = (answer) => (request) => (isPost(request) ? answer(request) : undefined);

test('§8.3 every header of a request is as the service sends it', async () => {
  const keys = ['primary key of at least 32 characters', 'secondary key of at least 32 characters'];
  const { upstream, hub } = await start({
    events: 'user=*;system=connect,connected',
    options: keys.flatMap((key) => ['--access-key', key]),
  });
  const { socket, connectionId } = await connect(hub, { claims: { sub: 'ann' } });
  await socket.ask({
    ...event('Telemetry', 1), dataType: 'json', data: { t: 1.5 }, metadata: { Trace: 't1' },
  });
  const [connecting] = await upstream.log.until(upstream.posts('connect'));
  const [connected] = await upstream.log.until(upstream.posts('connected'));
  const [{ url, headers, rawHeaders, body }] = await upstream.log.until(upstream.posts('Telemetry'));
  assert.equal(url, '/chat/Telemetry');
  assert.equal(headers['webhook-request-origin'], '127.0.0.1');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['ce-specversion'], '1.0');
  assert.equal(headers['ce-awpsversion'], '1.0', '§11.39');
  assert.equal(headers['ce-type'], 'azure.webpubsub.user.Telemetry');
  assert.equal(headers['ce-source'], `/hubs/chat/client/${connectionId}`);
  assert.match(headers['ce-time'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(headers['ce-connectionid'], connectionId);
  assert.equal(headers['ce-hub'], 'chat');
  assert.equal(headers['ce-userid'], 'ann');
  assert.equal(headers['ce-subprotocol'], 'json.webpubsub.azure.v1');
  assert.equal(headers['ce-connectionstate'], undefined);
  assert.equal(headers['x-webpubsub-metadata-trace'], 't1');
  assert.ok(headers['x-ms-client-request-id']);
  assert.ok(rawHeaders.includes('ce-eventName'));
  assert.equal(body.toString(), '{"t":1.5}');
  // §11.40, §12.45: of the connection id, in hex, no blank behind the comma.
  assert.equal(
    headers['ce-signature'],
    keys.map((key) => `sha256=${hmac(key, connectionId)}`).join(','),
  );
  assert.equal(connecting.headers['ce-type'], 'azure.webpubsub.sys.connect');
  assert.equal(connecting.headers['ce-id'], '0');
  assert.equal(connected.headers['ce-type'], 'azure.webpubsub.sys.connected');
  assert.equal(connected.headers['ce-id'], '1');
  assert.equal(headers['ce-id'], '2');
  assert.equal(connected.body.toString(), '{}');
});

test('§8.4 the body of connect has claims, query, headers and subprotocols, and no token', async () => {
  const { upstream, hub } = await start({ events: 'user=;system=connect' });
  await connect(hub, {
    claims: { sub: 'ann', role: 'one.role', extra: ['a', 'b'], number: 7 },
    query: '&site=7&site=8&Empty=',
    headers: { Authorization: 'Bearer secret', 'X-Site': 'berlin', 'ce-userId': 'mallory' },
  });
  const [request] = await upstream.log.until(upstream.posts('connect'));
  assert.equal(request.headers['content-type'], 'application/json; charset=utf-8');
  const body = JSON.parse(request.body);
  assert.deepEqual(body.claims.sub, ['ann']);
  assert.deepEqual(body.claims.role, ['one.role']);
  assert.deepEqual(body.claims.extra, ['a', 'b']);
  assert.deepEqual(body.claims.number, ['7']);
  assert.deepEqual(body.query, { site: ['7', '8'], Empty: [''] });
  assert.deepEqual(body.headers['X-Site'], ['berlin']);
  assert.deepEqual(body.subprotocols, ['json.webpubsub.azure.v1']);
  assert.doesNotMatch(request.body.toString(), /secret|mallory|access_token/);
});

test('content types are those of the data', async () => {
  const { upstream, hub } = await start();
  const { socket } = await connect(hub);
  await socket.ask({ ...event('text', 1), dataType: 'text' });
  await socket.ask({ ...event('json', 2), dataType: 'json', data: 1 });
  await socket.ask({ ...event('binary', 3), dataType: 'binary', data: 'AP8=' });
  const type = async (name) => (await upstream.log.until(upstream.posts(name)))[0].headers['content-type'];
  assert.equal(await type('text'), 'text/plain; charset=utf-8');
  assert.equal(await type('json'), 'application/json');
  assert.equal(await type('binary'), 'application/octet-stream');
});

for (const [name, grant] of Object.entries({
  'a star': { headers: { 'WebHook-Allowed-Origin': '*' } },
  'the host': { headers: { 'webhook-allowed-origin': '127.0.0.1' } },
  'host and port': { headers: { 'WebHook-Allowed-Origin': '127.0.0.1:8080' } },
  'the first of several lines': { headers: { 'WebHook-Allowed-Origin': ['127.0.0.1', 'other.example'] } },
  'any 2xx': { status: 204, headers: { 'WebHook-Allowed-Origin': '*' } },
})) {
  test(`§12.43 abuse protection: ${name} grants, and is asked for once`, async () => {
    const { upstream, hub } = await start({ answer: (r) => (isPost(r) ? undefined : grant) });
    const { socket } = await connect(hub);
    for (const ackId of [1, 2, 3]) assert.equal((await socket.ask(event('e', ackId))).success, true);
    const asked = upstream.log.events.filter((request) => !isPost(request));
    assert.equal(asked.length, 1);
    assert.equal(asked[0].method, 'OPTIONS');
    assert.equal(asked[0].url, '/chat/validate');
    assert.equal(asked[0].headers['webhook-request-origin'], '127.0.0.1');
    assert.equal(asked[0].headers['ce-awpsversion'], '1.0', '§11.39');
    assert.equal(asked[0].headers['ce-signature'], undefined);
  });
}

for (const [name, refusal] of Object.entries({
  'no header': {},
  'another host': { headers: { 'WebHook-Allowed-Origin': 'other.example' } },
  'a longer host': { headers: { 'WebHook-Allowed-Origin': '127.0.0.1.other.example' } },
  'no success': { status: 400, headers: { 'WebHook-Allowed-Origin': '*' } },
})) {
  test(`§12.43 abuse protection: ${name} means that no event is sent`, async () => {
    const { upstream, hub } = await start({ answer: (r) => (isPost(r) ? undefined : refusal) });
    const { socket } = await connect(hub);
    assert.equal((await socket.ask(event('e', 1))).error.name, 'InternalServerError');
    assert.deepEqual(upstream.log.events.filter(isPost), []);
  });
}

test('§12.43 abuse protection: GET where OPTIONS is not found', async () => {
  const answer = ({ method }) =>
    method === 'OPTIONS' ? { status: 404 } : { headers: { 'WebHook-Allowed-Origin': '*' } };
  const { upstream, hub } = await start({ answer });
  const { socket } = await connect(hub);
  assert.equal((await socket.ask(event('e', 1))).success, true);
  assert.deepEqual(upstream.log.events.map(({ method }) => method), ['OPTIONS', 'GET', 'POST']);
});

test('§12.43 events wait for the validation', async () => {
  let grant;
  const granted = new Promise((resolve) => (grant = resolve));
  const { upstream, hub } = await start({
    answer: (request) => (isPost(request) ? undefined : granted),
  });
  const { socket } = await connect(hub);
  socket.send(event('e', 1));
  await upstream.log.until(({ method }) => method === 'OPTIONS');
  assert.deepEqual(upstream.log.events.filter(isPost), []);
  grant({ headers: { 'WebHook-Allowed-Origin': '*' } });
  assert.equal((await socket.nextFrame()).success, true);
});

test('§12.46 500 then 200: the event is repeated with its id, the reply precedes the ack', async () => {
  let failures = 2;
  const answer = posts(() =>
    failures-- > 0 ? { status: 503 } : { headers: { 'Content-Type': 'text/plain' }, body: 'done' });
  const { upstream, hub } = await start({ answer });
  const { socket } = await connect(hub);
  assert.equal((await socket.ask(event('e', 1))).data, 'done');
  assert.equal((await socket.nextFrame()).success, true);
  const ids = (await upstream.log.until(upstream.posts('e'), 3)).map(({ headers }) => headers['ce-id']);
  assert.deepEqual(ids, ['0', '0', '0']);
});

test('§12.46 at most four tries, and 429 or 400 gets one', async () => {
  const statuses = { down: 500, slow: 408, busy: 429, wrong: 400 };
  const { upstream, hub } = await start({
    answer: posts(({ headers }) => ({ status: statuses[headers['ce-eventname']] })),
  });
  const { socket } = await connect(hub);
  for (const [name, tries] of [['down', 4], ['slow', 4], ['busy', 1], ['wrong', 1]]) {
    assert.equal((await socket.ask(event(name, 1))).error.name, 'InternalServerError');
    assert.equal(upstream.log.events.filter(upstream.posts(name)).length, tries, name);
  }
});

test('§11.43 a reply without Content-Type is binary; one that is for no message fails', async () => {
  const replies = {
    none: { body: Buffer.from([1, 2]) },
    image: { headers: { 'Content-Type': 'image/png' }, body: 'x' },
    broken: { headers: { 'Content-Type': 'application/json' }, body: '{' },
    latin: { headers: { 'Content-Type': 'text/plain' }, body: Buffer.from([0xe9]) },
    empty: { headers: { 'Content-Type': 'image/png' } },
  };
  const { hub } = await start({ answer: posts(({ headers }) => replies[headers['ce-eventname']]) });
  const { socket } = await connect(hub);
  assert.deepEqual(await socket.ask(event('none', 1)), {
    type: 'message', from: 'server', dataType: 'binary', data: 'AQI=',
  });
  assert.equal((await socket.nextFrame()).success, true);
  for (const name of ['image', 'broken', 'latin']) {
    assert.equal((await socket.ask(event(name, 2))).error?.name, 'InternalServerError', name);
  }
  assert.equal((await socket.ask(event('empty', 3))).success, true);
});

test('§8.5 the state is opaque, comes from blocking successes only, and is cleared by an empty one', async () => {
  const states = { set: 'not base64 at all', keep: undefined, bad: 'never', clear: '' };
  const { upstream, hub } = await start({
    answer: posts(({ headers }) => {
      const name = headers['ce-eventname'];
      const state = name in states && states[name] !== undefined ? { 'ce-connectionState': states[name] } : {};
      return { status: name === 'bad' ? 400 : 200, headers: state };
    }),
  });
  const { socket } = await connect(hub);
  const stateAt = async (name) => {
    await socket.ask(event(name, 1 + upstream.log.events.length));
    return upstream.log.events.at(-1).headers['ce-connectionstate'];
  };
  assert.equal(await stateAt('set'), undefined);
  assert.equal(await stateAt('keep'), 'not base64 at all');
  assert.equal(await stateAt('bad'), 'not base64 at all');
  assert.equal(await stateAt('clear'), 'not base64 at all');
  assert.equal(await stateAt('keep'), undefined);
});

test('cookies come back on the same connection, and on no other', async () => {
  const answer = posts(({ headers }) =>
    headers['ce-eventname'] === 'connect'
      ? { status: 204, headers: { 'Set-Cookie': ['a=1; Path=/; Expires=Wed, 09 Jun 2100 10:18:14 GMT', 'b=2'] } }
      : undefined);
  const { upstream, hub } = await start({ answer, events: 'user=*;system=connect' });
  const { socket } = await connect(hub);
  await socket.ask(event('e', 1));
  assert.equal((await upstream.log.until(upstream.posts('e')))[0].headers.cookie, 'a=1; b=2');
  await connect(hub);
  const [, second] = await upstream.log.until(upstream.posts('connect'), 2);
  assert.equal(second.headers.cookie, undefined);
});

for (const [name, status, answer] of [
  ['4xx is passed on', 403, { status: 403, body: 'secret' }],
  ['5xx is passed on', 503, { status: 503 }],
  ['malformed JSON is 500', 500, { body: '{' }],
  ['a list is 500', 500, { body: '[]' }],
  ['an invalid group is 500', 500, { body: '{"groups":["  "]}' }],
  ['a user id that is no string is 500', 500, { body: '{"userId":7}' }],
  ['a redirect is 500', 500, { status: 302, headers: { Location: '/' } }],
]) {
  test(`§1.4 the answer to connect: ${name}`, async () => {
    const { hub } = await start({ answer: posts(() => answer), events: 'user=;system=connect' });
    await refused(hub, status);
    assert.equal((await hub.close()).rejectedHandshakes, 1);
    running.pop();
  });
}

for (const [name, answer] of [
  ['204', { status: 204 }],
  ['an empty 200', {}],
  ['null', { body: 'null' }],
  ['another 2xx', { status: 202, body: 'words' }],
  ['nulls, and members nobody knows', { body: '{"userId":null,"groups":null,"roles":null,"subprotocol":null,"x":1}' }],
  ['no groups, which clears nothing (§11.44)', { body: '{"groups":[]}' }],
]) {
  test(`§8.4 the answer to connect: ${name} leaves the token's claims`, async () => {
    const { hub } = await start({ answer: posts(() => answer), events: 'user=;system=connect' });
    const { userId } = await connect(hub, { claims: { sub: 'ann', 'webpubsub.group': ['g'] } });
    assert.equal(userId, 'ann');
    assert.equal(await hub.service('chat').groupExists('g'), true);
  });
}

test('a handler that does not answer in time fails the event, and the handshake with 500', async () => {
  const never = new Promise(() => {});
  const { hub } = await start({
    answer: posts(({ headers }) => (headers['ce-hub'] === 'chat' ? never : undefined)),
    events: 'user=*;system=connect',
    options: ['--webhook-timeout-ms', '200'],
  });
  await refused(hub, 500);
  const { socket } = await connect(hub, { name: 'other' });
  await socket.close();
});

test('a handler that is away fails events, and raw clients with 1011 (§12.35)', async () => {
  const { upstream, hub } = await start();
  await upstream.close();
  running.splice(running.indexOf(upstream), 1);
  const { socket } = await connect(hub);
  assert.equal((await socket.ask(event('e', 1))).error.name, 'InternalServerError');
  const { socket: raw } = await connect(hub, { subprotocols: [] });
  raw.send('x');
  assert.deepEqual(await raw.closed(), { code: 1011, reason: 'Internal server error' });
});

test('no handler for an event is a failure: InternalServerError', async () => {
  const { upstream, hub } = await start({ events: 'user=known' });
  const { socket } = await connect(hub);
  assert.equal((await socket.ask(event('unknown', 1))).error.name, 'InternalServerError');
  assert.deepEqual(upstream.log.events, []);
});

test('§12.48 lists and stars, the first match wins, names in any case', async () => {
  const [first, second] = [keep(await startRecorder()), keep(await startRecorder())];
  const hub = keep(await startHub(
    '--no-event-handler',
    '--event-handler', `http://127.0.0.1:${first.port}/first;user=Alpha,beta;system=connected`,
    '--event-handler', `http://127.0.0.1:${second.port}/second/{event};user=*;system=connect,connected`,
  ));
  const { socket } = await connect(hub);
  for (const [ackId, name] of ['alpha', 'BETA', 'gamma'].entries()) {
    assert.equal((await socket.ask(event(name, ackId))).success, true, name);
  }
  const names = (recorder) => recorder.log.events.filter(isPost).map(({ headers }) => headers['ce-eventname']);
  await first.log.until(first.posts('connected'));
  assert.deepEqual(names(first).sort(), ['BETA', 'alpha', 'connected']);
  assert.deepEqual(names(second), ['connect', 'gamma']);
});

test('several hubs have different handlers', async () => {
  const [chat, any] = [keep(await startRecorder()), keep(await startRecorder())];
  const hub = keep(await startHub(
    '--no-event-handler',
    '--event-handler', `Chat=http://127.0.0.1:${chat.port}/{hub}`,
    '--event-handler', `*=http://127.0.0.1:${any.port}/{hub}`,
  ));
  for (const name of ['chat', 'Other']) {
    const { socket } = await connect(hub, { name });
    assert.equal((await socket.ask(event('e', 1))).success, true);
  }
  assert.deepEqual(chat.log.events.filter(isPost).map(({ url }) => url), ['/chat']);
  assert.deepEqual(any.log.events.filter(isPost).map(({ url }) => url), ['/other']);
});

test('the frames of a client wait for its event, those of others do not', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const { upstream, hub } = await start({
    answer: posts(({ headers }) => (headers['ce-eventname'] === 'slow' ? held : undefined)),
  });
  const [{ socket: slow }, { socket: quick }] = [await connect(hub), await connect(hub)];
  slow.send(event('slow', 1));
  slow.send({ type: 'ping' });
  await upstream.log.until(upstream.posts('slow'));
  assert.equal((await quick.ask(event('quick', 1))).success, true);
  assert.deepEqual(slow.inbox, []);
  release({});
  assert.equal((await slow.nextFrame()).ackId, 1);
  assert.equal((await slow.nextFrame()).type, 'pong');
});

test('disconnected comes after connected, however slow that is', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const { upstream, hub } = await start({
    answer: posts(({ headers }) => (headers['ce-eventname'] === 'connected' ? held : undefined)),
    events: 'user=;system=connected,disconnected',
  });
  const { socket } = await connect(hub);
  await upstream.log.until(upstream.posts('connected'));
  await socket.close();
  while (await hub.service('chat').groupExists('any')); // one more lap of the hub
  assert.equal(upstream.log.events.filter(upstream.posts('disconnected')).length, 0);
  release({});
  const [gone] = await upstream.log.until(upstream.posts('disconnected'));
  assert.deepEqual(JSON.parse(gone.body), { reason: '' });
});

test('§11.31, §12.47 recoveries tell nobody; the end is told once', async () => {
  const { upstream, hub } = await start({ events: 'user=;system=connect,connected,disconnected' });
  const reliable = { subprotocols: ['json.reliable.webpubsub.azure.v1'] };
  let { socket, connectionId, reconnectionToken } = await connect(hub, reliable);
  for (let i = 0; i < 10; ++i) {
    socket.ws.terminate();
    const query = `awps_connection_id=${connectionId}&awps_reconnection_token=${reconnectionToken}`;
    socket = await open(`ws://127.0.0.1:${hub.port}/client/hubs/chat?${query}`, reliable);
    assert.equal((await socket.nextFrame()).connectionId, connectionId);
  }
  await socket.ws.close(1000);
  await upstream.log.until(upstream.posts('disconnected'));
  assert.deepEqual(
    upstream.log.events.filter(isPost).map(({ headers }) => headers['ce-eventname']),
    ['connect', 'connected', 'disconnected'],
  );
});

test('a client that leaves while it is asked about was never there', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const { upstream, hub } = await start({
    answer: posts(({ headers }) => (headers['ce-userid'] === 'hasty' ? held : undefined)),
    events: 'user=;system=connect,connected,disconnected',
  });
  const hasty = new WebSocket(address(hub, { claims: { sub: 'hasty' } }), 'json.webpubsub.azure.v1');
  hasty.on('error', () => {}); // of the handshake that never ends
  await upstream.log.until(upstream.posts('connect'));
  hasty.terminate();
  const { socket } = await connect(hub); // the hub has seen the end of the first by now
  release({ status: 204 });
  await socket.close();
  await upstream.log.until(upstream.posts('disconnected'));
  assert.deepEqual(
    upstream.log.events.filter(isPost).map(({ headers }) => headers['ce-eventname']).sort(),
    ['connect', 'connect', 'connected', 'disconnected'],
  );
});
