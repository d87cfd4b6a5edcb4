// A gateway whose configuration changes while it runs: a folder of its own, SIGHUP, and the answer.

import {mkdirSync, mkdtempSync, renameSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

import {Gateway, programOf} from './gateway.mjs';
import {directory, freePort, Program} from './processes.mjs';

/** The access key of every local hub. */
export const LOCAL_KEY = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH';

export class ReloadingGateway extends Gateway {
  /** As Gateway.start(); `config` is what the file says, and may be changed between reloads. */
  static async start({broker, rules, connected = true, files = {}, ...config}) {
    const gateway = new ReloadingGateway();
    gateway.folder = mkdtempSync(join(directory, 'reload-'));
    gateway.statusPort = await freePort();
    gateway.hubPort = await freePort();
    gateway.connectionString =
      `Endpoint=http://127.0.0.1:${gateway.hubPort};AccessKey=${LOCAL_KEY};Version=1.0;`;
    gateway.rules = rules.map(({name}) => name);
    gateway.config = {
      gateway: {id: 'edge-01'},
      mqtt: {broker: broker.url, client_id: `gateway-${gateway.statusPort}`},
      hub: {listen: `127.0.0.1:${gateway.hubPort}`},
      rules,
      status: {listen: `127.0.0.1:${gateway.statusPort}`},
      ...config,
    };
    for (const [name, text] of Object.entries(files)) gateway.write(name, text);
    gateway.write('gateway.yaml', JSON.stringify(gateway.config, null, 2));
    gateway.run();
    if (connected) await gateway.untilConnected();
    return gateway;
  }

  /** Starts it, or starts it again. */
  run() {
    this.program = new Program(programOf('GW_GATEWAY'),
      ['run', '--config', join(this.folder, 'gateway.yaml')]);
  }

  /** Writes a file of the gateway's folder as careful programs do: beside it, then renamed. */
  write(name, text) {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  /** Changes top-level keys and reloads. Gives the metrics of the moment after it. */
  async reload(changes = {}) {
    Object.assign(this.config, changes);
    this.write('gateway.yaml', JSON.stringify(this.config, null, 2));
    return this.hangUp();
  }

  async hangUp() {
    const stamp = (metrics) => metrics.sum('wpsgw_config_last_reload_timestamp_seconds');
    const before = stamp(await this.metrics());
    this.program.child.kill('SIGHUP');
    return this.metricsWhen((metrics) => stamp(metrics) > before, 'the reload is over');
  }

  /** How often each link has come up. */
  async connects() {
    const metrics = await this.metrics();
    const count = (link) => metrics.sum('wpsgw_link_connects_total', {link});
    return `cloud ${count('cloud')}, mqtt ${count('mqtt')}`;
  }
}

/** Whether the latest reload took effect. */
export function succeeded(metrics) {
  return metrics.sum('wpsgw_config_last_reload_successful') === 1;
}
