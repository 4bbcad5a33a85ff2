import type { Plan } from '@pipewright/core';
import type { ApplyEvent, Change, Reporter } from '@pipewright/plugin';
import { placeWords } from './place.js';
import { block, count, printable } from './text.js';

/** Hears of an apply what there is to do, then what happens. */
export interface Progress extends Reporter {
  begin(plan: Plan): Promise<void>;
  /** Resolves when nothing of it is on its way to the terminal any more. */
  end(): Promise<void>;
}

export type Say = (line: string) => void;

export interface PlaceDone {
  readonly place: string;
  readonly done: number;
  readonly all: number;
}

/** How much of each place is done. A change whose ops are spread over stages counts with the first of them. */
export class Tally {
  readonly #left = new Map<string, Set<Change>>();
  readonly #all = new Map<string, number>();

  constructor(changes: readonly Change[]) {
    for (const change of changes) {
      const place = placeOf(change);
      this.#left.set(place, (this.#left.get(place) ?? new Set()).add(change));
      this.#all.set(place, (this.#all.get(place) ?? 0) + 1);
    }
  }

  places(): readonly string[] {
    return [...this.#all.keys()];
  }

  /** Counts what is done; returns the places that got further by it. */
  done(changes: readonly Change[]): readonly PlaceDone[] {
    const further = changes.filter((it) => this.#left.get(placeOf(it))?.delete(it));
    return [...new Set(further.map(placeOf))].map((place) => {
      const all = this.#all.get(place) ?? 0;
      return { place, all, done: all - (this.#left.get(place)?.size ?? 0) };
    });
  }
}

const placeOf = ({ on }: Change): string => printable(placeWords(on));

/** Says what is worth knowing beside the result, and no more. */
export class NoProgress implements Progress {
  readonly #say: Say;

  constructor(say: Say) {
    this.#say = say;
  }

  async begin(): Promise<void> {
    // Nothing to say.
  }

  event(event: ApplyEvent): void {
    if (event.type === 'note') this.#say(printable(event.text));
  }

  async end(): Promise<void> {
    // Nothing to wait for.
  }
}

/** Of more places than these not each has a line of its own. */
const FEW_PLACES = 20;

/** A line for each place when it is done, or for each tenth of many: for logs. */
export class LineProgress implements Progress {
  #tally = new Tally([]);
  #ready = 0;
  readonly #say: Say;

  constructor(say: Say) {
    this.#say = say;
  }

  async begin({ changes }: Plan): Promise<void> {
    this.#tally = new Tally(changes);
    this.#ready = 0;
  }

  event(event: ApplyEvent): void {
    const places = this.#tally.places().length;
    if (event.type === 'done' && places > FEW_PLACES) this.#tenths(this.#tally.done(event.changes), places);
    else for (const line of eventLines(event, this.#tally)) this.#say(line);
  }

  #tenths(further: readonly PlaceDone[], places: number): void {
    const tenth = (): number => Math.floor((this.#ready * 10) / places);
    const before = tenth();
    this.#ready += further.filter(({ done, all }) => done === all).length;
    if (tenth() > before) this.#say(`${String(this.#ready)} of ${String(places)} places done`);
  }

  async end(): Promise<void> {
    // Lines are written as they come.
  }
}

/** What an event is worth a line for. */
export function eventLines(event: ApplyEvent, tally: Tally): readonly string[] {
  switch (event.type) {
    case 'done':
      return tally
        .done(event.changes)
        .flatMap(({ place, done, all }) => (done === all ? [`${place}: ${count(all, 'change')} made`] : []));
    case 'failed':
      return block(`failed: ${event.fault.message}`, '  ').split('\n');
    case 'undoing':
      return ['putting everything back'];
    case 'undone':
      return [
        event.left.length === 0
          ? 'everything is as it was'
          : `${count(event.left.length, 'thing')} could not be put back`,
      ];
    case 'note':
      return [printable(event.text)];
    case 'started':
    case 'verifying':
    case 'finished':
      return [];
  }
}
