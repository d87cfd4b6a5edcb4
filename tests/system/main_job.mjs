// The gateway's main job, from outside: readings of devices at the broker arrive in a group of the
// hub, a command of a backend arrives at a device. For whatever runs with the packaged configuration:
//   node main_job.mjs [--hub http://127.0.0.1:8080] [--broker mqtt://127.0.0.1:1883] [--readings 20]

import {parseArgs} from 'node:util';

import {backend, Dashboard, Device} from '../integration/lib/clients.mjs';
import {until} from '../integration/lib/wait.mjs';

const {values} = parseArgs({options: {
  hub: {type: 'string', default: 'http://127.0.0.1:8080'},
  broker: {type: 'string', default: 'mqtt://127.0.0.1:1883'},
  username: {type: 'string'},
  password: {type: 'string'},
  readings: {type: 'string', default: '20'},
  user: {type: 'string'},
}});
const readings = Number(values.readings);
const options = {timeout: 60_000};
const key = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH';  // of local hubs, known to everybody
const connectionString = `Endpoint=${values.hub};AccessKey=${key};Version=1.0;`;

const dashboard = await until(() => Dashboard.join(connectionString, ['site-berlin']), 'the hub answers', options);
const device = await until(() => Device.connect({url: values.broker},
  {username: values.username, password: values.password}), 'the broker answers', options);
// What is sent before the gateway has subscribed is nobody's.
await until(async () => {
  await device.publish('sensors/berlin/first/telemetry', '{"temperature":1}');
  return dashboard.samples('site-berlin').length > 0;
}, 'the gateway forwards', {...options, interval: 200});

for (let i = 0; i < readings; ++i) {
  await device.publish('sensors/berlin/d1/telemetry', JSON.stringify({sequence: i}));
}
const sequence = () => dashboard.samples('site-berlin')
  .filter((sample) => sample.device === 'd1').map((sample) => sample.data.sequence);
await until(() => sequence().length >= readings, 'all readings have come', options);
if (sequence().some((value, index) => value !== index)) throw new Error(`order: ${sequence()}`);

if (values.user) {
  await device.subscribe('devices/d1/commands/+');
  await backend(connectionString)
    .sendToUser(values.user, {type: 'command', device: 'd1', name: 'identify', args: {blink: true}});
  const [command] = await until(() => device.received.length > 0 && device.received, 'the command has come', options);
  if (command.topic !== 'devices/d1/commands/identify') throw new Error(`topic: ${command.topic}`);
}
dashboard.stop();
await device.stop();
console.log(`${readings} readings${values.user ? ' and a command' : ''}`);
process.exit(0);
