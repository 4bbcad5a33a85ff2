import { HttpEngines } from '@pipewright/host';
import { Dockerd, enginesSuite, Podman, PODMAN_DIALECT, Sandbox, TEST_ENGINE, whyNoSandbox } from '@pipewright/testkit';
import { afterAll, beforeAll, describe } from 'vitest';

// The client of the CLI, and engines: what those in memory hold to must be what a real one does.

describe.skipIf(whyNoSandbox() !== undefined)('a real dockerd:', () => {
  // Neither the engine of the machine, nor what its user has chosen.
  const engines = new HttpEngines({ env: {}, home: '/nonexistent' });
  let host: Sandbox;
  let dockerd: Dockerd;

  beforeAll(async () => {
    host = await Sandbox.start();
    dockerd = await Dockerd.start(host);
  });

  afterAll(async () => {
    await engines.close();
    await host.stop();
  });

  enginesSuite(async () => {
    await dockerd.removeContainers();
    return { engines, engine: { ...TEST_ENGINE, sockets: [dockerd.socket] } };
  });
});

describe.skipIf(whyNoSandbox() !== undefined)('a real Podman:', () => {
  const engines = new HttpEngines({ env: {}, home: '/nonexistent' });
  let host: Sandbox;
  let podman: Podman;

  beforeAll(async () => {
    host = await Sandbox.start();
    podman = await Podman.start(host);
  });

  afterAll(async () => {
    await engines.close();
    await host.stop();
  });

  enginesSuite(async () => {
    await podman.removeContainers();
    return { engines, engine: { ...TEST_ENGINE, title: 'Podman', sockets: [podman.socket] } };
  }, PODMAN_DIALECT);
});
