// The ways to the service that ask somebody else first: a negotiate endpoint, and Microsoft Entra ID.

import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {backend, Dashboard, Device} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {HubServer} from './lib/hub.mjs';
import {directory} from './lib/processes.mjs';
import {until} from './lib/wait.mjs';

const rules = [{name: 'climate', topic: 'sensors/{site}/{device}', group: 'site-{site}', send: 'acknowledged'}];

let broker;
let hub;

/** Answers each request with what `answer(request, body)` gives, and keeps them. */
async function serve(answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    requests.push({method: request.method, url: request.url, headers: request.headers, body});
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(await answer(request, body)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    stop: () => {
      server.close();
      server.closeAllConnections?.();
    },
  };
}

function secretFile(name, text) {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

/** What a device says arrives, also after the link was cut by a hub that came back. */
async function carries(gateway) {
  const dashboard = await Dashboard.join(hub.connectionString, ['site-berlin']);
  const device = await Device.connect(broker);
  try {
    await device.publish('sensors/berlin/d1', '{"t":21.5}');
    await dashboard.receives((d) => d.samples().length === 1, 'the reading');
    assert.deepEqual(dashboard.samples()[0].data, {t: 21.5});
  } finally {
    await device.stop();
    dashboard.stop();
  }
  await gateway.booksAreRight();
}

before(async () => {
  broker = await Broker.start();
  hub = await HubServer.start();
});
after(async () => {
  await hub?.stop();
  await broker?.stop();
});

test('a negotiate endpoint is asked for each connection', async () => {
  const endpoint = await serve(async () => {
    const {url} = await backend(hub.connectionString).getClientAccessToken({
      userId: 'edge-01', roles: ['webpubsub.sendToGroup', 'webpubsub.joinLeaveGroup'],
    });
    return {url};
  });
  const gateway = await Gateway.start({
    broker, rules,
    webpubsub: {
      negotiate: {
        url: `${endpoint.url}/negotiate?site=berlin`,
        method: 'POST',
        headers: {'X-Site': 'berlin'},
        authorization_file: secretFile('negotiate-authorization', 'Bearer device-token\n'),
        body: '{"device":"edge-01"}',
      },
      subprotocol: 'protobuf.reliable',
    },
  });
  try {
    await carries(gateway);
    const [{method, url, headers, body}] = endpoint.requests;
    assert.deepEqual([method, url, body], ['POST', '/negotiate?site=berlin', '{"device":"edge-01"}']);
    assert.equal(headers['x-site'], 'berlin');
    assert.equal(headers.authorization, 'Bearer device-token');
    assert.equal(endpoint.requests.length, 1);

    await hub.stop();
    await hub.restart();
    await until(() => endpoint.requests.length === 2, 'the endpoint is asked again');
    await gateway.untilConnected();
    await carries(gateway);
    assert.ok(!gateway.program.output.includes('device-token'), gateway.program.output);
  } finally {
    await gateway.program.stop();
    endpoint.stop();
  }
});

test('an application of Microsoft Entra ID gets its client URLs from the service', async () => {
  const [, endpoint, key] = /Endpoint=([^;]+);AccessKey=([^;]+);/.exec(hub.connectionString);
  // The hub knows no directory: a token signed with its key stands for one that it would trust.
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const directoryService = await serve(() => {
    const now = Math.floor(Date.now() / 1000);
    const aud = `${endpoint}/api/hubs/telemetry/:generateToken`;
    const head = `${part({alg: 'HS256', typ: 'JWT'})}.${part({aud, iat: now, exp: now + 3600})}`;
    const token = `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`;
    return {token_type: 'Bearer', expires_in: 3600, access_token: token};
  });
  const gateway = await Gateway.start({
    broker, rules,
    webpubsub: {
      entra: {
        endpoint, authority: directoryService.url, tenant_id: 'tenant', client_id: 'application',
        client_secret_file: secretFile('client-secret', 's3cret\n'),
      },
    },
  });
  try {
    await carries(gateway);
    const [{method, url, body}] = directoryService.requests;
    assert.deepEqual([method, url], ['POST', '/tenant/oauth2/v2.0/token']);
    const form = new URLSearchParams(body);
    assert.equal(form.get('client_id'), 'application');
    assert.equal(form.get('client_secret'), 's3cret');
    assert.equal(form.get('scope'), 'https://webpubsub.azure.com/.default');

    await hub.stop();
    await until(async () => !(await gateway.metrics()).linkUp('cloud'), 'the link is down');
    await hub.restart();
    await gateway.untilConnected();
    await carries(gateway);
    assert.equal(directoryService.requests.length, 1, 'the token is kept');
    assert.ok(!gateway.program.output.includes('s3cret'), gateway.program.output);
  } finally {
    await gateway.program.stop();
    directoryService.stop();
  }
});
