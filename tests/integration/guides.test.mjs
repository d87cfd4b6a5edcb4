// What the guides tell people to do, done as it is written there.

import assert from 'node:assert/strict';
import {readFileSync, unlinkSync, writeFileSync} from 'node:fs';
import {after, before, test} from 'node:test';

import {Broker} from './lib/broker.mjs';
import {Device, backend} from './lib/clients.mjs';
import {Gateway} from './lib/gateway.mjs';
import {Program} from './lib/processes.mjs';

// Beside node_modules, where its import is found.
const program = new URL('./dashboard-of-the-guide.mjs', import.meta.url).pathname;

let broker;
let gateway;
let device;
let dashboard;

before(async () => {
  const guide = readFileSync(new URL('../../docs/guides/dashboard.md', import.meta.url), 'utf8');
  const [, code] = /```js\n(.*?)```/s.exec(guide);
  writeFileSync(program, `globalThis.crypto ??= (await import('node:crypto')).webcrypto;\n${code}`);
  broker = await Broker.start();
  gateway = await Gateway.start({
    broker,
    webpubsub: undefined,
    rules: [{name: 'climate', topic: 'sensors/{site}/{device}', group: 'site-{site}'}],
  });
  device = await Device.connect(broker);
  const {url} = await backend(gateway.connectionString)
    .getClientAccessToken({userId: 'ada', roles: ['webpubsub.joinLeaveGroup.site-berlin']});
  process.env.CLIENT_URL = url;
  process.env.GROUP = 'site-berlin';
  dashboard = new Program(process.execPath, [program]);
});

after(async () => {
  await dashboard?.stop('SIGKILL');
  await device?.stop();
  await gateway?.program.stop();
  await broker?.stop();
  unlinkSync(program);
});

test('the dashboard of the guide shows readings', {timeout: 60_000}, async () => {
  let published = 0;
  const publishing = setInterval(() => device.publish('sensors/berlin/d1', `{"t":${++published}}`), 100);
  try {
    const [, time, reading] = await dashboard.says(/^(\S+) sensors\/berlin\/d1 (\{"t":\d+\}) $/m);
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
    assert.ok(JSON.parse(reading).t <= published);
  } finally {
    clearInterval(publishing);
  }
  assert.doesNotMatch(dashboard.output, /missing/);
});
