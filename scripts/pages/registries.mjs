/** The built-in kinds, as a run without plugins composes them. */
export async function builtInRegistries() {
  const { composeEngine } = await import('../../packages/cli/dist/engine.js');
  const { registries } = await composeEngine([], { event: () => {} });
  return registries;
}

export async function builtInSchema(registries) {
  const { jsonSchema } = await import('../../packages/core/dist/index.js');
  return jsonSchema(registries);
}
