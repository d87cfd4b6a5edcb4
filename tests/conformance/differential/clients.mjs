// Our client and the official one, doing the same on the same words.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import {
  WebPubSubClient,
  WebPubSubJsonProtocol,
  WebPubSubJsonReliableProtocol,
} from '@azure/web-pubsub-client';

const program = process.env.DIFFERENTIAL_CLIENT;
if (!program) throw new Error('DIFFERENTIAL_CLIENT must name the differential_client program');

const base64 = (bytes) => Buffer.from(bytes).toString('base64');

/** What a client was told, and a way to wait for more of it. */
class Told {
  all = [];
  waiting = [];
  add(line) {
    this.all.push(line);
    for (const check of this.waiting.splice(0)) check();
  }
  of(kind) {
    return this.all.filter((line) => line.told === kind);
  }
  until(kind, count) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited in vain for ${kind} number ${count}`)),
        20_000,
      );
      const check = () => {
        if (this.of(kind).length < count) return this.waiting.push(check);
        clearTimeout(timer);
        resolve();
      };
      check();
    });
  }
}

export function ourClient() {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const told = new Told();
  const pending = new Map();
  let next = 1;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text);
    if (line.told) return told.add(line);
    const { id, ...outcome } = line;
    pending.get(id)?.(outcome);
    pending.delete(id);
  });
  return {
    told,
    act(action) {
      const id = next++;
      const answer = new Promise((resolve) => pending.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ id, ...action })}\n`);
      return answer;
    },
    async close() {
      child.stdin.end();
      return ended;
    },
  };
}

const protocols = {
  'json.webpubsub.azure.v1': WebPubSubJsonProtocol,
  'json.reliable.webpubsub.azure.v1': WebPubSubJsonReliableProtocol,
};
const payload = ({ type, data }) => {
  if (type === 'json') return JSON.parse(data);
  return type === 'binary' ? new TextEncoder().encode(data).buffer : data;
};
const described = ({ dataType, data }) => ({
  type: dataType,
  data: dataType === 'binary' ? base64(data) : data,
});

export function officialClient() {
  const told = new Told();
  let client;
  let stream;
  const actions = {
    start({ url, subprotocol }) {
      client = new WebPubSubClient(url, {
        protocol: protocols[subprotocol](),
        keepAliveIntervalInMs: 0,
        keepAliveTimeoutInMs: 0,
      });
      client.on('connected', ({ userId }) => told.add({ told: 'connected', user: userId ?? '' }));
      client.on('disconnected', () => told.add({ told: 'disconnected' }));
      client.on('stopped', () => told.add({ told: 'stopped' }));
      client.on('rejoin-group-failed', ({ group }) => told.add({ told: 'rejoin-failed', group }));
      client.on('group-message', ({ message }) =>
        told.add({
          told: 'group',
          group: message.group,
          from: message.fromUserId ?? '',
          ...described(message),
        }),
      );
      client.on('server-message', ({ message }) =>
        told.add({ told: 'server', ...described(message) }),
      );
      return client.start();
    },
    stop: () => client.stop(),
    join: ({ group }) => client.joinGroup(group),
    leave: ({ group }) => client.leaveGroup(group),
    send: (a) =>
      client.sendToGroup(a.group, payload(a), a.type, {
        noEcho: a.noEcho ?? false,
        fireAndForget: !a.ack,
      }),
    event: (a) => client.sendEvent(a.event, payload(a), a.type, { fireAndForget: !a.ack }),
    async invoke(a) {
      return described(await client.invokeEvent(a.event, payload(a), a.type));
    },
    async open({ group, noEcho }) {
      stream = await client.openGroupStream(group, { noEcho });
      stream.onError(() => told.add({ told: 'stream', ok: false }));
    },
    write: (a) => stream.write(payload(a), a.type),
    end({ failed, message, code }) {
      return failed ? stream.abort({ message, userErrorCode: code }) : stream.end();
    },
  };
  return {
    told,
    async act(action) {
      try {
        const reply = await actions[action.do](action);
        return { ok: true, ...(action.do === 'invoke' ? reply : {}) };
      } catch {
        return { ok: false };
      }
    },
    async close() {
      client?.stop();
    },
  };
}
