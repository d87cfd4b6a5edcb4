// From a message of a group to readings: the shapes a gateway sends (docs/formats), and whatever
// else comes along.

const kMostSamples = 5000;
const kMostFields = 24;
const kLongestText = 200;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value) => (typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, kLongestText) : undefined);
const isScalar = (value) => ['number', 'string', 'boolean'].includes(typeof value);

/** Fields of a payload, one level of nesting as "outer/inner". */
function fieldsOf(data) {
  const fields = new Map();
  const put = (name, value) => {
    if (fields.size < kMostFields) fields.set(name.slice(0, 60), typeof value === 'string' ? value.slice(0, kLongestText) : value);
  };
  if (!isObject(data)) {
    if (isScalar(data)) put('value', data);
    return fields;
  }
  for (const [name, value] of Object.entries(data)) {
    if (isScalar(value)) put(name, value);
    else if (isObject(value)) {
      for (const [inner, each] of Object.entries(value)) if (isScalar(each)) put(`${name}/${inner}`, each);
    }
  }
  for (const name of ['ts', 'time', 'timestamp', 'kind', 'device']) fields.delete(name);
  return fields;
}

function readingOf(sample, from) {
  const data = sample.data;
  const inside = isObject(data) ? data : {};
  const captures = { ...(isObject(sample.tags) ? sample.tags : {}), ...sample };
  const topic = text(sample.topic) ?? '';
  return {
    ...from,
    topic,
    device: text(captures.device) ?? text(inside.device) ?? text(inside.id) ?? (topic || from.group),
    site: text(captures.site) ?? text(inside.site) ?? '',
    kind: text(inside.kind) ?? '',
    time: Number.isFinite(sample.time) ? sample.time : Date.now(),
    hasTime: Number.isFinite(sample.time),
    fields: fieldsOf(data),
    data,
  };
}

/** The readings of a gateway's answer to a request for the last values. */
export function readingsOfSnapshot(data) {
  if (!isObject(data) || !Array.isArray(data.batches)) return [];
  return data.batches.filter((batch) => isObject(batch) && Array.isArray(batch.samples)).flatMap((batch) => {
    const from = { group: text(batch.group) ?? '', gateway: text(data.gateway) ?? '', rule: text(batch.rule) ?? '', late: true };
    return batch.samples.slice(0, kMostSamples).filter(isObject).map((sample) => readingOf(sample, from));
  });
}

/** What gateways tell beside readings, and this page finds out by itself. */
const kNotReadings = new Set(['device-status', 'device-list', 'command-reply', 'snapshot']);

/** One of {kind: 'status', status}, {kind: 'other'}, {kind: 'batch', batch, readings}, {kind: 'plain', readings}. */
export function interpret(frame) {
  const { data } = frame;
  const group = text(frame.group) ?? '';
  if (isObject(data) && data.type === 'gateway-status') return { kind: 'status', status: data };
  if (isObject(data) && kNotReadings.has(data.type)) return { kind: 'other' };
  if (isObject(data) && Array.isArray(data.samples)) {
    const from = { group, gateway: text(data.gateway) ?? '', rule: text(data.rule) ?? '', late: data.late === true };
    const samples = data.samples.slice(0, kMostSamples).filter(isObject);
    const batch = { key: [from.gateway, from.rule, group].join('\n'), seq: data.seq, late: from.late };
    return { kind: 'batch', batch, readings: samples.map((sample) => readingOf(sample, from)) };
  }
  // Formats "payloads" and "payload": what a device sent, without its topic.
  const from = { group, gateway: text(frame.fromUserId) ?? '', rule: '', late: false };
  const payloads = Array.isArray(data) ? data.slice(0, kMostSamples) : [data];
  return { kind: 'plain', readings: payloads.map((payload) => readingOf({ data: payload }, from)) };
}
