// The last readings of one device: columns of numbers beside one column of times, of fixed size.

const kRows = 600;
const kColumns = 12;

export class History {
  #times = new Float64Array(kRows);
  #columns = new Map();
  #next = 0;
  #size = 0;

  get size() {
    return this.#size;
  }

  lastTime() {
    return this.#size ? this.#times[(this.#next + kRows - 1) % kRows] : -Infinity;
  }

  /** Appends a row; `values` has numbers by name. Whoever comes late is left out: rows are in order. */
  add(time, values) {
    if (time < this.lastTime()) return false;
    this.#times[this.#next] = time;
    for (const column of this.#columns.values()) column[this.#next] = NaN;
    for (const [name, value] of values) {
      let column = this.#columns.get(name);
      if (!column) {
        if (this.#columns.size >= kColumns) continue;
        column = new Float64Array(kRows).fill(NaN);
        this.#columns.set(name, column);
      }
      column[this.#next] = value;
    }
    this.#next = (this.#next + 1) % kRows;
    this.#size = Math.min(kRows, this.#size + 1);
    return true;
  }

  /** Rows since `from` as [times in seconds, values, …] for uPlot; what is missing is null. */
  since(from, names) {
    const rows = names.map(() => []);
    const times = [];
    for (let i = 0; i < this.#size; i++) {
      const at = (this.#next - this.#size + i + kRows) % kRows;
      if (this.#times[at] < from) continue;
      times.push(this.#times[at] / 1000);
      names.forEach((name, n) => {
        const value = this.#columns.get(name)?.[at];
        rows[n].push(value === undefined || Number.isNaN(value) ? null : value);
      });
    }
    return [times, ...rows];
  }

  /** The last `count` values of `name`, oldest first, without those that are missing. */
  tail(name, count) {
    const column = this.#columns.get(name);
    const values = [];
    if (!column) return values;
    for (let i = Math.max(0, this.#size - count); i < this.#size; i++) {
      const value = column[(this.#next - this.#size + i + kRows) % kRows];
      if (!Number.isNaN(value)) values.push(value);
    }
    return values;
  }
}
