import { pluginSuite } from '@pipewright/testkit';
import plugin from './index.js';

pluginSuite(plugin, { options: { podman: { image: 'nginx', init: true } } });
pluginSuite(plugin, { options: { podman: {} } });
