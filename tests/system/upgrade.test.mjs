// The life of an installation: upgrades over local edits, removal, purge, and images that are made
// where no systemd runs.

import assert from 'node:assert/strict';
import {afterEach, beforeEach, test} from 'node:test';

import {CONFIG, Machine, UNIT} from './lib/machine.mjs';

let machine;
beforeEach(async () => { machine = await Machine.boot(); });
afterEach(() => machine?.stop());

const installOlder = () => machine.shell('dpkg -i /older/older.deb </dev/null');
/** As unattended upgrades do it: local edits win, and nobody is asked. */
const upgrade = () => machine.shell('dpkg --force-confdef --force-confold -i /packages/webpubsub-gateway_*.deb </dev/null');
const program = async () => (await machine.shell(`readlink /proc/${await machine.show('MainPID')}/exe`)).trim();
const version = () => machine.run('dpkg-query', '-W', '-f', '${Version} ${db:Status-Status}', 'webpubsub-gateway');

test('an upgrade keeps local edits, asks nothing, and runs the new program', async () => {
  await installOlder();
  await machine.shell(`sed -i 's/group: site-{site}/group: edited-{site}/' ${CONFIG}`);
  await machine.shell('echo "MY_NAME=edited" >>/etc/default/webpubsub-gateway');
  const main = await machine.show('MainPID');
  await upgrade();
  assert.match(await version(), /^0\.1\.0\S* installed$/);
  assert.match(await machine.shell(`cat ${CONFIG}`), /group: edited-\{site\}/);
  assert.match(await machine.shell('cat /etc/default/webpubsub-gateway'), /MY_NAME=edited/);
  assert.notEqual(await machine.show('MainPID'), main);
  assert.equal(await program(), '/usr/bin/webpubsub-gateway');
  assert.equal(await machine.isActive(), true);
});

test('without local edits the new configuration is taken, without a question', async () => {
  await installOlder();
  await machine.install();
  assert.doesNotMatch(await machine.shell(`cat ${CONFIG}`), /The end of version 0\.0\.9/);
  assert.equal(await machine.isActive(), true);
});

test('an upgrade whose program refuses the configuration leaves the old one running', async () => {
  await installOlder();
  const main = await machine.show('MainPID');
  await machine.shell(`echo 'nonsense: 1' >>${CONFIG}`);
  const output = await upgrade();
  assert.match(output, /gateway\.yaml:\d+:\d+/);
  assert.match(output, /goes on with the previous version/);
  assert.match(output, /systemctl restart webpubsub-gateway/);
  assert.match(await version(), / installed$/);
  assert.equal(await machine.show('MainPID'), main);
  assert.match(await program(), /\(deleted\)/);
  await machine.mainJob();

  await machine.shell(`sed -i '/^nonsense/d' ${CONFIG}`);
  await machine.run('systemctl', 'restart', UNIT);
  assert.equal(await program(), '/usr/bin/webpubsub-gateway');
});

test('the new program is asked in the environment of the service, drop-ins and all', async () => {
  await installOlder();
  await machine.shell('groupadd keepers && echo planted >/etc/broker-password && chown :keepers /etc/broker-password && chmod 640 /etc/broker-password');
  await machine.write(`/etc/systemd/system/${UNIT}.d/site.conf`,
    '[Service]\nEnvironment="SITE=a \\"b\\" $c"\nSupplementaryGroups=keepers\n');
  await machine.write(CONFIG, `mqtt: {username: me, password_file: /etc/broker-password}
rules: [{name: climate, topic: 'sensors/#', group: '\${SITE}'}]
`);
  await machine.shell(`systemctl daemon-reload && systemctl restart ${UNIT}`);
  const main = await machine.show('MainPID');
  assert.doesNotMatch(await upgrade(), /goes on with the previous version/);
  assert.notEqual(await machine.show('MainPID'), main);
  assert.equal(await machine.isActive(), true);
  assert.match(await machine.run('webpubsub-gateway', 'check', '--unit', 'webpubsub-gateway', CONFIG), /a "b" \$c/);
});

