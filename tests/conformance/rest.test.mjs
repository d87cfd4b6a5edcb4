// The REST API without an SDK: status codes, audiences, versions, bodies.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';

import { sign, startHub } from './support/hub.mjs';
import { open } from './support/socket.mjs';

let hub;
before(async () => (hub = await startHub()));
after(() => hub.close());

/** A request exactly as given: fetch() would tidy the URL up. */
function call(method, path, { query = 'api-version=2024-12-01', aud, token, headers = {}, body } = {}) {
  const bearer = token ?? sign(hub, { aud: aud ?? `${hub.endpoint}${path}` });
  const url = query ? `${path}?${query}` : path;
  const options = { host: '127.0.0.1', port: hub.port, method, path: url, agent: false };
  options.headers = { ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}), ...headers };
  if (body !== undefined) options.headers['Content-Length'] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
const status = async (...args) => (await call(...args)).status;
const text = { headers: { 'Content-Type': 'text/plain' }, body: 'x' };

const connect = async (claims = {}) => {
  const socket = await open(
    `ws://127.0.0.1:${hub.port}/client/hubs/chat?access_token=${sign(hub, claims)}`);
  socket.id = (await socket.nextFrame()).connectionId;
  return socket;
};

test('health needs no token', async () => {
  assert.equal(await status('HEAD', '/api/health', { token: '' }), 200);
  assert.equal(await status('GET', '/api/health', { token: '', query: '' }), 200);
});

test('success codes with nobody there', async () => {
  const expected = {
    'POST :send': 202,
    'POST groups/g/:send': 202,
    'POST users/u/:send': 202,
    'POST connections/c/:send': 202,
    'HEAD connections/c': 404,
    'HEAD groups/g': 404,
    'HEAD users/u': 404,
    'DELETE connections/c': 204,
    'POST :closeConnections': 204,
    'POST groups/g/:closeConnections': 204,
    'POST users/u/:closeConnections': 204,
    'GET groups/g/connections': 200,
    'PUT groups/g/connections/c': 404,
    'DELETE groups/g/connections/c': 204,
    'DELETE connections/c/groups': 204,
    'PUT users/u/groups/g': 404,
    'DELETE users/u/groups/g': 204,
    'DELETE users/u/groups': 204,
    'POST :generateToken': 200,
  };
  for (const [operation, code] of Object.entries(expected)) {
    const [method, path] = operation.split(' ');
    const options = method === 'POST' ? text : {};
    assert.equal(await status(method, `/api/hubs/empty/${path}`, options), code, operation);
  }
  const perm = '/api/hubs/empty/permissions/sendToGroup/connections/c';
  const query = 'targetName=g&api-version=2024-12-01';
  assert.equal(await status('PUT', perm, { query }), 404);
  assert.equal(await status('DELETE', perm, { query }), 204);
  assert.equal(await status('HEAD', perm, { query }), 404);
});

test('success codes with somebody there', async () => {
  const socket = await connect({ sub: 'u' });
  const c = socket.id;
  const expected = {
    'PUT groups/g/connections/ID': 200,
    'HEAD groups/g': 200,
    'HEAD users/u': 200,
    'HEAD connections/ID': 200,
    'POST groups/g/:send': 202,
    'POST users/u/:send': 202,
    'POST connections/ID/:send': 202,
    'DELETE groups/g/connections/ID': 204,
    'PUT users/u/groups/g': 200,
    'DELETE users/u/groups/g': 204,
    'DELETE connections/ID/groups': 204,
    'DELETE connections/ID': 204,
  };
  for (const [operation, code] of Object.entries(expected)) {
    const [method, path] = operation.replace('ID', c).split(' ');
    assert.equal(await status(method, `/api/hubs/chat/${path}`, method === 'POST' ? text : {}), code, operation);
  }
  assert.equal(await status('HEAD', `/api/hubs/chat/connections/${c}`), 404);
});

