// The processes of a run. Every one is ended with the run, however that ends.

import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';

const running = new Set();
export const directory = mkdtempSync(join(tmpdir(), 'gateway-bench-'));

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, {recursive: true, force: true});
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a program; `cpu` keeps it on that core. Its words are shown only when it fails. */
export function start(command, args, {cpu, stdin = 'ignore'} = {}) {
  const pinned = cpu === undefined ? [command, ...args] : ['taskset', '-c', `${cpu}`, command, ...args];
  const child = spawn(pinned[0], pinned.slice(1), {stdio: [stdin, 'pipe', 'pipe']});
  running.add(child);
  child.words = '';
  const keep = (text) => { child.words = (child.words + text).slice(-4000); };
  child.stderr.on('data', keep);
  if (stdin === 'ignore') child.stdout.on('data', keep);
  child.ended = new Promise((resolve) => child.once('exit', (code, signal) => {
    running.delete(child);
    resolve({code, signal});
  }));
  child.once('error', (error) => {
    throw new Error(`${command}: ${error.message}`);
  });
  return child;
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const overdue = sleep(5000, 'overdue', {ref: false});
  if (await Promise.race([child.ended, overdue]) === 'overdue') child.kill('SIGKILL');
  await child.ended;
}

/** A mosquitto of our own, on loopback, that never holds messages back or drops them. */
export async function startBroker({cpu}) {
  const port = await freePort();
  const file = join(directory, 'mosquitto.conf');
  writeFileSync(file, `listener ${port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
log_type error
set_tcp_nodelay true
`);
  const child = start('mosquitto', ['-c', file], {cpu});
  await untilListening(port, child);
  return {port, child};
}

async function untilListening(port, child) {
  for (const deadline = Date.now() + 5000; Date.now() < deadline;) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`nothing listens on port ${port}:\n${child.words}`);
}

/** gateway-bench-load: asks it a line, gets an object. */
export class Load {
  static async start(program, brokerPort, {cpu, qos = 0}) {
    const load = new Load();
    load.child = start(program, [`${brokerPort}`, `${qos}`], {cpu, stdin: 'pipe'});
    load.lines = createInterface({input: load.child.stdout})[Symbol.asyncIterator]();
    load.port = (await load.#answer()).port;
    return load;
  }

  async ask(line) {
    this.child.stdin.write(`${line}\n`);
    return this.#answer();
  }

  async #answer() {
    const {value, done} = await this.lines.next();
    if (done) throw new Error(`the load generator ended: ${this.child.words}`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`the load generator failed: ${answer.error}`);
    return answer;
  }
}
