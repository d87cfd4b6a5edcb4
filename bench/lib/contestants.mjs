// The gateways under test, each told the same broker and the same service.

import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {ACCESS_KEY} from './access.mjs';
import {directory, freePort} from './processes.mjs';

const nodeGateway = fileURLToPath(new URL('../node-gateway/gateway.mjs', import.meta.url));

export async function contestants({gateway, bare, brokerPort, servicePort}) {
  const config = join(directory, 'gateway.yaml');
  writeFileSync(config, `gateway: {id: edge-01}
mqtt:
  broker: mqtt://127.0.0.1:${brokerPort}
webpubsub:
  hub: telemetry
  connection_string: Endpoint=http://127.0.0.1:${servicePort};AccessKey=${ACCESS_KEY};Version=1.0;
rules:
  - name: telemetry
    topic: sensors/{site}/{device}/telemetry
    qos: 0
    group: site-{site}
    payload: json
    batch: {max_samples: 100, max_bytes: 64KiB, max_delay: 50ms}
status: {listen: 127.0.0.1:${await freePort()}}
`);
  const broker = `mqtt://127.0.0.1:${brokerPort}`;
  const service = `ws://127.0.0.1:${servicePort}/client/hubs/telemetry?access_token=none`;
  const node = (mode) => ({command: process.execPath, args: [nodeGateway, mode, broker, service]});
  const all = [
    {name: 'gateway', command: gateway, args: ['run', '--config', config]},
    {name: 'node-batched', ...node('batched')},
    {name: 'node-single', ...node('single')},
    {name: 'bare', command: bare, args: [String(brokerPort), String(servicePort)]},
  ];
  return all.filter(({command}) => command);
}
