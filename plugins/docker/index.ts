import { containerKind, definePlugin, type EngineSpec, PLUGIN_API } from '@pipewright/plugin';

const engine: EngineSpec = {
  title: 'Docker',
  variables: ['DOCKER_HOST'],
  contexts: true,
  sockets: ['/run/docker.sock', '/var/run/docker.sock'],
  package: 'docker.io',
  start: 'systemctl enable --now docker',
  bridges: '^(docker0|br-[0-9a-f]{12})$',
  api: { oldest: '1.40', newest: '1.47' },
};

export default definePlugin({
  name: 'docker',
  api: PLUGIN_API,
  ...containerKind(engine, {
    command: 'docker',
    container: 'container',
    running: 'running',
    hostGateway: true,
    networks: { default: 'bridge' },
  }),
});
