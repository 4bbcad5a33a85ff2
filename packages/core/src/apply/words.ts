import { LOCAL_HOST, type Resource } from '@pipewright/plugin';

/** Several hosts may have what is called the same; of this one it goes without saying. */
export const resourceWords = ({ type, id, on: { host } }: Pick<Resource, 'type' | 'id' | 'on'>): string =>
  `${type} ${id}${host === LOCAL_HOST ? '' : ` on ${host}`}`;

/** A tool's words end where ours go on. */
export const withoutStop = (words: string): string => words.trim().replace(/\.+$/, '');

export const wordsOf = (error: unknown): string => withoutStop(error instanceof Error ? error.message : String(error));
