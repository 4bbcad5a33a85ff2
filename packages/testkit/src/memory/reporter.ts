import type { ApplyEvent, Reporter } from '@pipewright/plugin';

/** Remembers what it heard. */
export class MemoryReporter implements Reporter {
  readonly events: ApplyEvent[] = [];

  event(event: ApplyEvent): void {
    this.events.push(event);
  }
}
