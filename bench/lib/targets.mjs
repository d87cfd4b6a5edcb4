// What the gateway has promised, beside what it did.

const ratio = (results, scenario, other) =>
  results.gateway[scenario].cpu_us / results[other][scenario].cpu_us;

const TARGETS = [
  {what: '10,000/s: CPU per reading beside Node batched', limit: 0.7,
    value: (r) => ratio(r, 'at10000', 'node-batched')},
  {what: '10,000/s: CPU per reading beside Node unbatched', limit: 0.45,
    value: (r) => ratio(r, 'at10000', 'node-single')},
  {what: '10,000/s: p99 latency', limit: 25, unit: 'ms', value: (r) => r.gateway.at10000.p99_ms},
  {what: '1,000/s: CPU per reading beside Node batched', limit: 0.55,
    value: (r) => ratio(r, 'at1000', 'node-batched')},
  {what: '1,000/s: CPU per reading beside Node unbatched', limit: 0.55,
    value: (r) => ratio(r, 'at1000', 'node-single')},
  {what: '1,000/s: CPU per reading beside the bare libraries', limit: 1.2,
    value: (r) => ratio(r, 'at1000', 'bare')},
  {what: '1,000/s: p50 latency', limit: 0.5, unit: 'ms', value: (r) => r.gateway.at1000.p50_ms},
  {what: '1,000/s: p99 latency', limit: 5, unit: 'ms', value: (r) => r.gateway.at1000.p99_ms},
  {what: 'idle: CPU', limit: 0.1, unit: '%', value: (r) => r.gateway.idle.cpu_percent},
  {what: 'idle: memory (PSS)', limit: 8, unit: 'MB', value: (r) => r.gateway.idle.pss},
  {what: 'start to first reading forwarded', limit: 150, unit: 'ms', value: (r) => r.gateway.start_ms},
  {what: 'readings lost at 1,000/s and 10,000/s', limit: 0, unit: '',
    value: (r) => r.gateway.at1000.lost + r.gateway.at10000.lost},
];

/** Each target with its figure and whether that is at most the limit. */
export function checkTargets(results) {
  return TARGETS.map(({what, limit, unit = '', value}) => {
    const figure = value(results);
    return {what, limit, unit, figure, met: figure <= limit};
  });
}
