import type { Fault } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { codeOf } from '../file-system.js';

/** What was tried, for people. */
interface Attempt {
  readonly engine: string;
  readonly asked: string;
  /** Where the engine is a Unix socket. */
  readonly socketPath: string | undefined;
  readonly variables: readonly string[];
}

/** What it means that there is no answer, or not all of one: Node, OpenSSL and the HTTP parser each have their codes. */
export function connectionFault(error: unknown, { engine, asked, socketPath, variables }: Attempt): Fault {
  const [code, words] = [String(codeOf(error)), wordsOf(error)];
  if (socketPath !== undefined && FORBIDDEN.includes(code)) return errors.engineForbidden(engine, socketPath);
  if (CUT.includes(code)) return errors.engineBrokeOff(engine, asked, words);
  if (code.startsWith('HPE_')) return errors.notAnEngine(engine, words);
  if (OF_TLS.test(code)) return errors.engineTls(engine, words);
  return errors.engineUnreachable(engine, REASONS[code] ?? words, variables);
}

const FORBIDDEN: readonly string[] = ['EACCES', 'EPERM'];

const CUT: readonly string[] = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];

/** Of Node, of OpenSSL, and the names of X509_V_ERR_… that Node gives for what is wrong with a certificate. */
const OF_TLS = /^(ERR_(TLS|SSL|OSSL)_|EPROTO$|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_)/;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nobody listens there',
};

/** Of several addresses that were tried Node gives an error without words. */
const wordsOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : String(codeOf(error) ?? error);
