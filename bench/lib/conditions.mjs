// Where a run took place: what a reader needs to judge its figures, nothing that names the machine.

import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {cpus, getPriority, loadavg, release} from 'node:os';

const packageVersion = (name) => JSON.parse(
  readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;

function firstLine(command, args) {
  try {
    return execFileSync(command, args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).split('\n')[0];
  } catch (error) {  // mosquitto -h prints its version and fails
    return `${error.stdout ?? ''}`.split('\n')[0];
  }
}

const debianVersion = (name) => firstLine('dpkg-query', ['-W', '-f', '${Version}\n', name]) || 'unknown';

/** The facts of a run as pairs, and the cores that `pinned` gives to whom. */
export function conditions({pinned, rounds, seconds, idleSeconds, qos = 'QoS 0'}) {
  const cores = cpus().length;
  const split = pinned && cores > 1;
  const os = readFileSync('/etc/os-release', 'utf8');
  const facts = [
    ['date', new Date().toISOString().slice(0, 10)],
    ['processor', `${cpus()[0].model.trim()}, ${cores} cores, load ${loadavg()[0].toFixed(2)} before the run`],
    ['system', `${/^PRETTY_NAME="(.*)"$/m.exec(os)?.[1]}, Linux ${release().split('-')[0]}`],
    ['broker', `${firstLine('mosquitto', ['-h']).replace('version ', '')}, ${qos}, loopback`],
    ['libraries', `Paho C ${debianVersion('libpaho-mqtt1.3*')}, libwebsockets ${debianVersion('libwebsockets1[0-9]*')}`],
    ['Node', `${process.version}, mqtt ${packageVersion('mqtt')}, `
      + `@azure/web-pubsub-client ${packageVersion('@azure/web-pubsub-client')}`],
    ['load', '256-byte JSON readings of 100 devices in 10 groups, one rule'],
    ['method', `${rounds} interleaved round${rounds > 1 ? 's' : ''}, medians; ${seconds} s per measurement, `
      + `${idleSeconds} s idle`],
    ['cores', (split ? 'gateway on one core, broker and load generator on the other' : 'shared by all, no affinity')
      + (getPriority() === 0 ? '' : `, everything at nice ${getPriority()}`)],
  ];
  return {
    facts,
    gatewayCpu: split ? `${cores - 1}` : undefined,
    othersCpu: split ? `0-${cores - 2}` : undefined,
  };
}
