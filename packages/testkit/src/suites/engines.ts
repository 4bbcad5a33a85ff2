import { Readable } from 'node:stream';
import {
  type CommandResult,
  type ContainerLog,
  type EngineAnswer,
  type EngineRequest,
  type Engines,
  engineSays,
  type EngineSpec,
  type OutputStream,
  PipewrightError,
} from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';

/** Docker, as its plugin describes it. */
export const TEST_ENGINE: EngineSpec = {
  title: 'Docker',
  variables: ['DOCKER_HOST'],
  contexts: true,
  sockets: ['/run/docker.sock', '/var/run/docker.sock'],
  api: { oldest: '1.40', newest: '1.47' },
};

/** The image that an engine of a test has: it sleeps until it is told otherwise, and names port 6379. */
export const TEST_IMAGE = 'bb:1';

/** What engines of one API say each in words, and by statuses, of their own. */
export interface EngineDialect {
  /** Its image, as it shows it. */
  readonly image: string;
  /** What `GET /containers/ID/json` tells of the image's own ports. */
  readonly exposed: object | undefined;
  /** What a name begins with where lists are filtered by it. */
  readonly slash: '/' | '';
  /** Of the namespace of a container that runs and is on no network. */
  readonly sandboxKey: RegExp;
  /** Of the same where it is another's. */
  readonly joinedKey: RegExp;
  /** Whether a container may be called `x`. */
  readonly oneLetter: RegExp;
  /** Of a container that has never run. */
  readonly stopOfCreated: string;
  /** Of a container that is in the namespace of one that does not run. */
  readonly joinsStopped: RegExp;
  readonly sameName: RegExp;
  readonly noContainer: RegExp;
  readonly severalContainers: RegExp;
  /** By the name it was asked for, `none:1` or `none`. */
  readonly noImage: (name: string) => RegExp;
  readonly noImageGiven: RegExp;
  readonly noPage: RegExp;
  readonly badFilter: RegExp;
  readonly badName: RegExp;
  readonly emptyName: RegExp;
  readonly taken: RegExp;
  readonly isPaused: RegExp;
  readonly startsNoPaused: RegExp;
  readonly isNotPaused: RegExp;
  readonly pausesOnlyRunning: RegExp;
  readonly killsOnlyRunning: RegExp;
  readonly removesNoPaused: RegExp;
  readonly removesNoRunning: RegExp;
}

