import { pluginSuite } from '@pipewright/testkit';
import plugin from './index.js';

pluginSuite(plugin, { options: { docker: { image: 'nginx', init: true } } });
pluginSuite(plugin, { options: { docker: {} } });
