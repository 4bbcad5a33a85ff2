/** The longest end that anybody looks at, in characters. */
const END = 64;

/** What a stream has said so far. To look at its end costs the same however much that is. */
export class Heard {
  #parts: string[] = [];
  #end = '';

  add(text: string): void {
    this.#parts.push(text);
    this.#end = (text.length < END ? this.#end + text : text).slice(-END);
  }

  get end(): string {
    return this.#end;
  }

  get text(): string {
    return this.#parts.join('');
  }

  forget(): void {
    this.#parts = [];
    this.#end = '';
  }
}
