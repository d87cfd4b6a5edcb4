// One gateway, once through everything that is measured.

import {setTimeout as sleep} from 'node:timers/promises';

import {start, stop} from './processes.mjs';
import {cpuNs, memoryMb, monotonicNs} from './usage.mjs';

const START_RATE = 1000;
const START_LIMIT_MS = 15_000;
const WARM_UP_RATE = 10_000;  // compilers of Node and caches of all settle

/**
 * Starts `contestant`, measures it and stops it again. `seconds` is the length of each loaded
 * measurement. Times are in milliseconds, CPU per reading in microseconds, memory in MB.
 */
export async function measureRound(contestant, load, {seconds, idleSeconds, warmUpSeconds, cpu}) {
  await load.ask(`start ${START_RATE}`);
  const spawned = monotonicNs();
  const child = start(contestant.command, contestant.args, {cpu});
  try {
    const {first_ns: first} = await load.ask(`first ${START_LIMIT_MS}`);
    if (first === 0) throw new Error(`${contestant.name} forwards nothing:\n${child.words}`);
    await load.ask('stop');

    await sleep(2000);  // what follows a start is over
    const idle = await measureIdle(child.pid, idleSeconds);
    await underLoad(child.pid, load, WARM_UP_RATE, warmUpSeconds);
    const at1000 = await underLoad(child.pid, load, 1000, seconds);
    const at10000 = await underLoad(child.pid, load, 10_000, seconds);
    const saturated = await underLoad(child.pid, load, 0, seconds);
    return {start_ms: (first - spawned) / 1e6, idle, at1000, at10000, saturated};
  } finally {
    await stop(child);
  }
}

async function measureIdle(pid, seconds) {
  const before = {cpu: cpuNs(pid), time: monotonicNs()};
  await sleep(seconds * 1000);
  const cpu = cpuNs(pid) - before.cpu;
  return {cpu_percent: 100 * cpu / (monotonicNs() - before.time), ...memoryMb(pid)};
}

async function underLoad(pid, load, rate, seconds) {
  const before = cpuNs(pid);
  const {started_ns: started} = await load.ask(`start ${rate}`);
  await sleep(seconds * 1000);
  const memory = memoryMb(pid);
  const counted = await load.ask('stop');
  return {
    cpu_us: (cpuNs(pid) - before) / 1000 / counted.delivered,
    per_second: counted.delivered / ((counted.last_ns - started) / 1e9),
    lost: counted.published - counted.delivered,
    duplicates: counted.duplicates,
    readings_per_frame: counted.delivered / counted.frames,
    p50_ms: counted.p50_ms,
    p99_ms: counted.p99_ms,
    max_ms: counted.max_ms,
    ...memory,
  };
}
