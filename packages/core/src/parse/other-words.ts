/** Keys of Compose and containerlab, and what it is that comes nearest to each here, where a key like that is allowed. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  binds: ['mounts'],
  cmd: ['command'],
  cpu: ['cpus'],
  container_name: ['container'],
  driver: ['kind'],
  environment: ['env'],
  exec: ['commands'],
  healthcheck: ['health'],
  ip: ['address'],
  ipv4_address: ['address'],
  ipv6_address: ['address'],
  mac_address: ['mac'],
  mem_limit: ['memory'],
  network_mode: ['network'],
  services: ['nodes'],
  topology: ['nodes'],
  type: ['kind'],
  volumes: ['mounts'],
  working_dir: ['workdir'],
};

export const otherWords = (key: string): readonly string[] => (Object.hasOwn(WORDS, key) ? (WORDS[key] ?? []) : []);
