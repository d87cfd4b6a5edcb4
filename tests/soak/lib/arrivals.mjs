// Which readings of one kind have arrived, by their numbers, which count from 0.

export class Arrivals {
  inOrder = 0;  // all below have arrived
  #early = new Set();

  note(number) {
    if (number >= this.inOrder) this.#early.add(number);
    while (this.#early.delete(this.inOrder)) this.inOrder += 1;
  }
}
