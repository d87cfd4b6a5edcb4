// Who talks to the gateway: devices by MQTT.js, dashboards and backends by the official SDKs.

import {createHmac, webcrypto} from 'node:crypto';

import {WebPubSubServiceClient} from '@azure/web-pubsub';
import {WebPubSubClient, WebPubSubJsonProtocol} from '@azure/web-pubsub-client';
import mqtt from 'mqtt';
import {WebSocketServer} from 'ws';

import {until} from './wait.mjs';

globalThis.crypto ??= webcrypto;  // Node 18 has none there, and the service SDK asks for it

export {WebSocketServer};
export const HUB = 'telemetry';

/** The official service SDK. It refuses plain http unless told otherwise. */
export function backend(connectionString) {
  return new WebPubSubServiceClient(connectionString, HUB, {allowInsecureConnection: true});
}

/** REST by hand, for JSON that has to arrive as it is written: the SDK takes values, not texts. */
export async function sendToUser(connectionString, user, json) {
  const [, endpoint, key] = /Endpoint=([^;]+);AccessKey=([^;]+);/.exec(connectionString);
  const url = `${endpoint}/api/hubs/${HUB}/users/${user}/:send`;
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const head = `${part({alg: 'HS256', typ: 'JWT'})}.${part({aud: url, iat: now, exp: now + 60})}`;
  const token = `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`;
  const answer = await fetch(`${url}?api-version=2024-12-01`, {
    method: 'POST',
    headers: {'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json'},
    body: json,
  });
  if (answer.status !== 202) throw new Error(`${url} answered ${answer.status}`);
}

/**
 * The official client as a dashboard that has joined `groups`. `messages` holds all it received,
 * each with `raw`, the frame's own text: JSON.parse loses digits of large numbers.
 */
export class Dashboard {
  static async join(connectionString, groups, options = {}) {
    const dashboard = new Dashboard();
    dashboard.messages = [];
    const credential = {
      getClientAccessUrl: async () => {
        const token = await backend(connectionString)
          .getClientAccessToken({userId: 'dashboard', roles: ['webpubsub.joinLeaveGroup']});
        return token.url;
      },
    };
    dashboard.client = new WebPubSubClient(credential, {
      protocol: keepingRawText(),
      keepAliveIntervalInMs: 0,  // its timers outlive stop() and would keep the test process waiting
      keepAliveTimeoutInMs: 0,
      ...options,
    });
    dashboard.client.on('group-message', ({message}) => dashboard.messages.push(message));
    await dashboard.client.start();
    for (const group of groups) await dashboard.client.joinGroup(group);
    return dashboard;
  }

  /** Everything that came to `group`. */
  of(group) {
    return this.messages.filter((message) => message.group === group);
  }

  /** The samples of all batches that came to `group`, or to any. */
  samples(group) {
    return this.messages
      .filter((message) => message.data?.samples && (!group || message.group === group))
      .flatMap((message) => message.data.samples);
  }

  async receives(probe, what, options) {
    return until(() => probe(this), what, options);
  }

  stop() {
    this.client.stop();
  }
}

function keepingRawText() {
  const protocol = WebPubSubJsonProtocol();
  const parse = protocol.parseMessages.bind(protocol);
  protocol.parseMessages = (text) => {
    const message = parse(text);
    if (message && !Array.isArray(message)) message.raw = text;
    return message;
  };
  return protocol;
}

/** A device, connected. `received` holds what came to its subscriptions. */
export class Device {
  static async connect(broker, options = {}) {
    const device = new Device();
    device.received = [];
    device.client = await mqtt.connectAsync(broker.url, {protocolVersion: 5, ...options});
    device.client.on('error', () => {});  // a test that stops the broker looks at other things
    device.client.on('message', (topic, payload, packet) => {
      device.received.push({topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain});
    });
    return device;
  }

  /** Resolves when the broker has taken the message (QoS 0: when it was sent). */
  publish(topic, payload, options = {qos: 1}) {
    return this.client.publishAsync(topic, payload, options);
  }

  subscribe(filter) {
    return this.client.subscribeAsync(filter, {qos: 1});
  }

  async receives(topic, options) {
    return until(() => this.received.find((message) => message.topic === topic),
      `a message on ${topic}; there were ${JSON.stringify(this.received)}`, options);
  }

  stop() {
    return this.client.endAsync(true);
  }
}
