import { definePlugin, type EngineSpec, type NodeDriver, PLUGIN_API } from '@pipewright/plugin';
import { containerTypes, type ContainerWords } from './container.js';
import { containerDriver } from './driver.js';

const engine: EngineSpec = {
  title: 'Docker',
  variables: ['DOCKER_HOST'],
  contexts: true,
  sockets: ['/run/docker.sock', '/var/run/docker.sock'],
  api: { oldest: '1.40', newest: '1.47' },
};

const words: ContainerWords = { command: 'docker', container: 'container', running: 'running' };

export const docker: NodeDriver = containerDriver(engine, words);

export default definePlugin({
  name: 'docker',
  api: PLUGIN_API,
  drivers: { nodes: [docker] },
  resources: containerTypes(engine, words),
});
