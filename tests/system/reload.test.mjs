// systemctl reload, and secrets that change.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {until} from '../integration/lib/wait.mjs';
import {CONFIG, Machine, UNIT} from './lib/machine.mjs';

let machine;
before(async () => {
  machine = await Machine.boot();
  await machine.install();
});
after(() => machine?.stop());

const ADDED = '/etc/webpubsub-gateway/conf.d/added.yaml';

test('a reload puts what changed into effect and leaves the gateway running', async () => {
  const main = await machine.show('MainPID');
  const rules = async () => JSON.parse(await machine.run('webpubsub-gateway', 'status', '--json')).rules;
  assert.ok((await rules()).every(({name}) => name !== 'added'));
  await machine.write(ADDED, "rules: [{name: added, topic: 'added/+', group: added}]");
  await machine.run('systemctl', 'reload', UNIT);
  await machine.untilActive();
  assert.equal(await machine.show('MainPID'), main);
  await until(async () => {
    await machine.run('mosquitto_pub', '-h', '127.0.0.1', '-q', '1', '-t', 'added/d1', '-m', '1');
    return (await rules()).find(({name}) => name === 'added')?.forwarded > 0;
  }, 'a reading of the new rule is forwarded');
  assert.match(await machine.run('journalctl', '-u', UNIT, 'WPSGW_EVENT=gateway.setting_changed', '--no-pager'),
    /rules\[added\]: added/);
  await machine.run('rm', ADDED);
  await machine.run('systemctl', 'reload', UNIT);
  await machine.untilActive();
  await machine.mainJob();
});

test('a reload of a bad file fails, says where, and changes nothing', async () => {
  const main = await machine.show('MainPID');
  await machine.shell(`cp ${CONFIG} /var/tmp/good.yaml; echo 'nonsense: 1' >>${CONFIG}`);
  const {code} = await machine.try('systemctl', 'reload', UNIT);
  // With notify-reload systemd takes the end of a reload for its success; the journal knows better.
  assert.equal(code !== 0, await machine.show('Type') === 'notify');
  await until(async () => /gateway\.yaml:\d+:\d+.*nonsense/.test(
    await machine.run('journalctl', '-u', UNIT, '--no-pager')), 'the journal says where');
  await machine.untilActive();
  assert.equal(await machine.show('MainPID'), main);
  await machine.mainJob();
  await machine.shell(`cp /var/tmp/good.yaml ${CONFIG}`);
});

const setPassword = (password) => machine.shell(`
  printf %s '${password}' >/etc/webpubsub-gateway/mqtt-password
  mosquitto_passwd -b -c /etc/mosquitto/passwords gateway '${password}'
  chown mosquitto /etc/mosquitto/passwords
  systemctl restart mosquitto`);

test('a password comes as a credential, and a new one is used after a restart', async () => {
  await machine.write('/etc/mosquitto/conf.d/test.conf',
    'listener 1883 127.0.0.1\nallow_anonymous false\npassword_file /etc/mosquitto/passwords\n');
  await setPassword('first');
  await machine.shell('chmod 600 /etc/webpubsub-gateway/mqtt-password');
  await machine.write(`/etc/systemd/system/${UNIT}.d/credentials.conf`,
    '[Service]\nLoadCredential=mqtt-password:/etc/webpubsub-gateway/mqtt-password\n');
  await machine.shell(`
    sed -i 's|^  username: ""|  username: gateway\\n  password_file: \${CREDENTIALS_DIRECTORY}/mqtt-password|' ${CONFIG}
    systemctl daemon-reload`);
  await machine.run('systemctl', 'restart', UNIT);
  await machine.mainJob('--username', 'gateway', '--password', 'first');

  await setPassword('second');
  await machine.run('systemctl', 'restart', UNIT);
  await machine.mainJob('--username', 'gateway', '--password', 'second');
});

test('a reload works with credentials, too', async () => {
  await machine.run('systemctl', 'reload', UNIT);
  await machine.untilActive();
});

test('an upgrade sees them as well, and restarts', async () => {
  const main = await machine.show('MainPID');
  const output = await machine.install();
  assert.doesNotMatch(output, /previous version/);
  assert.notEqual(await machine.show('MainPID'), main);
  await machine.mainJob('--username', 'gateway', '--password', 'second');
});
