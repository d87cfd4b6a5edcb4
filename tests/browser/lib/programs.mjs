// The programs under test, and what they say.

import { createHmac } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

const kStartLimit = 30_000;

function program(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} must name the program`);
  return path;
}

/** Starts `path` and waits for a line that each of `patterns` matches, in that order. */
async function start(path, options, patterns) {
  const child = spawn(path, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const output = [];
  const found = [];
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line);
      const match = found.length < patterns.length && patterns[found.length].exec(line);
      if (match) found.push(match);
      if (found.length === patterns.length) resolve();
    });
    child.once('error', reject);
    ended.then((code) => reject(new Error(`${path} ended with ${code}: ${errors}`)));
    setTimeout(() => reject(new Error(`${path} did not start: ${errors}`)), kStartLimit).unref();
  });
  await ready;
  return {
    found, output, ended,
    errors: () => errors,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/** The whole demo; `tell(topic, payload)` publishes to its broker. */
export async function startDemo(options = []) {
  // Ends by itself even when nobody is left to end it.
  const demo = await start(program('GW_GATEWAY'), ['demo', '--port', '0', '--for', '170s', ...options],
    [/^Dashboard: (http:\S+)/, /mqtt:\/\/127\.0\.0\.1:(\d+)/]);
  const broker = demo.found[1][1];
  return {
    ...demo,
    url: demo.found[0][1],
    tell(topic, payload) {
      const told = spawnSync('mosquitto_pub', ['-h', '127.0.0.1', '-p', broker, '-q', '1', '-t', topic, '-m', payload]);
      if (told.status !== 0) throw new Error(`mosquitto_pub: ${told.error ?? told.stderr}`);
    },
  };
}

/** The hub alone; `tell(group, data)` sends to a group by REST. `port` 0 takes a free one. */
export async function startHub(port = 0, options = []) {
  const hub = await start(program('GW_HUB'),
    ['--listen', `127.0.0.1:${port}`, '--log-level', 'warning', ...options],
    [/^connection string: Endpoint=(http:[^;]+);AccessKey=([^;]+)/]);
  const [, endpoint, key] = hub.found[0];
  const base64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    ...hub,
    url: `${endpoint}/`,
    port: Number(new URL(endpoint).port),
    async tell(group, data, contentType = 'application/json') {
      const url = `${endpoint}/api/hubs/telemetry/groups/${encodeURIComponent(group)}/:send`;
      const now = Math.floor(Date.now() / 1000);
      const head = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ aud: url, iat: now, exp: now + 60 })}`;
      const token = `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`;
      const answer = await fetch(`${url}?api-version=2024-12-01`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': contentType },
        body: contentType === 'application/json' ? JSON.stringify(data) : data,
      });
      if (answer.status !== 202) throw new Error(`${url} answered ${answer.status}`);
    },
  };
}
