declare const __VERSION__: string;

/** Resolves to the exit code. Everything heavier than a version is loaded where it is needed. */
async function main(argv: readonly string[]): Promise<number> {
  // Whoever reads may have seen enough (`| head`): what is still to be done goes on without a reader.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endQuietly);
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`${__VERSION__}\n`);
    return 0;
  }
  const { runCommandLine } = await import('./run.js');
  return runCommandLine(argv);
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
