// What a process costs, as the kernel counts it.

import {readFileSync, readdirSync} from 'node:fs';

/** CPU time of all threads, user and system, in nanoseconds. None of the gateways ends threads. */
export function cpuNs(pid) {
  let total = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    total += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return total;
}

/** Resident memory in MB (10^6 bytes): `rss` as top shows it, `pss` with shared pages divided. */
export function memoryMb(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]) * 1024 / 1e6;
  return {rss: field('Rss'), pss: field('Pss')};
}

/** Nanoseconds of CLOCK_MONOTONIC, the clock that gateway-bench-load stamps with. */
export const monotonicNs = () => Number(process.hrtime.bigint());
