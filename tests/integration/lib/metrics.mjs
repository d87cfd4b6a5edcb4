// The gateway's books, read from its metrics endpoint.

/** Parses Prometheus text into [{name, labels, value}]. */
export function parseMetrics(text) {
  const samples = [];
  for (const line of text.split('\n')) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, key, value] of (match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)) labels[key] = value;
    samples.push({name: match[1], labels, value: Number(match[3])});
  }
  return new Metrics(samples);
}

export class Metrics {
  constructor(samples) {
    this.samples = samples;
  }

  /** The sum of all series of `name` that have these labels. Throws when there is none. */
  sum(name, labels = {}) {
    const found = this.samples.filter((sample) => sample.name === name
      && Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
    if (found.length === 0) throw new Error(`no metric ${name}${JSON.stringify(labels)}`);
    return found.reduce((total, {value}) => total + value, 0);
  }

  linkUp(link) {
    return this.sum('wpsgw_link_up', {link}) === 1;
  }

  /** The columns of a rule's conservation sum. */
  rule(rule) {
    return {
      received: this.sum('wpsgw_rule_matches_total', {rule}),
      forwarded: this.sum('wpsgw_rule_forwarded_total', {rule}),
      filtered: this.sum('wpsgw_rule_filtered_total', {rule}),
      dropped: this.sum('wpsgw_messages_dropped_total', {rule}),
      pending: this.sum('wpsgw_rule_pending_messages', {rule}),
    };
  }

  dropped(rule, reason) {
    return this.sum('wpsgw_messages_dropped_total', {rule, reason});
  }

  commands(outcome) {
    return this.sum('wpsgw_commands_total', {outcome});
  }

  /** Commands rejected or failed for `reason`. */
  refused(reason) {
    return this.sum('wpsgw_commands_refused_total', {reason});
  }
}

/** Whether a rule's sum adds up: received = forwarded + filtered + dropped + pending. */
export function addsUp({received, forwarded, filtered, dropped, pending}) {
  return received === forwarded + filtered + dropped + pending;
}
