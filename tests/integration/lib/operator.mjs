// An operator at the machine: a gateway with a control socket, and the verbs that ask it.

import {execFile} from 'node:child_process';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';

import {Gateway, programOf} from './gateway.mjs';
import {directory, Program} from './processes.mjs';

export class Operator {
  /** As Gateway.start(), by the operator. */
  async startsGateway(settings) {
    const folder = mkdtempSync(join(directory, 'run-'));
    this.socket = join(folder, 'control.sock');
    return Gateway.start({...settings, wrapper: ['env', `RUNTIME_DIRECTORY=${folder}`]});
  }

  /** The verb's end: {code, stdout, stderr}. */
  async asks(...words) {
    return new Promise((resolve) => {
      execFile(programOf('GW_GATEWAY'), [...words, '--socket', this.socket], {timeout: 60_000},
        (error, stdout, stderr) => resolve({code: error ? error.code : 0, stdout, stderr}));
    });
  }

  /** A verb that goes on. */
  begins(...words) {
    return new Program(programOf('GW_GATEWAY'), [...words, '--socket', this.socket]);
  }
}