test('every operation under every stable api-version', async () => {
  const socket = await connect({ sub: 'u' });
  const operations = {
    ':generateToken': ['POST', 200],
    ':send': ['POST', 202],
    'groups/v/:send': ['POST', 202],
    'users/u/:send': ['POST', 202],
    [`connections/${socket.id}/:send`]: ['POST', 202],
    [`connections/${socket.id}`]: ['HEAD', 200],
    'users/u': ['HEAD', 200],
    'groups/nobody': ['HEAD', 404],
    'groups/v/connections': ['GET', 200],
    [`groups/v/connections/${socket.id}`]: ['PUT', 200],
    [`connections/${socket.id}/groups`]: ['DELETE', 204],
    'users/u/groups/v': ['PUT', 200],
    'users/u/groups': ['DELETE', 204],
    'groups/v/:closeConnections': ['POST', 204],
    'users/nobody/:closeConnections': ['POST', 204],
  };
  const json = (body) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  for (const version of ['2021-10-01', '2022-11-01', '2023-07-01', '2024-01-01', '2024-12-01']) {
    const query = `api-version=${version}`;
    for (const [path, [method, code]] of Object.entries(operations)) {
      const options = { query, ...(method === 'POST' ? text : {}) };
      assert.equal(await status(method, `/api/hubs/chat/${path}`, options), code, `${version} ${path}`);
    }
    for (const change of [':addToGroups', ':removeFromGroups']) {
      const options = { query, ...json({ groups: ['v'], filter: "userId eq 'u'" }) };
      assert.equal(await status('POST', `/api/hubs/chat/${change}`, options), 200, `${version} ${change}`);
    }
    for (const permission of ['sendToGroup', 'joinLeaveGroup']) {
      const path = `/api/hubs/chat/permissions/${permission}/connections/${socket.id}`;
      const named = { query: `${query}&targetName=g` };
      assert.equal(await status('PUT', path, named), 200, version);
      assert.equal(await status('HEAD', path, named), 200, version);
      assert.equal(await status('DELETE', path, named), 204, version);
      assert.equal(await status('HEAD', path, named), 404, version);
    }
  }
});

test('the audience: with, without and with a stale query, a slash, a child; not a suffix', async () => {
  const path = '/api/hubs/chat/groups/g/:send';
  const base = `${hub.endpoint}${path}`;
  const send = (aud) => status('POST', path, { ...text, aud });
  for (const good of [base, `${base}?api-version=2024-12-01`, `${base}?stale=1`, `${base}/`,
    `${base}/child`, base.replace('http:', 'https:'), base.replace('http:', 'wss:'),
    base.toUpperCase().replace('HTTP', 'http')]) {
    assert.equal(await send(good), 202, good);
  }
  for (const bad of [`${base}Suffix`, base.replace('/:send', ''), base.replace('http:', 'ftp:'),
    `${hub.endpoint}/api/hubs/other/groups/g/:send`, `http://elsewhere${path}`, '', 'x',
    `${hub.endpoint}/client/hubs/chat`]) {
    assert.equal(await send(bad), 401, bad);
  }
});

test('the audience of escaped names', async () => {
  const path = '/api/hubs/chat/groups/a%20%5Bb%5D%2Fc/:send';
  for (const aud of [`${hub.endpoint}${path}`, `${hub.endpoint}/api/hubs/chat/groups/a [b]%2Fc/:send`]) {
    assert.equal(await status('POST', path, { ...text, aud }), 202, aud);
  }
});

test('no token, a client token and an expired one are 401 with a code', async () => {
  const path = '/api/hubs/chat/:send';
  for (const token of ['', sign(hub), sign(hub, { aud: hub.endpoint + path, exp: 1 }), 'x.y.z']) {
    const response = await call('POST', path, { ...text, token });
    assert.equal(response.status, 401);
    assert.equal(response.headers['x-ms-error-code'], 'Unauthorized');
    assert.ok(JSON.parse(response.body).message.length > 0);
  }
});

test('api-version: missing is the newest, unknown or repeated is 400', async () => {
  const path = '/api/hubs/chat/:send';
  for (const query of ['', 'api-version=2021-10-01', 'api-version=2022-11-01',
    'api-version=2023-07-01', 'api-version=2024-01-01', 'API-Version=2024-12-01']) {
    assert.equal(await status('POST', path, { ...text, query }), 202, query);
  }
  for (const query of ['api-version=1999-01-01', 'api-version=',
    'api-version=2024-12-01&api-version=2024-12-01']) {
    const response = await call('POST', path, { ...text, query });
    assert.equal(response.status, 400, query);
    assert.match(response.headers['api-supported-versions'], /2024-12-01/);
  }
});

