import { type EngineAnswer, engineSays } from '@pipewright/plugin';

/** The beginning of several ids: Podman says so with the status of what is not there, Docker with one of its troubles. */
export const isOfSeveral = (answer: EngineAnswer): boolean =>
  /^(more than one |multiple ids found)/i.test(engineSays(answer));
