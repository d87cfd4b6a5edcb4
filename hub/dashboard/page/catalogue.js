// What the page knows about kinds of devices: names and units of readings, which to draw, and which
// commands to offer. Devices of other kinds are shown as they are, with a free form for commands.

const temperature = { label: 'Temperature', unit: '°C', digits: 1 };

/** By field name, whatever the kind. */
const fields = {
  temperature,
  humidity: { label: 'Humidity', unit: '%', digits: 1 },
  rpm: { label: 'Speed', unit: 'rpm', digits: 0 },
  vibration: { label: 'Vibration', unit: 'mm/s', digits: 2 },
  load: { label: 'Load', unit: '%', digits: 0 },
  state: { label: 'State' },
  power: { label: 'Power', unit: 'W', digits: 0 },
  voltage: { label: 'Voltage', unit: 'V', digits: 1 },
  energy: { label: 'Energy', unit: 'kWh', digits: 3 },
  pressure: { label: 'Pressure', unit: 'hPa', digits: 1 },
  co2: { label: 'CO₂', unit: 'ppm', digits: 0 },
  battery: { label: 'Battery', unit: '%', digits: 0 },
  set_point: { label: 'Set point' },
  fan: { label: 'Fan' },
  mode: { label: 'Mode' },
  uptime: { label: 'Uptime', unit: 's', digits: 0 },
};

const other = {
  label: 'Other', charts: [], minor: [], controls: [], units: {},
};

const kinds = {
  climate: {
    label: 'Climate', primary: 'temperature', charts: [['temperature', 'set_point'], ['humidity']],
    minor: ['humidity', 'set_point', 'fan'], units: { set_point: temperature },
    controls: [
      { name: 'set-point', type: 'range', field: 'set_point', label: 'Set point', min: 10, max: 30, step: 0.5, unit: '°C', digits: 1 },
      { name: 'mode', type: 'choice', field: 'fan', label: 'Fan', options: ['off', 'auto', 'low', 'high'] },
    ],
  },
  machine: {
    label: 'Machine', primary: 'rpm', charts: [['rpm', 'set_point'], ['vibration'], ['load']],
    minor: ['load', 'vibration', 'state'], units: { set_point: fields.rpm },
    controls: [
      { name: 'set-point', type: 'range', field: 'set_point', label: 'Speed', min: 0, max: 3000, step: 50, unit: 'rpm', digits: 0 },
      { name: 'mode', type: 'choice', field: 'state', label: 'State', options: ['stop', 'idle', 'run'] },
    ],
  },
  meter: {
    label: 'Meter', primary: 'power', charts: [['power', 'set_point'], ['voltage'], ['energy']],
    minor: ['voltage', 'energy', 'mode'], units: { set_point: fields.power },
    controls: [
      { name: 'set-point', type: 'range', field: 'set_point', label: 'Limit', min: 500, max: 6000, step: 100, unit: 'W', digits: 0 },
      { name: 'mode', type: 'choice', field: 'mode', label: 'Mode', options: ['eco', 'normal', 'boost'] },
    ],
  },
};

export const kindOf = (name) => (Object.hasOwn(kinds, name) ? kinds[name] : other);
export const kindLabel = (name) => (Object.hasOwn(kinds, name) ? kinds[name].label : name || other.label);

const words = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('_', ' ').replaceAll('/', ' › ');

/** {label, unit, digits} of `field` as a device of kind `kind` reports it. */
export function describe(kind, field) {
  const known = Object.hasOwn(fields, field) ? fields[field] : {};
  const special = kindOf(kind).units[field] ?? {};
  return { label: known.label ?? words(field), unit: special.unit ?? known.unit ?? '', digits: special.digits ?? known.digits };
}

export function formatValue(value, { digits } = {}) {
  if (typeof value !== 'number') return String(value);
  if (digits !== undefined) return value.toFixed(digits);
  return Math.abs(value) >= 1000 || Number.isInteger(value) ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}

export function withUnit(value, about) {
  const text = formatValue(value, about);
  return about.unit && typeof value === 'number' ? `${text} ${about.unit}` : text;
}

/** The reading that stands for the device: the kind's own, else its first number. */
export function primaryField(device) {
  const { primary } = kindOf(device.kind);
  if (primary && device.fields.has(primary)) return primary;
  for (const [name, value] of device.fields) {
    if (typeof value === 'number') return name;
  }
  return device.fields.keys().next().value;
}

/** Which fields go into which chart, at most four charts. */
export function chartsOf(device) {
  const isNumber = (name) => typeof device.fields.get(name) === 'number';
  const charts = kindOf(device.kind).charts.map((names) => names.filter(isNumber)).filter((names) => names.length);
  if (charts.length) return charts;
  return [...device.fields.keys()].filter((name) => isNumber(name) && name !== 'uptime').slice(0, 4).map((name) => [name]);
}