test('errors say code, message and target, and the code in a header', async () => {
  const response = await call('PUT', '/api/hubs/chat/groups/g/connections/missing');
  assert.equal(response.status, 404);
  assert.equal(response.headers['x-ms-error-code'], 'Error.Connection.NotExisted');
  const body = JSON.parse(response.body);
  assert.equal(body.code, 'Error.Connection.NotExisted');
  assert.equal(body.target, 'Connection');
  assert.ok(body.message);
});

test('content types: json, text with charset, binary, none; others are 415', async () => {
  const socket = await connect();
  const path = `/api/hubs/chat/connections/${socket.id}/:send`;
  const send = async (type, body) => {
    const response = await call('POST', path, { headers: type ? { 'Content-Type': type } : {}, body });
    return response.status;
  };
  assert.equal(await send('application/json', '{"a":1.50}'), 202);
  assert.match(await socket.next(), /"dataType":"json","data":\{"a":1\.50\}/);
  assert.equal(await send('application/json; charset=utf-8', '[]'), 202);
  assert.deepEqual((await socket.nextFrame()).data, []);
  assert.equal(await send('Text/Plain; charset="UTF-8"', 'ä'), 202);
  assert.equal((await socket.nextFrame()).data, 'ä');
  assert.equal(await send('text/plain;charset=iso-8859-1', Buffer.from([0xe4])), 202);
  assert.equal((await socket.nextFrame()).data, 'ä');
  assert.equal(await send('application/octet-stream', Buffer.from([0, 1])), 202);
  assert.equal((await socket.nextFrame()).data, 'AAE=');
  assert.equal(await send('', 'x'), 202);
  assert.equal((await socket.nextFrame()).dataType, 'binary');
  assert.equal(await send('application/xml', '<a/>'), 415);
  assert.equal(await send('text/plain; charset=utf-16', 'x'), 415);
  const invalid = await call('POST', path, { headers: { 'Content-Type': 'application/json' }, body: '{' });
  assert.equal(invalid.status, 400);
  assert.equal(JSON.parse(invalid.body).message, 'The request body is not a valid JSON.');
  assert.equal(await send('text/plain', Buffer.from([0xff])), 400);
  await socket.close();
});

test('an empty body is an empty message', async () => {
  const socket = await connect();
  const path = `/api/hubs/chat/connections/${socket.id}/:send`;
  assert.equal(await status('POST', path, { headers: { 'Content-Type': 'text/plain' }, body: '' }), 202);
  assert.equal((await socket.nextFrame()).data, '');
  await socket.close();
});

test('a body over 1 MiB is 413', async () => {
  const body = 'x'.repeat(1024 * 1024 + 1);
  assert.equal(await status('POST', '/api/hubs/chat/:send', { ...text, body }), 413);
});

test('messageTtlSeconds is from 0 to 300', async () => {
  const send = (ttl) =>
    status('POST', '/api/hubs/chat/:send', { ...text, query: `messageTtlSeconds=${ttl}` });
  for (const good of ['0', '300']) assert.equal(await send(good), 202, good);
  for (const bad of ['-1', '301', 'x', '1.5', '%20']) assert.equal(await send(bad), 400, bad);
});

test('excluded is repeated, never a list with commas', async () => {
  const a = await connect();
  const b = await connect();
  await call('POST', '/api/hubs/chat/:send', { ...text, query: `excluded=${a.id}&excluded=${b.id}` });
  await call('POST', '/api/hubs/chat/:send', { ...text, body: 'y', query: `excluded=${a.id},${b.id}` });
  assert.equal((await a.nextFrame()).data, 'y');
  assert.equal((await b.nextFrame()).data, 'y');
  await a.close();
  await b.close();
});

test('%2F stays inside a name', async () => {
  const socket = await connect({ 'webpubsub.group': ['a%2Fb', 'a/b'] });
  assert.equal(await status('POST', '/api/hubs/chat/groups/a%2Fb/:send', text), 202);
  assert.equal((await socket.nextFrame()).group, 'a%2Fb');
  await socket.close();
});

