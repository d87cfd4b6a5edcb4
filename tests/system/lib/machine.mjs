// A Debian that has booted with systemd, in a container without network. It starts as the root file
// system is, and what happens in it is gone with it.

import {execFile, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

import {until} from '../../integration/lib/wait.mjs';

const execute = promisify(execFile);
const ROOT = process.env.GW_ROOT;
const PACKAGES = process.env.GW_PACKAGES;
const OLDER = process.env.GW_OLDER;
const MAIN_JOB = fileURLToPath(new URL('../main_job.mjs', import.meta.url));

const SPACES = ['-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w'];
const ENVIRONMENT = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C.UTF-8',
  'DEBIAN_FRONTEND=noninteractive'];

export const UNIT = 'webpubsub-gateway.service';
export const CONFIG = '/etc/webpubsub-gateway/gateway.yaml';

export class Machine {
  static async boot() {
    const machine = new Machine();
    machine.console = '';
    machine.process = spawn('systemd-nspawn', [
      '-q', '--boot', '-D', ROOT, '--volatile=overlay', '--private-network', '--register=no',
      '--keep-unit', `--machine=gateway-${randomBytes(4).toString('hex')}`, '--console=pipe',
      '--kill-signal=SIGRTMIN+3', `--bind-ro=${PACKAGES}:/packages`,
      `--bind-ro=${dirname(OLDER)}:/older`,
    ], {stdio: ['ignore', 'pipe', 'pipe']});
    machine.ended = new Promise((resolve) => machine.process.once('close', resolve));
    for (const stream of [machine.process.stdout, machine.process.stderr]) {
      stream.on('data', (text) => { machine.console += text; });
    }
    try {
      await until(() => machine.isUp(), 'the container has booted', {timeout: 90_000, interval: 100});
    } catch (error) {
      await machine.stop();
      throw new Error(`${error.message}\n${machine.console}`);
    }
    return machine;
  }

  async isUp() {
    // The first child is a helper that ends at once; the init comes after it.
    const {stdout} = await execute('pgrep', ['-P', String(this.process.pid), '-x', 'systemd']);
    this.init = stdout.trim();
    const {output} = await this.try('systemctl', 'is-system-running');
    return ['running', 'degraded'].includes(output.trim());
  }

  async stop() {
    this.process.kill('SIGTERM');
    await this.ended;
  }

  /** Runs a command inside: its whole output, without regard to how it ended. */
  async try(...command) {
    try {
      const {stdout, stderr} = await execute('nsenter',
        ['-t', this.init, ...SPACES, ...ENVIRONMENT, ...command], {maxBuffer: 64 << 20, timeout: 120_000});
      return {code: 0, output: stdout + stderr};
    } catch (error) {
      return {code: error.code, output: `${error.stdout ?? ''}${error.stderr ?? error.message}`};
    }
  }

  /** Runs a command inside: its output. Throws when it fails. */
  async run(...command) {
    const {code, output} = await this.try(...command);
    if (code !== 0) {
      const {output: journal} = await this.try('journalctl', '-n', '30', '--no-pager');
      throw new Error(`${command.join(' ')} ended with ${code}:\n${output}\nJournal:\n${journal}`);
    }
    return output;
  }

  shell(script) {
    return this.run('sh', '-euc', script);
  }

  write(file, text) {
    return this.run('sh', '-euc', 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1"', 'sh', file, text);
  }

  /** Installs the packages as they are released. */
  install(name = 'webpubsub-gateway') {
    return this.shell(`dpkg -i /packages/${name}_*.deb </dev/null`);
  }

  /** The property of a unit. */
  async show(property, unit = UNIT) {
    return (await this.run('systemctl', 'show', '-p', property, '--value', unit)).trim();
  }

  async isActive(unit = UNIT) {
    return (await this.show('ActiveState', unit)) === 'active';
  }

  untilActive(unit = UNIT, timeout = 30_000) {
    return until(() => this.isActive(unit), `${unit} is active`, {timeout, interval: 100});
  }

  /** What the journal has of a unit, as objects. */
  async journal(unit = UNIT) {
    const text = await this.run('journalctl', '-u', unit, '-o', 'json', '--no-pager');
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  untilLogged(event, unit = UNIT) {
    return until(async () => (await this.journal(unit)).find((entry) => entry.WPSGW_EVENT === event),
      `${unit} logs ${event}`, {timeout: 30_000, interval: 100});
  }

  /** A program of this machine with that one's network. */
  async beside(...command) {
    const {stdout} = await execute('nsenter', ['-t', this.init, '-n', ...command], {timeout: 120_000});
    return stdout;
  }

  async get(url) {
    const script = 'const a = await fetch(process.argv[1]); '
      + 'console.log(JSON.stringify({status: a.status, body: await a.text()}))';
    return JSON.parse(await this.beside('node', '--input-type=module', '-e', script, url));
  }

  /** Devices to dashboard and back, through whatever runs inside. */
  mainJob(...args) {
    return this.beside('node', MAIN_JOB, ...args);
  }
}
