/** What a stream has said so far, and whether a line was in it. To look for that costs the same however much was said before. */
export class Heard {
  #parts: string[] = [];
  #mark = '';
  #tail = '';
  #met = false;

  add(text: string): void {
    this.#parts.push(text);
    if (this.#met || this.#mark === '') return;
    const fresh = this.#tail + text;
    this.#met = fresh.includes(this.#mark);
    this.#tail = fresh.slice(-this.#mark.length);
  }

  /** From now on this is looked for. */
  listenFor(mark: string): void {
    this.#mark = mark;
    this.#tail = '';
    this.#met = false;
  }

  /** It was said: what may have been said since, by ssh itself, does not hide it. */
  get met(): boolean {
    return this.#met;
  }

  get text(): string {
    return this.#parts.join('');
  }

  forget(): void {
    this.#parts = [];
  }
}
