import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Commands, type EngineSpec, fail, z } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { codeOf } from '../file-system.js';
import { configFolder, spelledOut, type Surroundings } from './find.js';
import { keyFor, repositoryOf, serverOf } from './registry.js';
import { jsonOf } from '../words.js';

/** A login as the API takes it (Docker Engine API, "Authentication"). */
type Login =
  | { readonly username: string; readonly password: string; readonly serveraddress: string }
  | { readonly identitytoken: string; readonly serveraddress: string }
  | { readonly registrytoken: string; readonly serveraddress: string };

const texts = () => z.record(z.string(), z.string()).default({});

const text = () => z.string().default('');

const entry = () =>
  z.object({ auth: text(), username: text(), password: text(), identitytoken: text(), registrytoken: text() });

/** What of a file with logins says who we are; more may be in it. Made where an image is pulled. */
const loginsFile = () =>
  z.object({ auths: z.record(z.string(), entry()).default({}), credsStore: text(), credHelpers: texts() });

type LoginsFile = z.output<ReturnType<typeof loginsFile>> & { readonly path: string };

/** A program that keeps logins answers within this time, or somebody would have to type at it. */
const HELPER_MS = 30_000;

/** What such programs say where they know nobody (docker-credential-helpers, `credentials.NewErrCredentialsNotFound`). */
const UNKNOWN_TO_HELPER = /credentials not found/i;

/** The header that an engine passes on to the registry of an image; undefined where no login is known for that. */
export async function registryAuth(
  engine: EngineSpec,
  image: string,
  surroundings: Surroundings,
  commands: Commands,
): Promise<string | undefined> {
  const repository = repositoryOf(image);
  for (const file of filesOf(engine, surroundings)) {
    const login = await loginIn(file, repository, commands);
    if (login) return padded(Buffer.from(JSON.stringify(login)).toString('base64url'));
  }
  return undefined;
}

/** Engines take no base64 but in whole groups of four (RFC 4648, section 5). */
const padded = (text: string): string => text.padEnd(Math.ceil(text.length / 4) * 4, '=');

/** The engine's own, then that of Docker's command, which all look into; those that are there. */
function* filesOf({ logins = [] }: EngineSpec, surroundings: Surroundings): Generator<LoginsFile> {
  const own = logins.flatMap((path) => spelledOut(path, surroundings) ?? []);
  for (const path of [...own, join(configFolder(surroundings), 'config.json')]) {
    const file = readLogins(path);
    if (file) yield file;
  }
}

function readLogins(path: string): LoginsFile | undefined {
  try {
    const { data, error } = loginsFile().safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (data) return { ...data, path };
    const [issue] = error.issues;
    return fail(errors.registryLogins(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    if (error instanceof SyntaxError || codeOf(error) !== undefined)
      return fail(errors.registryLogins(path, String(error)), { cause: error });
    throw error;
  }
}

/** As Docker's own command chooses: a helper for that registry, then one for all, then the file itself. */
async function loginIn(file: LoginsFile, repository: string, commands: Commands): Promise<Login | undefined> {
  const server = serverOf(repository);
  const helped = keyFor(repository, Object.keys(file.credHelpers));
  const helper = helped === undefined ? file.credsStore : file.credHelpers[helped];
  const kept = helper ? await loginOfHelper(helper, server, file, commands) : undefined;
  return kept ?? loginInFile(file, repository, server);
}

function loginInFile(file: LoginsFile, repository: string, serveraddress: string): Login | undefined {
  const key = keyFor(repository, Object.keys(file.auths));
  const it = key === undefined ? undefined : file.auths[key];
  if (!it) return undefined;
  if (it.identitytoken !== '') return { identitytoken: it.identitytoken, serveraddress };
  if (it.registrytoken !== '') return { registrytoken: it.registrytoken, serveraddress };
  if (it.auth === '') return it.username === '' ? undefined : { ...pairOf(it), serveraddress };
  const [, username, password] = /^([^:]+):(.*?)\0*$/s.exec(Buffer.from(it.auth, 'base64').toString()) ?? [];
  if (username === undefined || password === undefined)
    return fail(errors.registryLogins(file.path, `auths."${key}".auth is not USER:PASSWORD in base64`));
  return { username, password, serveraddress };
}

const pairOf = ({ username, password }: { readonly username: string; readonly password: string }) => ({
  username,
  password,
});

const helperAnswer = () => z.object({ Username: z.string(), Secret: z.string() });

/** By the protocol of docker-credential-helpers: the registry on its input, JSON on its output. */
async function loginOfHelper(
  name: string,
  serveraddress: string,
  { path }: LoginsFile,
  commands: Commands,
): Promise<Login | undefined> {
  const program = `docker-credential-${name}`;
  const complain = (words: string): never => fail(errors.registryHelper(program, path, serveraddress, words));
  if (!/^[\w.-]+$/.test(name)) return complain('its name is no name of a program');
  const { code, stdout, stderr } = await commands.run([program, 'get'], {
    input: serveraddress,
    timeoutMs: HELPER_MS,
  });
  const words = `${stdout}\n${stderr}`.trim();
  if (code !== 0) return UNKNOWN_TO_HELPER.test(words) ? undefined : complain(words || `it ended with ${code}`);
  const answer = helperAnswer().safeParse(jsonOf(stdout)).data;
  if (!answer) return complain('it prints no Username and Secret'); // whatever it prints may be secret
  if (answer.Username === '<token>') return { identitytoken: answer.Secret, serveraddress };
  return { username: answer.Username, password: answer.Secret, serveraddress };
}
