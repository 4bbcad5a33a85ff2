import { containerKind, definePlugin, type EngineSpec, PLUGIN_API } from '@pipewright/plugin';

const engine: EngineSpec = {
  title: 'Podman',
  variables: ['CONTAINER_HOST'],
  sockets: ['/run/podman/podman.sock', '$XDG_RUNTIME_DIR/podman/podman.sock'],
  // containers-auth.json(5)
  logins: [
    '$REGISTRY_AUTH_FILE',
    '$XDG_RUNTIME_DIR/containers/auth.json',
    '/run/containers/0/auth.json',
    '$XDG_CONFIG_HOME/containers/auth.json',
    '$HOME/.config/containers/auth.json',
  ],
  package: 'podman',
  start: 'systemctl enable --now podman.socket',
  bridges: '^(cni-)?podman[0-9]+$',
  // Since 4.0 it says 1.41, and Podman 3 says 1.40.
  api: { oldest: '1.40', newest: '1.41' },
};

export default definePlugin({
  name: 'podman',
  api: PLUGIN_API,
  ...containerKind(engine, {
    command: 'podman',
    container: 'podman-container',
    running: 'podman-running',
    // podman-create(1), --network: without root these are no networks of its.
    resolvesOnNetworks: true,
    networks: { default: null, bridge: null, private: null, pasta: null, slirp4netns: null },
  }),
});
