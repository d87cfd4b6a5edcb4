// docs/monitoring/ against a real gateway: Prometheus scrapes it and has data for every expression.

import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {Broker} from '../integration/lib/broker.mjs';
import {Device, sendToUser} from '../integration/lib/clients.mjs';
import {Gateway} from '../integration/lib/gateway.mjs';
import {directory, freePort, Program} from '../integration/lib/processes.mjs';
import {until} from '../integration/lib/wait.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const DOCS = join(HERE, '../../docs/monitoring');
const PATIENCE = {timeout: 60_000, interval: 200};

const rules = [
  {name: 'climate', topic: 'sensors/{device}', group: 'all', qos: 1, send: 'acknowledged', store: 'disk'},
  {name: 'rest', topic: 'other/#', group: 'rest', qos: 0},
];
const commands = [{name: 'set', from: 'server', topic: 'devices/d1/set'}];

let broker;
let gateway;
let device;
let prometheus;
let load;

/** Prometheus scraping the gateway every second, with our rules. */
async function startPrometheus(target) {
  const port = await freePort();
  const file = join(directory, 'prometheus.yml');
  writeFileSync(file, JSON.stringify({
    global: {scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s'},
    rule_files: [join(DOCS, 'alerts.yaml')],
    scrape_configs: [{job_name: 'webpubsub-gateway', static_configs: [{targets: [target]}]}],
  }));
  const program = new Program('prometheus', [`--config.file=${file}`, '--log.level=warn',
    `--storage.tsdb.path=${join(directory, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`]);
  return {program, url: `http://127.0.0.1:${port}`};
}

async function ask(path, parameters = {}) {
  const answer = await fetch(`${prometheus.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const {status, data, error} = await answer.json();
  assert.equal(status, 'success', `${JSON.stringify(parameters)}: ${error}`);
  return data;
}

/** Values of all series that `query` gives now, with what stood in the way while there were none. */
async function values(query) {
  const {resultType, result} = await ask('query', {query});
  return resultType === 'scalar' ? [result[1]] : result.map(({value}) => value[1]);
}

async function hasData(query) {
  await until(async () => {
    const found = await values(query);
    return found.length > 0 && found.some((value) => value !== 'NaN');
  }, `there is data for ${query}`, PATIENCE);
}

before(async () => {
  broker = await Broker.start();
  const store = {directory: mkdtempSync(join(directory, 'store-'))};
  gateway = await Gateway.start({broker, rules, commands, store, log: {format: 'text'}});
  prometheus = await startPrometheus(`127.0.0.1:${gateway.statusPort}`);
  device = await Device.connect(broker);
  let number = 0;
  load = setInterval(() => {
    device.publish(`sensors/d${number % 5}`, `{"n":${number}}`).catch(() => {});
    device.publish('other/thing', `${number++}`, {qos: 0}).catch(() => {});
    if (number % 10 === 0) {
      sendToUser(gateway.connectionString, 'edge-01', '{"on":true}').catch(() => {});
    }
  }, 50);
});

after(async () => {
  clearInterval(load);
  await device?.stop();
  await prometheus?.program.stop();
  await gateway?.program.stop();
  await broker?.stop();
});

test('promtool finds nothing to say about the metrics', async () => {
  const page = await (await fetch(`http://127.0.0.1:${gateway.statusPort}/metrics`)).text();
  const {status, stdout, stderr} = spawnSync('promtool', ['check', 'metrics'], {input: page, encoding: 'utf8'});
  assert.equal(status, 0, stdout + stderr);
  assert.equal(stdout + stderr, '');
});

test('promtool accepts the alert rules, and they fire when they should', () => {
  execFileSync('promtool', ['check', 'rules', join(DOCS, 'alerts.yaml')]);
  const {status, stdout, stderr} = spawnSync('promtool', ['test', 'rules', join(HERE, 'alerts.test.yaml')],
    {encoding: 'utf8'});
  assert.equal(status, 0, stdout + stderr);
  for (const name of readFileSync(join(DOCS, 'alerts.yaml'), 'utf8').matchAll(/alert: (\w+)/g)) {
    assert.match(readFileSync(join(HERE, 'alerts.test.yaml'), 'utf8'), new RegExp(`alertname: ${name[1]}\\b`));
  }
});

test('every panel of the dashboard shows data', {timeout: 120_000}, async () => {
  const dashboard = JSON.parse(readFileSync(join(DOCS, 'dashboard.json'), 'utf8'));
  const expressions = dashboard.panels.flatMap(({targets}) => targets.map(({expr}) => expr))
    .concat(dashboard.annotations.list.map(({expr}) => expr));
  assert.ok(expressions.length > 30, `${expressions.length} expressions`);
  for (const expression of expressions) {
    const query = expression.replaceAll('$__rate_interval', '10s').replaceAll('$instance', '.+');
    assert.doesNotMatch(query, /\$/, 'a variable that the dashboard does not have');
    await hasData(query);
  }
});

test('every alert looks at series that are there, and none fires when all is well', {timeout: 120_000}, async () => {
  const {groups} = await until(async () => {
    const found = await ask('rules');
    return found.groups.every((group) => group.rules.every(({health}) => health !== 'unknown')) && found;
  }, 'the rules were evaluated', PATIENCE);
  const alerts = groups.flatMap((group) => group.rules);
  assert.equal(alerts.length, 18);
  for (const {name, query, health, lastError, state} of alerts) {
    assert.equal(health, 'ok', `${name}: ${lastError}`);
    assert.equal(state, 'inactive', `${name} fires`);
    const [, left] = /^(.*\S) (?:==|!=|<|>) \S+$/.exec(query) ?? assert.fail(`${name}: ${query}`);
    await hasData(left);
  }
});

test('a broker that goes raises the alert for its link', {timeout: 120_000}, async () => {
  const links = async () => (await ask('alerts')).alerts
    .filter(({labels}) => labels.alertname === 'GatewayLinkDown').map(({labels}) => labels.link);
  await broker.stop();
  await until(async () => (await links()).includes('mqtt'), 'the alert is there', PATIENCE);
  assert.deepEqual(await links(), ['mqtt']);
  await broker.restart();
  await until(async () => (await links()).length === 0, 'the alert is over', PATIENCE);
});