test('invalid hub and group names are 400', async () => {
  assert.equal(await status('POST', '/api/hubs/1chat/:send', text), 400);
  assert.equal(await status('POST', '/api/hubs/chat/groups/%20/:send', text), 400);
  assert.equal(await status('HEAD', `/api/hubs/chat/groups/${'g'.repeat(1025)}`), 400);
});

test('targetName is needed, and taken literally', async () => {
  const socket = await connect();
  const path = `/api/hubs/chat/permissions/SendToGroup/connections/${socket.id}`;
  assert.equal(await status('PUT', path), 400);
  assert.equal(await status('PUT', path, { query: 'targetName=%20' }), 400);
  assert.equal(await status('PUT', path, { query: 'targetName=room.*' }), 200);
  assert.equal(await status('HEAD', path, { query: 'targetName=room.*' }), 200);
  assert.equal(await status('HEAD', path, { query: 'targetName=room.x' }), 404);
  const unknown = `/api/hubs/chat/permissions/dance/connections/${socket.id}`;
  assert.equal(await status('PUT', unknown, { query: 'targetName=g' }), 400);
  await socket.close();
});

test('a thousand permissions are granted, the next is 409', async () => {
  const socket = await connect();
  const path = `/api/hubs/chat/permissions/sendToGroup/connections/${socket.id}`;
  for (let i = 0; i < 1000; ++i) {
    assert.equal(await status('PUT', path, { query: `targetName=g${i}` }), 200);
  }
  const full = await call('PUT', path, { query: 'targetName=more' });
  assert.equal(full.status, 409);
  assert.equal(full.headers['x-ms-error-code'], 'Error.Connection.Conflict');
  await socket.close();
});

test(':generateToken makes a token that connects', async () => {
  const response = await call('POST', '/api/hubs/chat/:generateToken', {
    query: 'userId=ann&role=webpubsub.sendToGroup&role=webpubsub.joinLeaveGroup&group=g1&group=g2'
      + '&minutesToExpire=5&clientType=default',
  });
  assert.equal(response.status, 200);
  const { token } = JSON.parse(response.body);
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  assert.equal(claims.exp - claims.iat, 300);
  const socket = await open(`ws://127.0.0.1:${hub.port}/client/hubs/chat?access_token=${token}`);
  assert.equal((await socket.nextFrame()).userId, 'ann');
  socket.send({ type: 'sendToGroup', group: 'g2', dataType: 'text', data: 'x' });
  assert.equal((await socket.nextFrame()).group, 'g2');
  await socket.close();
  for (const query of ['minutesToExpire=0', 'minutesToExpire=x', 'clientType=MQTT', 'clientType=x']) {
    assert.equal(await status('POST', '/api/hubs/chat/:generateToken', { query }), 400, query);
  }
});

test('unknown paths are 404, known ones with another method 405', async () => {
  assert.equal(await status('POST', '/api/hubs/chat/:dance'), 404);
  assert.equal(await status('GET', '/api/'), 404);
  assert.equal(await status('GET', '/api/hubs'), 404);
  assert.equal(await status('GET', '/api/hubs/chat'), 404);
  assert.equal(await status('GET', '/api/hubs/chat/:send'), 405);
  assert.equal(await status('PUT', '/api/hubs/chat/groups/g'), 405);
});

test('listing: nextLink is absolute and is good for the next request', async () => {
  const sockets = [];
  for (let i = 0; i < 3; ++i) sockets.push(await connect({ 'webpubsub.group': 'list' }));
  const first = await call('GET', '/api/hubs/chat/groups/list/connections', {
    query: 'maxpagesize=2&api-version=2024-12-01',
  });
  const page = JSON.parse(first.body);
  assert.equal(page.value.length, 2);
  assert.ok(page.nextLink.startsWith(hub.endpoint), page.nextLink);
  const next = new URL(page.nextLink);
  const second = await call('GET', next.pathname, { query: next.search.slice(1) });
  const last = JSON.parse(second.body);
  assert.equal(last.value.length, 1);
  assert.equal(last.nextLink ?? null, null);
  for (const query of ['maxpagesize=0', 'maxpagesize=201', 'top=0', 'top=x']) {
    assert.equal(await status('GET', '/api/hubs/chat/groups/list/connections', { query }), 400, query);
  }
  for (const socket of sockets) await socket.close();
});
