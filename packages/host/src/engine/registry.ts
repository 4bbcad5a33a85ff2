/** What Docker's own command calls Docker Hub where it keeps logins. */
const HUB_KEY = 'https://index.docker.io/v1/';

const HUB = 'docker.io';

/** Names of Docker Hub besides. */
const HUB_HOSTS = ['index.docker.io', 'registry-1.docker.io'];

/** Where an image is, without tag and digest: `docker.io/library/redis`, `registry.example:5000/shop/web`. */
export function repositoryOf(image: string): string {
  const path = image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  const [first = '', ...rest] = path.split('/');
  // As Docker tells a registry from a user of Docker Hub.
  if (rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')) return `${hostOf(first)}/${rest.join('/')}`;
  return `${HUB}/${rest.length === 0 ? `library/${path}` : path}`;
}

/** The key under which logins stand in a file, as the beginning of a repository: of a registry, or of a part of one. */
export function placeOf(key: string): string {
  const [first = '', ...rest] = key
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/+$/, '')
    .split('/');
  return [hostOf(first), ...rest].join('/');
}

/** The key by which a registry is known to helpers: for Docker Hub the one that Docker's own command has for it. */
export const serverOf = (repository: string): string => {
  const [host = ''] = repository.split('/');
  return host === HUB ? HUB_KEY : host;
};

/** Of these keys the one that says most of where a repository is; undefined where none does. */
export const keyFor = (repository: string, keys: readonly string[]): string | undefined =>
  keys
    .filter((key) => `${repository}/`.startsWith(`${placeOf(key)}/`))
    .sort((a, b) => placeOf(b).length - placeOf(a).length)[0];

const hostOf = (name: string): string => (HUB_HOSTS.includes(name) ? HUB : name);
