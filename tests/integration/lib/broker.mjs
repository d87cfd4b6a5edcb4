// A mosquitto of the test's own, which can be stopped and started again on the same port.

import {execFileSync} from 'node:child_process';
import {mkdirSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {directory, freePort, isListening, Program} from './processes.mjs';
import {until} from './wait.mjs';

export class Broker {
  /**
   * With `persistent` sessions outlive a stop(), and a kill as far as they were saved. `passwords`:
   * those of all users who get in, by name; without it everybody does.
   */
  static async start({persistent = false, passwords} = {}) {
    const broker = new Broker();
    broker.port = await freePort();
    broker.url = `mqtt://127.0.0.1:${broker.port}`;
    broker.file = join(directory, `mosquitto-${broker.port}.conf`);
    broker.#folder = join(directory, `mosquitto-${broker.port}`);
    mkdirSync(broker.#folder);
    if (passwords) broker.#write(passwords);
    // As root it would run as another user, who may not write there.
    writeFileSync(broker.file, `listener ${broker.port} 127.0.0.1
allow_anonymous ${!passwords}
${passwords ? `password_file ${broker.#passwordFile}` : ''}
persistence ${persistent}
persistence_location ${broker.#folder}/
user root
max_queued_messages 0
sys_interval 1
`);
    await broker.restart();
    return broker;
  }

  #folder;

  get #passwordFile() {
    return join(this.#folder, 'passwords');
  }

  #write(passwords) {
    writeFileSync(this.#passwordFile, '');
    for (const [user, password] of Object.entries(passwords)) {
      execFileSync('mosquitto_passwd', ['-b', this.#passwordFile, user, password]);
    }
  }

  /** From now on these; who is connected with another one is thrown out. */
  setPasswords(passwords) {
    this.#write(passwords);
    this.program.child.kill('SIGHUP');
  }

  /** Resolves when what it holds is on disk. */
  async save() {
    const written = () => statSync(join(this.#folder, 'mosquitto.db'), {throwIfNoEntry: false})?.ino;
    const before = written();
    this.program.child.kill('SIGUSR1');
    await until(() => written() && written() !== before, 'mosquitto has saved its sessions');
  }

  async restart() {
    this.program = new Program('mosquitto', ['-c', this.file]);
    await until(() => isListening(this.port), `mosquitto listens:\n${this.program.output}`);
  }

  async stop(signal) {
    await this.program.stop(signal);
  }
}