test('a certificate that the new program could not use leaves the old one running', async () => {
  await installOlder();
  const main = await machine.show('MainPID');
  await machine.write('/etc/ca.pem', 'nothing');
  await machine.write(CONFIG, 'mqtt: {broker: mqtts://localhost, tls: {ca_file: /etc/ca.pem}}\n');
  assert.match(await upgrade(), /ca\.pem: holds no certificate to trust[^]*goes on with the previous version/);
  assert.equal(await machine.show('MainPID'), main);
});

test('a removal that does not come to pass starts again what it had stopped', async () => {
  await machine.install();
  await machine.shell('cp /usr/share/doc/webpubsub-gateway/examples/site.yaml /etc/webpubsub-gateway/north.yaml');
  await machine.run('systemctl', 'start', 'webpubsub-gateway@north');
  const script = (name, ...args) => machine.run(`/var/lib/dpkg/info/webpubsub-gateway.${name}`, ...args);
  await script('prerm', 'remove');
  assert.equal(await machine.isActive(), false);
  assert.equal(await machine.isActive('webpubsub-gateway@north'), false);
  await script('postinst', 'abort-remove');
  assert.equal(await machine.isActive(), true);
  assert.equal(await machine.isActive('webpubsub-gateway@north'), true);
});

test('running instances are restarted by an upgrade, too', async () => {
  await installOlder();
  await machine.shell('cp /usr/share/doc/webpubsub-gateway/examples/site.yaml /etc/webpubsub-gateway/north.yaml');
  await machine.run('systemctl', 'start', 'webpubsub-gateway@north');
  const instance = await machine.show('MainPID', 'webpubsub-gateway@north');
  await upgrade();
  assert.notEqual(await machine.show('MainPID', 'webpubsub-gateway@north'), instance);
  assert.equal(await machine.isActive('webpubsub-gateway@north'), true);
  await machine.run('dpkg', '--remove', 'webpubsub-gateway');
  assert.notEqual(await machine.show('ActiveState', 'webpubsub-gateway@north'), 'active');
});

test('a removal keeps configuration and state, a purge takes both and leaves the account', async () => {
  await machine.install();
  await machine.shell(`sed -i 's/group: site-{site}/group: edited-{site}/' ${CONFIG}`);
  await machine.shell('echo kept >/var/lib/webpubsub-gateway/queue');
  await machine.run('dpkg', '--remove', 'webpubsub-gateway');
  assert.notEqual(await machine.show('ActiveState'), 'active');
  assert.match(await machine.shell(`cat ${CONFIG} /var/lib/webpubsub-gateway/queue`), /edited[^]*kept/);

  await machine.install();
  assert.equal(await machine.isActive(), true);
  assert.match(await machine.shell(`cat ${CONFIG}`), /edited/);

  await machine.run('dpkg', '--purge', 'webpubsub-gateway');
  assert.equal((await machine.shell('ls -d /etc/webpubsub-gateway* /etc/default/webpubsub-gateway '
    + '/var/lib/webpubsub-gateway* /run/webpubsub-gateway* 2>/dev/null || true')), '');
  assert.match(await machine.run('getent', 'passwd', 'webpubsub-gateway'), /webpubsub-gateway/);
  assert.equal(await machine.show('LoadState'), 'not-found');
});

test('masked stays masked, and stopped for good stays stopped', async () => {
  await installOlder();
  await machine.run('systemctl', 'stop', UNIT);
  await machine.run('systemctl', 'mask', UNIT);
  await upgrade();
  assert.match(await version(), / installed$/);
  assert.equal(await machine.isActive(), false);
  await machine.run('systemctl', 'unmask', UNIT);
  await machine.run('systemctl', 'disable', UNIT);
  await machine.install();
  assert.equal(await machine.isActive(), false);
  assert.equal(await machine.show('UnitFileState'), 'disabled');
});

test('where no systemd runs, as in a chroot, it installs and will start at the next boot', async () => {
  await machine.shell('unshare -m sh -euc "mount -t tmpfs none /run && dpkg -i /packages/webpubsub-gateway_*.deb && test ! -e /run/systemd" </dev/null');
  assert.match(await version(), / installed$/);
  assert.equal(await machine.isActive(), false);
  await machine.run('systemctl', 'daemon-reload');
  assert.equal(await machine.show('UnitFileState'), 'enabled');
  await machine.shell('unshare -m sh -euc "mount -t tmpfs none /run && dpkg --purge webpubsub-gateway" </dev/null');
});
