// Web servers that handle a hub's events: one on the official middleware, one on our SDK, and one
// that only keeps what it is sent.

import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { WebPubSubEventHandler } from '@azure/web-pubsub-express';
import express from 'express';

/** What was seen, and a way to wait for more of it. */
class Log {
  events = [];
  #waiting = [];
  add(event) {
    this.events.push(event);
    for (const check of this.#waiting.splice(0)) check();
  }
  /** Resolves to the events that `wanted` holds for, once there are `count` of them. */
  until(wanted, count = 1) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited in vain; there were ${JSON.stringify(this.events)}`)),
        10_000,
      );
      const check = () => {
        const found = this.events.filter(wanted);
        if (found.length < count) return this.#waiting.push(check);
        clearTimeout(timer);
        resolve(found);
      };
      check();
    });
  }
}

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
const close = (server) =>
  new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });

function answerConnect(request, response) {
  const as = request.queries?.as?.[0] ?? '';
  if (as === 'reject') return response.fail(401, 'secret text');
  if (as === 'full') {
    response.setState('count', 40);
    return response.success({
      userId: 'bob',
      groups: ['lobby'],
      roles: ['webpubsub.sendToGroup.lobby'],
    });
  }
  if (as === 'nobody') return response.success({ userId: '', roles: [] });
  if (as === 'custom') return response.success({ subprotocol: 'custom.v1' });
  if (as === 'foreign') return response.success({ subprotocol: 'not.offered' });
  response.success();
}

function answerUserEvent(request, response) {
  const { eventName, states } = request.context;
  if (eventName === 'fail') return response.fail(500, 'secret text');
  if (eventName === 'deny') return response.fail(400, 'secret text');
  if (eventName === 'silent') return response.success();
  if (eventName === 'count') {
    const count = (states.count ?? 0) + 1;
    response.setState('count', count);
    return response.success(String(count), 'text');
  }
  const data = request.dataType === 'json' ? JSON.stringify(request.data) : request.data;
  response.success(data, request.dataType);
}

/** `@azure/web-pubsub-express`, which never looks at a signature. */
export async function startExpress() {
  const log = new Log();
  const keep = (request, detail = '') => {
    const { eventName: event, hub, connectionId, userId = '', states } = request.context;
    log.add({ event, hub, connectionId, userId, detail, states });
  };
  const handler = new WebPubSubEventHandler('chat', {
    allowedEndpoints: ['http://127.0.0.1:8080', 'https://name.webpubsub.azure.com'],
    handleConnect(request, response) {
      keep(request, `${request.claims.sub?.[0] ?? ''}|${request.queries?.as?.[0] ?? ''}`);
      answerConnect(request, response);
    },
    handleUserEvent(request, response) {
      keep(request);
      answerUserEvent(request, response);
    },
    onConnected: (request) => keep(request),
    onDisconnected: (request) => keep(request, request.reason),
  });
  const app = express();
  app.use(handler.getMiddleware());
  const server = createServer(app);
  const port = await listen(server);
  return { port, log, close: () => close(server) };
}

/** Our SDK's endpoint, which demands a signature made with one of `keys`. */
export async function startOurs(...keys) {
  const child = spawn(process.env.EVENT_SERVER, ['0', ...keys], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const log = new Log();
  const port = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('event_server did not start')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      if (event.port) resolve(event.port);
      else log.add(event);
    });
  });
  return {
    port,
    log,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Keeps every request, and answers as `answer(request)` says: {status, headers, body}, or a
 * promise of it. OPTIONS is granted unless `answer` has an answer of its own.
 */
export async function startRecorder(answer = () => undefined) {
  const log = new Log();
  const server = createServer(async (incoming, response) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, url, headers, rawHeaders } = incoming;
    const request = { method, url, headers, rawHeaders, body: Buffer.concat(chunks) };
    const decided = answer(request); // before it counts as seen
    log.add(request);
    const granted = method === 'OPTIONS' ? { headers: { 'WebHook-Allowed-Origin': '*' } } : {};
    const { status = 200, headers: sent = {}, body = '' } = (await decided) ?? granted;
    response.writeHead(status, sent);
    response.end(body);
  });
  const port = await listen(server);
  return {
    port,
    log,
    posts: (event) => (request) =>
      request.method === 'POST' && (!event || request.headers['ce-eventname'] === event),
    close: () => close(server),
  };
}
