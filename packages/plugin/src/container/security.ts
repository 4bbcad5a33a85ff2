/** Of what both engines take. A profile of seccomp would be a file to be read. */
const OPTION =
  /^(no-new-privileges([=:]true)?|seccomp[=:]unconfined|apparmor[=:]\S+|label[=:](disable|(user|role|type|level):\S+))$/;

export const isSecurityOption = (text: string): boolean => OPTION.test(text);

/** With `=`, as both engines read it; each once. */
export const securityOptionsOf = (given: readonly string[] = []): readonly string[] =>
  [...new Set(given.map((it) => it.replace(/[=:]/, '=').replace(/=true$/, '')))].sort();