export const DOCKER_DIALECT: EngineDialect = {
  image: TEST_IMAGE,
  exposed: { '6379/tcp': {} },
  slash: '/',
  sandboxKey: /^\/.*\/netns\/[0-9a-f]{12}$/,
  joinedKey: /^$/,
  oneLetter: /^400 Invalid container name \(x\), only \[/,
  stopOfCreated: '304',
  joinsStopped: /^409 cannot join network (namespace )?of a non running container/,
  sameName: /^400 .*same name/,
  noContainer: /^404 .*No such container: none$/,
  severalContainers: /^[45]00 multiple IDs found/i,
  noImage: (name) => new RegExp(`^404 No such image: ${name.includes(':') ? name : `${name}:latest`}$`),
  noImageGiven: /^400 /,
  noPage: /^404 page not found$/i,
  badFilter: /^400 invalid filter .*colour/i,
  badName: /^400 .*Invalid container name \(\/?a\/b\)/,
  emptyName: /^400 .*empty/,
  taken: /^409 .*"\/\w+" is already in use by container "/,
  isPaused: /^409 .*is already paused/i,
  startsNoPaused: /^409 cannot start a paused container/,
  isNotPaused: /^[45]\d\d .*is not paused/i,
  pausesOnlyRunning: /^409 Container [0-9a-f]{64} is not running$/i,
  killsOnlyRunning: /^409 Cannot kill container: web: Container [0-9a-f]{64} is not running$/i,
  removesNoPaused: /^409 .*remove.*paused/i,
  removesNoRunning: /^409 .*remove.*running/i,
};

/** As 4.3 and 5.4 speak. */
export const PODMAN_DIALECT: EngineDialect = {
  image: `localhost/${TEST_IMAGE}`,
  exposed: undefined,
  slash: '',
  sandboxKey: /^(\/proc\/\d+\/ns\/net)?$/,
  joinedKey: /^(\/proc\/\d+\/ns\/net)?$/,
  oneLetter: /^201$/,
  stopOfCreated: '204',
  joinsStopped: /^204$/, // the other one is started first
  sameName: /^204$/,
  noContainer: /^404 no container with (name or ID|ID or name) "none" found/,
  severalContainers: /^404 more than one result for container/,
  noImage: (name) => new RegExp(`^404 (failed to find|no such) image:? .*${name}`),
  noImageGiven: /^500 normalizing image/,
  noPage: /^404 Not Found$/,
  badFilter: /^500 colour is an invalid filter/,
  badName: /^500 .*names must match \[/,
  emptyName: /^500 .*names must match \[/,
  taken: /^(409|500) .*( already in use|UNIQUE constraint failed)/,
  isPaused: /^500 .*is already paused/,
  startsNoPaused: /^500 .*must be in Created or Stopped state to be started/,
  isNotPaused: /^500 .*is not paused/,
  pausesOnlyRunning: /^500 "created" is not running, can't pause/,
  killsOnlyRunning: /^(409|500) can only kill running containers/,
  removesNoPaused: /^500 cannot remove container .* as it is paused/,
  removesNoRunning: /^500 cannot remove container .* as it is running/,
};

interface Made {
  readonly engines: Engines;
  /** Has that image and no container. */
  readonly engine: EngineSpec;
}

/** What `docker inspect` says that the cases ask for. */
interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly Pid: number;
    readonly StartedAt: string;
    readonly ExitCode: number;
    readonly Error: string;
  };
  readonly Config: {
    readonly Image: string;
    readonly Env: readonly string[] | null;
    readonly Cmd: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
    readonly ExposedPorts?: object;
  };
  readonly HostConfig: { readonly NetworkMode: string };
  readonly NetworkSettings: { readonly SandboxKey: string };
}

interface HowRun {
  /** Absent: it has none. */
  readonly input?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
  /** Nobody takes what it says. */
  readonly deaf?: boolean;
}

/** Keeps what is written. */
function hearing() {
  const heard: Readonly<Record<OutputStream, Uint8Array[]>> = { stdout: [], stderr: [] };
  const textOf = (stream: OutputStream): string => Buffer.concat(heard[stream]).toString();
  return {
    write: async (stream: OutputStream, bytes: Uint8Array): Promise<boolean> => heard[stream].push(bytes) > 0,
    said: () => ({ stdout: textOf('stdout'), stderr: textOf('stderr') }),
  };
}

/** One engine, asked in few words. */
class Client {
  constructor(private readonly made: Made) {}

  ask(method: EngineRequest['method'], path: string, body?: unknown): Promise<EngineAnswer> {
    return this.made.engines.request(this.made.engine, { method, path, ...(body === undefined ? {} : { body }) });
  }

  /** `204`, or `409 Container … is not running`. */
  async words(method: EngineRequest['method'], path: string, body?: unknown): Promise<string> {
    const answer = await this.ask(method, path, body);
    return answer.status < 400 ? String(answer.status) : `${String(answer.status)} ${engineSays(answer)}`;
  }

  post(path: string, body?: unknown): Promise<string> {
    return this.words('POST', path, body);
  }

  /** Its id. */
  async create(name: string | undefined, more: object = {}): Promise<string> {
    const body = { Image: TEST_IMAGE, HostConfig: { NetworkMode: 'none' }, ...more };
    const answer = await this.ask('POST', `/containers/create${name === undefined ? '' : `?name=${name}`}`, body);
    expect(answer.status, engineSays(answer)).toBe(201);
    return (answer.body as { readonly Id: string }).Id;
  }

  async inspect(name: string): Promise<Inspected> {
    const answer = await this.ask('GET', `/containers/${name}/json`);
    expect(answer.status, engineSays(answer)).toBe(200);
    return answer.body as Inspected;
  }

  /** Its state, less what was refused last: some engines keep that there. */
  async state(name: string): Promise<Inspected['State']> {
    const { State } = await this.inspect(name);
    return { ...State, Error: '' };
  }

  /** What a command in it said, and its exit code. */
  async exec(container: string, argv: readonly string[], how: HowRun = {}): Promise<CommandResult> {
    const { input = [], env = {}, tty = false, deaf = false } = how;
    const { write, said } = hearing();
    const { engines, engine } = this.made;
    const command = { engine, container, argv, stdin: how.input !== undefined, tty, env };
    const code = await engines.exec(command, {
      input: Readable.from(input.map((it) => Buffer.from(it))),
      write: async (stream, bytes) => (await write(stream, bytes)) && !deaf,
      size: () => [40, 100],
    });
    return { code, ...said() };
  }

  async logs(container: string, how: Pick<ContainerLog, 'tail' | 'follow'> = {}) {
    const { write, said } = hearing();
    const { engines, engine } = this.made;
    return { isThere: await engines.logs({ engine, container, ...how }, write), ...said() };
  }

  /** What it tells, as `web start`, as it comes; and its end. */
  follow(signal: AbortSignal): { readonly heard: readonly string[]; readonly ended: Promise<void> } {
    const heard: string[] = [];
    const listen = async () => {
      const { engines, engine } = this.made;
      for await (const { name, action } of engines.follow(engine, signal)) heard.push(`${name} ${action}`);
    };
    return { heard, ended: listen() };
  }

  /** Names and states: `web running`. */
  async list(query: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
    const { body } = await this.ask('GET', `/containers/json?${new URLSearchParams(query).toString()}`);
    const rows = body as readonly { readonly Names: readonly string[]; readonly State: string }[];
    return rows.map(({ Names, State }) => `${Names.join(' ')} ${State}`).sort();
  }
}

/** What every Engines holds to, with an engine or something like it behind it. */
export function enginesSuite(make: () => Made | Promise<Made>, says: EngineDialect = DOCKER_DIALECT): void {
  const client = async (): Promise<Client> => new Client(await make());

  describe('an engine', () => {
    test('is there where one of its sockets is', async () => {
      const { engines, engine } = await make();
      expect(engines.isThere(engine)).toBe(true);
      const nowhere = { ...engine, sockets: ['/run/none.sock'] };
      expect(engines.isThere(nowhere)).toBe(false);
      const request = { method: 'GET', path: '/containers/json' } as const;
      await expect(engines.request(nowhere, request)).rejects.toThrow(PipewrightError);
    });

    test('lists what runs, and all when asked for all', async () => {
      const it = await client();
      expect(await it.list({ all: '1' })).toEqual([]);
      await it.create('web');
      await it.create('redis');
      await it.post('/containers/web/start');
      expect(await it.list()).toEqual(['/web running']);
      expect(await it.list({ all: '1' })).toEqual(['/redis created', '/web running']);
    });

    test.each([
      ['a label', { label: ['tier'] }, ['/api created', '/web created']],
      ['a label and its value', { label: ['tier=front'] }, ['/web created']],
      ['labels, all of them', { label: ['tier', 'lab=t'] }, ['/api created']],
      ['a name, or a part of it', { name: ['we'] }, ['/web created']],
      ['a name, from end to end', { name: [`^${says.slash}web$`, `^${says.slash}apis$`] }, ['/web created']],
      ['a label and a name', { label: ['tier'], name: ['redis'] }, []],
      ["as Docker's own command asks", { label: { 'tier=back': true } }, ['/api created']],
    ])('lists what has %s', async (_, filters, listed) => {
      const it = await client();
      await it.create('web', { Labels: { tier: 'front' } });
      await it.create('api', { Labels: { tier: 'back', lab: 't' } });
      await it.create('redis');
      expect(await it.list({ all: '1', filters: JSON.stringify(filters) })).toEqual(listed);
    });

    test('refuses a filter that it does not know', async () => {
      const it = await client();
      const filters = encodeURIComponent(JSON.stringify({ colour: ['red'] }));
      expect(await it.words('GET', `/containers/json?filters=${filters}`)).toMatch(says.badFilter);
    });

    test('finds a container by its name, its id, and what only its id begins with', async () => {
      const it = await client();
      const id = await it.create('web');
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      for (const name of ['web', id, id.slice(0, 12), id.slice(0, 1)])
        expect(await it.inspect(name)).toMatchObject({ Id: id, Name: '/web' });
    });

    test('does not choose between two whose ids begin alike', async () => {
      const it = await client();
      const first = new Set<string>();
      let prefix = '';
      while (prefix === '') {
        const letter = (await it.create(undefined)).slice(0, 1);
        if (first.has(letter)) prefix = letter;
        first.add(letter);
      }
      expect(await it.words('GET', `/containers/${prefix}/json`)).toMatch(says.severalContainers);
      expect(await it.post(`/containers/${prefix}/start`)).toMatch(says.severalContainers);
    });

    test.each([
      ['GET', '/containers/none/json'],
      ['POST', '/containers/none/start'],
      ['POST', '/containers/none/stop'],
      ['POST', '/containers/none/restart'],
      ['POST', '/containers/none/kill'],
      ['POST', '/containers/none/pause'],
      ['POST', '/containers/none/unpause'],
      ['POST', '/containers/none/rename?name=some'],
      ['DELETE', '/containers/none'],
      ['DELETE', '/containers/none?force=1&v=1'],
    ] as const)('has no container "none" to %s at %s', async (method, path) => {
      const it = await client();
      expect(await it.words(method, path)).toMatch(says.noContainer);
    });

    test('knows its images', async () => {
      const it = await client();
      expect(await it.ask('GET', `/images/${TEST_IMAGE}/json`)).toMatchObject({
        status: 200,
        body: { RepoTags: [says.image], Config: { Cmd: ['sleep', '1d'], ExposedPorts: { '6379/tcp': {} } } },
      });
      expect(await it.words('GET', '/images/none:1/json')).toMatch(/^404 .*No such image/i);
      expect(await it.words('GET', '/images/none:1/json')).toContain('none:1');
    });

    test.each([
      ['an image that it does not have', 'web', { Image: 'none:1' }, says.noImage('none:1')],
      ['one without its tag', 'web', { Image: 'none' }, says.noImage('none')],
      ['no image at all', 'web', {}, says.noImageGiven],
      ['a name with a slash in it', 'a%2Fb', { Image: TEST_IMAGE }, says.badName],
    ])('makes no container of %s', async (_, name, body, words) => {
      const it = await client();
      expect(await it.post(`/containers/create?name=${name}`, body)).toMatch(words);
      expect(await it.list({ all: '1' })).toEqual([]);
    });

    test('takes a name of one letter, or says what names are', async () => {
      const it = await client();
      expect(await it.post('/containers/create?name=x', { Image: TEST_IMAGE })).toMatch(says.oneLetter);
    });

    test('makes a container of what is given, and of its image', async () => {
      const it = await client();
      await it.create('web', { Env: ['A=1', 'B='], Labels: { tier: 'front' } });
      expect(await it.inspect('web')).toMatchObject({
        Name: '/web',
        State: { Status: 'created', Running: false, Paused: false, Pid: 0 },
        Config: {
          Image: says.image,
          Cmd: ['sleep', '1d'],
          Labels: { tier: 'front' },
          Env: expect.arrayContaining(['A=1', 'B=']) as unknown,
          ...(says.exposed ? { ExposedPorts: says.exposed } : {}),
        },
        HostConfig: { NetworkMode: 'none' },
        NetworkSettings: { SandboxKey: '' },
      });
    });

    test('makes a container of what is given of its host', async () => {
      const it = await client();
      const hostConfig = {
        NetworkMode: 'none',
        SecurityOpt: ['no-new-privileges'],
        GroupAdd: ['27'],
        ExtraHosts: ['db:10.0.0.5', 'db:fd00::5'],
        Dns: ['10.0.0.1'],
        DnsSearch: ['lab.example'],
        DnsOptions: ['ndots:2'],
        PidMode: 'host',
        IpcMode: 'shareable',
      };
      await it.create('web', { HostConfig: hostConfig });
      // Where it sees all processes, Docker keeps SELinux out.
      const SecurityOpt: unknown = expect.arrayContaining(hostConfig.SecurityOpt);
      expect(await it.inspect('web')).toMatchObject({ HostConfig: { ...hostConfig, SecurityOpt } });
      expect(await it.post('/containers/web/start')).toBe('204');
      expect(await it.list()).toEqual(['/web running']);
    });

    test('gives a name to one container at a time', async () => {
      const it = await client();
      const id = await it.create('web');
      const words = await it.post('/containers/create?name=web', { Image: TEST_IMAGE });
      expect(words).toMatch(says.taken);
      expect(words).toContain(id);
      expect(await it.list({ all: '1' })).toEqual(['/web created']);
    });

    test('starts, stops and removes', async () => {
      const it = await client();
      await it.create('web');
      expect(await it.post('/containers/web/start')).toBe('204');
      const { State: running, NetworkSettings: network } = await it.inspect('web');
      expect(running).toMatchObject({ Status: 'running', Running: true });
      expect(running.Pid).toBeGreaterThan(0);
      expect(network.SandboxKey).toMatch(says.sandboxKey);
      expect(await it.post('/containers/web/stop?t=0')).toBe('204');
      const { State: stopped } = await it.inspect('web');
      expect(stopped).toMatchObject({ Status: 'exited', Running: false, Pid: 0 });
      // The latter where it was stopped before its program began: what runc starts it with takes the signal, and ends.
      expect([137, 2]).toContain(stopped.ExitCode);
      expect(stopped.StartedAt).toBe(running.StartedAt);
      expect(await it.words('DELETE', '/containers/web?v=1')).toBe('204');
      expect(await it.list({ all: '1' })).toEqual([]);
    });

    test('minds no start of what runs, and no stop of what does not', async () => {
      const it = await client();
      await it.create('web');
      expect(await it.post('/containers/web/stop')).toBe(says.stopOfCreated);
      expect(await it.post('/containers/web/start')).toBe('204');
      const state = await it.state('web');
      expect(await it.post('/containers/web/start')).toBe('304');
      expect(await it.state('web')).toEqual(state);
    });

    test('restarts as another process', async () => {
      const it = await client();
      await it.create('web');
      await it.post('/containers/web/start');
      const { State: before } = await it.inspect('web');
      expect(await it.post('/containers/web/restart?t=0')).toBe('204');
      const { State: after } = await it.inspect('web');
      expect(after).toMatchObject({ Status: 'running', Running: true });
      expect(after.Pid).not.toBe(before.Pid);
      expect(after.StartedAt > before.StartedAt).toBe(true);
    });

    test('kills what runs', async () => {
      const it = await client();
      await it.create('web');
      await it.post('/containers/web/start');
      expect(await it.post('/containers/web/kill')).toBe('204');
      await expect.poll(async () => (await it.inspect('web')).State.Status).toBe('exited');
      expect(await it.post('/containers/web/kill')).toMatch(says.killsOnlyRunning);
    });

    test('pauses what runs, which then neither starts nor goes', async () => {
      const it = await client();
      await it.create('web');
      expect(await it.post('/containers/web/pause')).toMatch(says.pausesOnlyRunning);
      await it.post('/containers/web/start');
      expect(await it.post('/containers/web/pause')).toBe('204');
      const state = await it.state('web');
      expect(state).toMatchObject({ Status: 'paused', Running: true, Paused: true });
      expect(state.Pid).toBeGreaterThan(0);
      expect(await it.post('/containers/web/pause')).toMatch(says.isPaused);
      expect(await it.post('/containers/web/start')).toMatch(says.startsNoPaused);
      expect(await it.words('DELETE', '/containers/web')).toMatch(says.removesNoPaused);
      expect(await it.post('/containers/web/unpause')).toBe('204');
      expect(await it.state('web')).toEqual({ ...state, Status: 'running', Paused: false });
      expect(await it.post('/containers/web/unpause')).toMatch(says.isNotPaused);
    });

    test('renames what runs or does not', async () => {
      const it = await client();
      const id = await it.create('web');
      await it.create('redis');
      await it.post('/containers/web/start');
      expect(await it.post('/containers/web/rename?name=old')).toBe('204');
      expect(await it.inspect('old')).toMatchObject({ Id: id, Name: '/old', State: { Running: true } });
      expect(await it.words('GET', '/containers/web/json')).toMatch(/^404 /);
      expect(await it.post('/containers/old/rename?name=redis')).toMatch(says.taken);
      expect(await it.post('/containers/old/rename?name=old')).toMatch(says.sameName);
      expect(await it.post('/containers/old/rename?name=')).toMatch(says.emptyName);
      expect(await it.post('/containers/old/rename?name=a%2Fb')).toMatch(says.badName);
      expect(await it.post('/containers/redis/rename?name=web')).toBe('204');
      expect(await it.list({ all: '1' })).toEqual(['/old running', '/web created']);
    });

    test('removes what runs only by force', async () => {
      const it = await client();
      await it.create('web');
      await it.post('/containers/web/start');
      expect(await it.words('DELETE', '/containers/web')).toMatch(says.removesNoRunning);
      expect((await it.inspect('web')).State.Running).toBe(true);
      expect(await it.words('DELETE', '/containers/web?force=1&v=1')).toBe('204');
      expect(await it.list({ all: '1' })).toEqual([]);
    });

    test('runs a container in the network of the host, or of another that runs', async () => {
      const it = await client();
      await it.create('direct', { HostConfig: { NetworkMode: 'host' } });
      const id = await it.create('web');
      await it.create('beside', { HostConfig: { NetworkMode: 'container:web' } });
      expect(await it.post('/containers/direct/start')).toBe('204');
      expect(await it.post('/containers/beside/start')).toMatch(says.joinsStopped);
      await it.post('/containers/web/start');
      expect(await it.post('/containers/beside/start')).toMatch(/^(204|304)$/);
      expect(await it.inspect('direct')).toMatchObject({ HostConfig: { NetworkMode: 'host' } });
      expect(await it.inspect('beside')).toMatchObject({
        State: { Running: true },
        HostConfig: { NetworkMode: `container:${id}` },
        NetworkSettings: { SandboxKey: expect.stringMatching(says.joinedKey) as string },
      });
    });

    describe('a command in a container', () => {
      const running = async () => {
        const it = await client();
        await it.create('web', { Env: ['OWN=1'] });
        await it.post('/containers/web/start');
        return it;
      };

      test('reads its input, and says on two streams what it says', async () => {
        const it = await running();
        const input = ['one\n', 'two\n'];
        expect(await it.exec('web', ['cat', '-', '/none'], { input })).toEqual({
          code: 1,
          stdout: 'one\ntwo\n',
          stderr: expect.stringContaining('/none') as string,
        });
      });

      test('has the variables of the container and those that it is given, as they are', async () => {
        const it = await running();
        const { code, stdout } = await it.exec('web', ['env'], { env: { MORE: 'a "b"\n$c' } });
        expect(code).toBe(0);
        expect(stdout).toMatch(/^OWN=1$/m);
        expect(stdout).toContain('MORE=a "b"\n$c\n');
      });

      test('has a terminal where it is to have one', async () => {
        const it = await running();
        const { code, stdout, stderr } = await it.exec('web', ['env'], { tty: true });
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout).toContain('OWN=1\r\n');
      });

      test('says more than one of its buffers holds', async () => {
        const it = await running();
        const line = `${'x'.repeat(999)}\n`;
        const { stdout } = await it.exec('web', ['cat'], { input: Array.from({ length: 500 }, () => line) });
        expect(stdout).toBe(line.repeat(500));
      });

      test('that nobody listens to any more ends it for us', async () => {
        const it = await running();
        expect(await it.exec('web', ['env'], { deaf: true })).toMatchObject({ code: 141 });
      });

      test('that is not there is named', async () => {
        const it = await running();
        const { code, stdout, stderr } = await it.exec('web', ['no-such-program']);
        expect(code).not.toBe(0);
        expect(`${stdout}${stderr}`).toContain('no-such-program');
      });

      test('runs in none that is not there, does not run, or is paused', async () => {
        const it = await client();
        await expect(it.exec('none', ['env'])).rejects.toThrow(/No such container|no container with name/i);
        await it.create('web');
        await expect(it.exec('web', ['env'])).rejects.toMatchObject({ code: 'PW_NO_EXEC', exit: 1 });
        await it.post('/containers/web/start');
        await it.post('/containers/web/pause');
        await expect(it.exec('web', ['env'])).rejects.toMatchObject({ code: 'PW_NO_EXEC' });
        await it.post('/containers/web/unpause');
      });
    });

    describe('what a container has said', () => {
      test('is shown by its two streams, also when it has ended', async () => {
        const it = await client();
        await it.create('web', { Cmd: ['cat', '/none'] });
        await it.post('/containers/web/start');
        const { isThere, stdout, stderr } = await it.logs('web', { follow: new AbortController().signal });
        expect({ isThere, stdout }).toEqual({ isThere: true, stdout: '' });
        expect(stderr).toContain('/none');
        expect(await it.logs('web')).toEqual({ isThere, stdout, stderr });
      });

      test.each([
        [undefined, /^OWN=1$/m],
        [1, /^[^\n]+\n$/],
        [0, /^$/],
      ])('is shown from its last lines on: %s', async (tail, shown) => {
        const it = await client();
        await it.create('web', { Cmd: ['env'], Env: ['OWN=1', 'MORE=2'] });
        await it.post('/containers/web/start');
        await it.logs('web', { follow: new AbortController().signal });
        expect((await it.logs('web', tail === undefined ? {} : { tail })).stdout).toMatch(shown);
      });

      test('of a terminal is one stream', async () => {
        const it = await client();
        await it.create('web', { Cmd: ['env'], Env: ['OWN=1'], Tty: true });
        await it.post('/containers/web/start');
        const { stdout } = await it.logs('web', { follow: new AbortController().signal });
        expect(stdout).toContain('OWN=1\r\n');
      });

      test('is waited for until nobody wants it any more', async () => {
        const it = await client();
        await it.create('web');
        await it.post('/containers/web/start');
        const follow = AbortSignal.timeout(200);
        expect(await it.logs('web', { follow })).toEqual({ isThere: true, stdout: '', stderr: '' });
        expect(follow.aborted).toBe(true);
      });

      test('is nothing before it runs, and of none that is not there', async () => {
        const it = await client();
        await it.create('web');
        expect(await it.logs('web')).toEqual({ isThere: true, stdout: '', stderr: '' });
        expect(await it.logs('none')).toEqual({ isThere: false, stdout: '', stderr: '' });
      });
    });

    test('tells what happens to containers, from when somebody listens until nobody does', async () => {
      const it = await client();
      await it.create('web');
      const ending = new AbortController();
      const { heard, ended } = it.follow(ending.signal);
      // Whether it listens already nobody says: until it has heard something.
      const restarts = async () => {
        await it.post('/containers/web/restart?t=0');
        return heard.join(' ');
      };
      await expect.poll(restarts, { timeout: 20_000 }).toMatch(/web start/);
      await it.words('DELETE', '/containers/web?force=1&v=1');
      const all = () => heard.map((each) => each.replace('died', 'die').replace('remove', 'destroy'));
      await expect
        .poll(all, { timeout: 20_000 })
        .toEqual(expect.arrayContaining(['web start', 'web die', 'web destroy']));
      ending.abort();
      await ended;
    });

    test('has no other pages', async () => {
      const it = await client();
      expect(await it.words('GET', '/nonsense')).toMatch(says.noPage);
    });
  });
}
