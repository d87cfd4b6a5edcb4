// Medians over rounds, and the report in Markdown that reads well on a terminal, too.

const NAMES = {
  gateway: 'gateway',
  'node-batched': 'Node, batched',
  'node-single': 'Node, unbatched',
  bare: 'bare libraries',
};

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** The median of every figure by itself, in the shape of one round. */
export function medians(rounds) {
  const shape = rounds[0];
  if (typeof shape === 'number') return median(rounds);
  return Object.fromEntries(
    Object.keys(shape).map((key) => [key, medians(rounds.map((round) => round[key]))]));
}

export const digits = (value) => {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
};

export function table(header, rows) {
  const cells = [header, ...rows];
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

const ratioText = (ratio) => (ratio < 0.01 ? '<0.01' : ratio.toFixed(2));

// One figure of every gateway, then the gateway's as a ratio of each of the others'.
function row(label, results, figure, {ratios = true} = {}) {
  const names = Object.keys(results);
  const values = names.map((name) => figure(results[name]));
  const beside = names.slice(1).map((_, i) => {
    const known = ratios && names[0] === 'gateway' && values[i + 1] > 0;
    return known ? ratioText(values[0] / values[i + 1]) : '';
  });
  return [label, ...values.map(digits), ...beside];
}

function header(results, title) {
  const names = Object.keys(results);
  return [title, ...names.map((name) => NAMES[name]), ...names.slice(1).map((name) => `/ ${NAMES[name]}`)];
}

function underLoad(results, title, scenario, {latency = true} = {}) {
  const of = (key) => (result) => result[scenario][key];
  return table(header(results, title), [
    row('CPU per reading, µs', results, of('cpu_us')),
    row('readings per second', results, of('per_second')),
    row('lost', results, of('lost'), {ratios: false}),
    row('readings per frame', results, of('readings_per_frame'), {ratios: false}),
    ...(latency ? [
      row('p50 latency, ms', results, of('p50_ms')),
      row('p99 latency, ms', results, of('p99_ms')),
    ] : []),
    row('resident (RSS), MB', results, of('rss')),
    row('proportional (PSS), MB', results, of('pss')),
  ]);
}

function atRest(results) {
  return table(header(results, 'start and idle'), [
    row('start to first reading, ms', results, (result) => result.start_ms),
    row('idle CPU, %', results, (result) => result.idle.cpu_percent),
    row('idle RSS, MB', results, (result) => result.idle.rss),
    row('idle PSS, MB', results, (result) => result.idle.pss),
  ]);
}

function spread(rounds) {
  const range = (values) => `${digits(Math.min(...values))} to ${digits(Math.max(...values))}`;
  const names = Object.keys(rounds);
  const figures = [
    ['CPU per reading at 1,000/s, µs', (round) => round.at1000.cpu_us],
    ['CPU per reading at 10,000/s, µs', (round) => round.at10000.cpu_us],
    ['p99 latency at 10,000/s, ms', (round) => round.at10000.p99_ms],
    ['start to first reading, ms', (round) => round.start_ms],
  ];
  return table(['least to most', ...names.map((name) => NAMES[name])],
    figures.map(([label, figure]) => [label, ...names.map((name) => range(rounds[name].map(figure)))]));
}

function targetTable(targets) {
  return table(['target', 'at most', 'measured', ''], targets.map(({what, limit, unit, figure, met}) =>
    [what, `${limit} ${unit}`.trim(), `${digits(figure)} ${unit}`.trim(), met ? 'met' : 'MISSED']));
}

export function renderReport({results, rounds, targets, surroundings, settings}) {
  const parts = [
    '# The gateway beside a hand-written one',
    'Written by `bench/run --save`; [README.md](README.md) tells how it is measured. A ratio below 1 means that the\n'
      + 'gateway needs less, except in the lines of readings per second.',
    surroundings.facts.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
    ...(targets.length ? ['## Targets', targetTable(targets)] : []),
    '## Figures',
    underLoad(results, '10,000 readings/s', 'at10000'),
    underLoad(results, '1,000 readings/s', 'at1000'),
    underLoad(results, 'as fast as it goes', 'saturated', {latency: false}),
    atRest(results),
    ...(settings.rounds > 1 ? ['## Spread', spread(rounds)] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}
