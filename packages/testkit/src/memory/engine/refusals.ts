import type { EngineAnswer } from '@pipewright/plugin';

/** What an engine refuses, and its status. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  get answer(): EngineAnswer {
    return { status: this.status, body: { message: this.message } };
  }
}

const refusal =
  <P extends readonly unknown[]>(status: number, words: (...args: P) => string) =>
  (...args: P): EngineRefusal =>
    new EngineRefusal(status, words(...args));

/** The statuses and words of dockerd 20.10. */
export const refusals = {
  noPage: refusal(404, () => 'page not found'),
  noContainer: refusal(404, (name: string) => `No such container: ${name}`),
  noImage: refusal(404, (tagged: string) => `No such image: ${tagged}`),
  noImageToInspect: refusal(404, (name: string, tagged: string) => `no such image: ${name}: No such image: ${tagged}`),
  ambiguous: refusal(500, (prefix: string) => `Multiple IDs found with provided prefix: ${prefix}`),
  badFilters: refusal(400, (words: string) => words),
  unknownFilter: refusal(400, (name: string) => `Invalid filter '${name}'`),
  noConfig: refusal(400, () => 'Config cannot be empty in order to create a container'),
  badBody: refusal(400, (words: string) => words),
  badName: refusal(
    400,
    (name: string) => `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  ),
  nameTaken: refusal(
    409,
    (name: string, id: string) =>
      `Conflict. The container name "/${name}" is already in use by container "${id}". ` +
      'You have to remove (or rename) that container to be able to reuse that name.',
  ),
  noNewName: refusal(400, () => 'Neither old nor new names may be empty'),
  sameName: refusal(400, () => 'Renaming a container with the same name as its current name'),
  paused: refusal(409, () => 'cannot start a paused container, try unpause instead'),
  notRunning: refusal(409, (id: string) => `Container ${id} is not running`),
  alreadyPaused: refusal(409, (id: string) => `Container ${id} is already paused`),
  notPaused: refusal(500, (id: string) => `Container ${id} is not paused`),
  networkNotRunning: refusal(409, (id: string) => `cannot join network of a non running container: ${id}`),
  execPaused: refusal(409, (name: string) => `Container ${name} is paused, unpause the container before exec`),
  running: refusal(
    409,
    (id: string) =>
      `You cannot remove a running container ${id}. Stop the container before attempting removal or force remove`,
  ),
  runningPaused: refusal(
    409,
    (id: string) =>
      `You cannot remove a paused container ${id}. ` +
      'Unpause and then stop the container before attempting removal or force remove',
  ),
};

/** The same, said of what was begun: `Cannot kill container: web: …`. */
export function within<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    throw new EngineRefusal(error.status, `${what}: ${error.message}`);
  }
}
