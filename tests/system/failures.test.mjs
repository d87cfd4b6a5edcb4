// What the service manager does when the gateway does not: hangs, crashes, mistakes.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {until} from '../integration/lib/wait.mjs';
import {CONFIG, Machine, UNIT} from './lib/machine.mjs';

const DROP_IN = `/run/systemd/system/${UNIT}.d/test.conf`;

let machine;
before(async () => {
  machine = await Machine.boot();
  await machine.install();
});
after(() => machine?.stop());

const untilRestarted = (times) => until(async () => Number(await machine.show('NRestarts')) >= times
  && await machine.isActive(), `restarted ${times} times`, {timeout: 60_000, interval: 200});

test('a gateway that was killed is started again, and does its job', async () => {
  const main = await machine.show('MainPID');
  await machine.shell(`kill -KILL ${main}`);
  await untilRestarted(1);
  assert.notEqual(await machine.show('MainPID'), main);
  await machine.mainJob();
});

test('a gateway that hangs is ended by the watchdog and started again', async () => {
  // 30 s in the package; the test does not wait as long.
  await machine.write(DROP_IN, '[Service]\nWatchdogSec=3s\n');
  await machine.run('systemctl', 'daemon-reload');
  await machine.run('systemctl', 'restart', UNIT);
  await machine.shell(`kill -STOP ${await machine.show('MainPID')}`);
  await until(async () => (await machine.run('journalctl', '-u', UNIT, '--no-pager'))
    .includes("Failed with result 'watchdog'"), 'the watchdog bites', {timeout: 60_000, interval: 200});
  await untilRestarted(1);
  await machine.shell(`rm ${DROP_IN}`);
  await machine.run('systemctl', 'daemon-reload');
  await machine.run('systemctl', 'restart', UNIT);
  await machine.mainJob();
});

test('with a wrong configuration it does not start, says where, and is not tried again', async () => {
  await machine.shell(`cp ${CONFIG} /var/tmp/good.yaml; echo 'nonsense: 1' >>${CONFIG}`);
  const {code} = await machine.try('systemctl', 'restart', UNIT);
  assert.notEqual(code, 0);
  await until(async () => await machine.show('ActiveState') === 'failed', 'it has given up');
  assert.equal(await machine.show('ExecMainStatus'), '78');
  const told = await machine.run('journalctl', '-u', UNIT, 'WPSGW_EVENT=config.invalid', '-p', 'err', '-x', '--no-pager');
  assert.match(told, /gateway\.yaml:\d+:\d+.*nonsense/);
  assert.match(told, /The configuration has an error/);  // of the catalog
  await machine.shell(`cp /var/tmp/good.yaml ${CONFIG}`);
  await machine.run('systemctl', 'start', UNIT);
  assert.equal(await machine.isActive(), true);
});
