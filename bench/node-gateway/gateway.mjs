// The gateway one writes by hand: MQTT.js on one side, the official Web PubSub client on the other.
//
//   node gateway.mjs single|batched BROKER_URL CLIENT_ACCESS_URL
//
// `single` sends each reading as it comes, which is what people write first. `batched` gathers
// them the way the gateway does: same sizes, same longest wait, same envelope.

import {WebPubSubClient, WebPubSubJsonProtocol} from '@azure/web-pubsub-client';
import mqtt from 'mqtt';

const MAX_SAMPLES = 100;
const MAX_BYTES = 64 * 1024;
const MAX_DELAY_MS = 50;

const [mode, brokerUrl, clientAccessUrl] = process.argv.slice(2);

const client = new WebPubSubClient(clientAccessUrl, {protocol: WebPubSubJsonProtocol()});
await client.start();

const send = (group, data) =>
  client.sendToGroup(group, data, 'json', {fireAndForget: true, noEcho: true})
    .catch((error) => console.error(`not sent to ${group}: ${error.message}`));

const batches = new Map();  // by group
let sequence = 0;

function flush(group, batch) {
  clearTimeout(batch.timer);
  batches.delete(group);
  sequence += 1;
  send(group, {
    v: 1, gateway: 'edge-01', rule: 'telemetry', seq: sequence, late: false, samples: batch.samples,
  });
}

function addToBatch(group, sample, bytes) {
  let batch = batches.get(group);
  if (!batch) {
    batch = {samples: [], bytes: 0};
    batch.timer = setTimeout(() => flush(group, batch), MAX_DELAY_MS);
    batches.set(group, batch);
  }
  batch.samples.push(sample);
  batch.bytes += bytes;
  if (batch.samples.length >= MAX_SAMPLES || batch.bytes >= MAX_BYTES) flush(group, batch);
}

const broker = mqtt.connect(brokerUrl, {protocolVersion: 5});
broker.on('message', (topic, payload) => {
  let data;
  try {
    data = JSON.parse(payload.toString());
  } catch {
    console.error(`no JSON on ${topic}`);
    return;
  }
  const [, site, device] = topic.split('/');
  const group = `site-${site}`;
  if (mode === 'single') {
    send(group, data);
  } else {
    addToBatch(group, {topic, time: Date.now(), site, device, data}, payload.length);
  }
});
await broker.subscribeAsync('sensors/+/+/telemetry', {qos: 0});

process.on('SIGTERM', async () => {
  await broker.endAsync();
  for (const [group, batch] of batches) flush(group, batch);
  client.stop();
  process.exit(0);
});
