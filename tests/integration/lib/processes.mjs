// Programs that a test starts. Whatever is still running ends with the test process.

import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {until} from './wait.mjs';

const running = new Set();
/** This test's own folder, gone with it. */
export const directory = mkdtempSync(join(tmpdir(), 'gateway-test-'));

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, {recursive: true, force: true});
});

/** A running program: `output` is what it has said so far, `ended` how it ended. */
export class Program {
  constructor(command, args) {
    this.command = command;
    this.output = '';
    this.child = spawn(command, args, {stdio: ['pipe', 'pipe', 'pipe']});
    running.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (text) => { this.output += text; });
    }
    this.child.stdin.on('error', () => {});  // it ended before we were done with it
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.output += error.message;
        resolve({code: null, signal: null});
      });
      this.child.once('close', (code, signal) => {
        running.delete(this.child);
        if (code !== 0) this.output += `\n(ended with ${signal ?? `exit code ${code}`})\n`;
        resolve({code, signal});
      });
    });
  }

  get isRunning() {
    return running.has(this.child) && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Sends `signal` and waits for the end: {code, signal}. */
  async stop(signal = 'SIGTERM') {
    if (this.isRunning) this.child.kill(signal);
    return this.ended;
  }

  /** The match of `pattern` in its output, once it is there. */
  async says(pattern, options) {
    return until(() => {
      const match = pattern.exec(this.output);
      if (!match && !this.isRunning) throw new Error(`${this.command} ended:\n${this.output}`);
      return match;
    }, `${this.command} says ${pattern}`, options);
  }
}

/**
 * A port that is free now and stays so for us: below the range the system hands out for outgoing
 * connections, which start and end here all the time.
 */
export async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Whether something accepts connections on `port`. */
export async function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}
