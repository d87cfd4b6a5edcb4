// A fresh installation runs at once: the service, the main job, the journal, the account.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {until} from '../integration/lib/wait.mjs';
import {Machine, UNIT} from './lib/machine.mjs';

let machine;
before(async () => { machine = await Machine.boot(); });
after(() => machine?.stop());

test('the installation starts the service, and it says READY', async () => {
  await machine.install();
  assert.equal(await machine.show('ActiveState'), 'active');
  assert.equal(await machine.show('SubState'), 'running');
  assert.equal(await machine.show('NRestarts'), '0');
  assert.equal(await machine.show('UnitFileState'), 'enabled');
  assert.notEqual(await machine.show('StatusText'), '');
});

test('READY means that the listeners listen', async () => {
  assert.equal((await machine.get('http://127.0.0.1:9464/livez')).status, 200);
  assert.match((await machine.get('http://127.0.0.1:9464/metrics')).body, /wpsgw_build_info/);
  assert.equal((await machine.get('http://127.0.0.1:8080/')).status, 200);
});

test('devices reach a dashboard, and a backend reaches a device', async () => {
  const host = (await machine.run('hostname')).trim();
  assert.match(await machine.mainJob('--user', host), /20 readings and a command/);
});

test('it runs as its own account, with a state folder that is closed to others', async () => {
  assert.equal(await machine.show('User'), 'webpubsub-gateway');
  assert.match(await machine.run('getent', 'passwd', 'webpubsub-gateway'), /nologin/);
  assert.equal((await machine.run('stat', '-c', '%U %a', '/var/lib/webpubsub-gateway')).trim(),
    'webpubsub-gateway 700');
  assert.equal((await machine.run('stat', '-c', '%U', '/run/webpubsub-gateway')).trim(), 'webpubsub-gateway');
});

test('the journal has fields, and the catalog explains the events', async () => {
  const started = await machine.untilLogged('gateway.started');
  assert.equal(started.SYSLOG_IDENTIFIER, 'webpubsub-gateway');
  assert.equal(started.PRIORITY, '5');
  assert.equal(started._SYSTEMD_UNIT, UNIT);
  assert.match(started.MESSAGE_ID, /^[0-9a-f]{32}$/);
  assert.doesNotMatch(started.MESSAGE, /\d\d:\d\d:\d\d/);
  const connected = (await machine.journal()).find((entry) => entry.WPSGW_LINK === 'mqtt');
  assert.ok(connected, 'an event of the link to the broker');
  const entry = await machine.run('journalctl', '--dump-catalog', started.MESSAGE_ID);
  assert.match(entry, /Subject: \S/);
  const explained = await machine.run('journalctl', '-x', '-u', UNIT, '--no-pager');
  assert.ok(explained.includes(/Subject: (.*)/.exec(entry)[0]), 'the entry stands beside the event');
});

test('systemd itself has nothing to say against the installed units', async () => {
  await machine.install('webpubsub-hub');
  for (const unit of [UNIT, 'webpubsub-hub.service']) {
    const {code, output} = await machine.try('systemd-analyze', 'verify', '--man=no', unit);
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /webpubsub/);
    await machine.run('systemd-analyze', 'security', '--no-pager', '--threshold=15', unit);
  }
});

test('the hub alone runs beside it on a port of its own', async () => {
  assert.equal(await machine.show('ActiveState', 'webpubsub-hub.service'), 'active');
  assert.equal((await machine.get('http://127.0.0.1:8090/')).status, 200);
  assert.equal(await machine.show('DynamicUser', 'webpubsub-hub.service'), 'yes');
});

test('an instance has its own configuration, state and ports', async () => {
  await machine.shell('cp /usr/share/doc/webpubsub-gateway/examples/site.yaml /etc/webpubsub-gateway/north.yaml');
  await machine.run('systemctl', 'start', 'webpubsub-gateway@north');
  assert.equal(await machine.show('ActiveState', 'webpubsub-gateway@north'), 'active');
  assert.equal(await machine.show('ActiveState'), 'active');
  assert.equal((await machine.run('stat', '-c', '%a', '/var/lib/webpubsub-gateway@north')).trim(), '700');
  assert.match(await machine.mainJob('--hub', 'http://127.0.0.1:8081'), /20 readings/);
  await machine.run('systemctl', 'stop', 'webpubsub-gateway@north');
});

test('without a broker it goes on running, and works again when the broker is back', async () => {
  const main = await machine.show('MainPID');
  await machine.run('systemctl', 'stop', 'mosquitto');
  await until(async () => /wpsgw_link_up\{link="mqtt"\} 0/.test(
    (await machine.get('http://127.0.0.1:9464/metrics')).body), 'the link is down', {timeout: 30_000});
  assert.equal(await machine.show('ActiveState'), 'active');
  await machine.run('systemctl', 'start', 'mosquitto');
  await machine.mainJob();
  assert.equal(await machine.show('MainPID'), main);
});

test('a stop is clean', async () => {
  await machine.run('systemctl', 'stop', UNIT);
  assert.equal(await machine.show('Result'), 'success');
  assert.equal(await machine.show('ExecMainStatus'), '0');
});
