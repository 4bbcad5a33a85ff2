import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type EngineSpec, fail } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { type EngineAddress, type GivenAddress, parseAddress, socketAddress, type Tls } from './address.js';
import { contextAddress, currentContext, DEFAULT_CONTEXT } from './contexts.js';

/** What decides where an engine is looked for. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export const ourSurroundings = (): Surroundings => ({ env: process.env, home: homedir() });

/** Somebody gave an address, right or wrong, or one of its sockets is there. */
export const isAnywhere = (engine: EngineSpec, surroundings: Surroundings): boolean =>
  variableOf(engine, surroundings) !== undefined ||
  contextOf(engine, surroundings) !== undefined ||
  socketOf(engine, surroundings) !== undefined;

export function findEngine(engine: EngineSpec, surroundings: Surroundings): EngineAddress {
  const { sockets, variables, title, start } = engine;
  const given = givenAddress(engine, surroundings);
  if (given) return parseAddress(engine, given);
  return socketAddress(socketOf(engine, surroundings) ?? fail(errors.noEngine(title, sockets, variables, start)));
}

/** Docker's own order: a variable with an address comes before a context. */
function givenAddress(engine: EngineSpec, surroundings: Surroundings): GivenAddress | undefined {
  const variable = variableOf(engine, surroundings);
  if (variable !== undefined) {
    const [text = '', tls] = [setting(surroundings, variable), engine.contexts && variableTls(surroundings)];
    return { text, by: `$${variable}`, tls };
  }
  const context = contextOf(engine, surroundings);
  return context === undefined ? undefined : contextAddress(configFolder(surroundings), context);
}

const variableOf = (engine: EngineSpec, surroundings: Surroundings): string | undefined =>
  engine.variables.find((name) => setting(surroundings, name) !== undefined);

/** The context that is chosen, where it is another than the one that means the sockets. */
function contextOf(engine: EngineSpec, surroundings: Surroundings): string | undefined {
  if (!engine.contexts) return undefined;
  const name = setting(surroundings, 'DOCKER_CONTEXT') ?? currentContext(configFolder(surroundings));
  return name === DEFAULT_CONTEXT ? undefined : name;
}

const socketOf = ({ sockets }: EngineSpec, surroundings: Surroundings): string | undefined =>
  sockets.flatMap((path) => spelledOut(path, surroundings) ?? []).find((path) => existsSync(path));

/** With the variable that it begins with filled in; undefined where that is not set. */
export function spelledOut(path: string, surroundings: Surroundings): string | undefined {
  const [, name, rest = ''] = /^[$](\w+)(.*)$/s.exec(path) ?? [];
  if (name === undefined) return path;
  if (name === 'HOME') return `${surroundings.home}${rest}`;
  const value = setting(surroundings, name);
  return value === undefined ? undefined : `${value}${rest}`;
}

/** One that is empty is not set. */
const setting = ({ env }: Surroundings, name: string): string | undefined => env[name] || undefined;

export const configFolder = (surroundings: Surroundings): string =>
  setting(surroundings, 'DOCKER_CONFIG') ?? join(surroundings.home, '.docker');

/** As for Docker's own command any value is a yes: `0` too. */
function variableTls(surroundings: Surroundings): Tls | undefined {
  const verify = setting(surroundings, 'DOCKER_TLS_VERIFY') !== undefined;
  if (!verify && setting(surroundings, 'DOCKER_TLS') === undefined) return undefined;
  return { verify, folder: setting(surroundings, 'DOCKER_CERT_PATH') ?? configFolder(surroundings) };
}
