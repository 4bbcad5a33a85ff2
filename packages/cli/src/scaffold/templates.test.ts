/** What `plugins new` writes, with its own tests: they are real sources, and stand where none of them is built. */
import '../../templates/feature/sample.test.js';
import '../../templates/link/sample.test.js';
import '../../templates/network/sample.test.js';
import '../../templates/node/sample.test.js';
