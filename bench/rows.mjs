// What is promised: `most` is the largest ratio (or, where there is nothing to divide by, the largest value).
const number = (value) => value.toLocaleString('en');

const all = ({ nodes, many }) => [
  { id: 'version', what: '`--version` / `node -e 0`', most: 1.15 },
  { id: 'help', what: '`--help` / `node -e 0`', most: 1.5 },
  { id: 'attach', what: '`attach` of one nic to a running namespace / `node -e 0`', most: 1.4 },
  {
    id: 'attach-among',
    what: `\`attach\` of one nic to one of ${number(nodes)} nodes that are up / to a namespace by itself`,
    most: 2,
  },
  { id: 'up', what: `\`up\`, ${number(nodes)} nodes / one \`ip\` process an operation`, most: 0.2 },
  {
    id: 'up-batch',
    what: `\`up\`, ${number(nodes)} nodes / \`ip -batch\`, then one \`ip -n X -batch\` a namespace, two at a time`,
    most: 0.75,
  },
  { id: 'again', what: `\`up\` again, nothing to do, ${number(nodes)} nodes / \`node -e 0\``, most: 2.4 },
  { id: 'down', what: `\`down\`, ${number(nodes)} nodes / one \`ip link del\` a link`, most: 0.07 },
  { id: 'scale', what: `\`up\`, ms a node at ${number(many)} nodes / at ${number(nodes)}`, most: 2.2, digits: 2 },
  { id: 'memory', what: `peak memory of \`up\`, ${number(many)} nodes`, most: 110, unit: 'MB' },
  { id: 'pipework-many', what: "100 nics by one `up` / what pipework's script does, 100 times", most: 0.04 },
  { id: 'pipework', what: "one `pipework br1 …` / what pipework's script does", most: 1.3 },
  {
    id: 'hosts',
    what: '`up` of 8 hosts with 25 nodes each, over ssh / of the slowest of them alone',
    most: 2,
  },
  {
    id: 'hosts-trips',
    what: 'round trips to a host, `up` of 25 nodes: more than of 2',
    most: 0,
    unit: 'trips',
  },
  { id: 'hosts-trips-again', what: 'round trips to a host, `up` again, nothing to do', most: 1, unit: 'trips' },
  {
    id: 'container-attach',
    what: '`attach` to a running container / 1.5 × `node -e 0` and one question to Docker',
    most: 1,
  },
  {
    id: 'containers',
    what: '`up` of 50 running containers with two nics each, a container',
    most: 10,
    unit: 'ms',
    digits: 1,
  },
  { id: 'observe', what: `looking at ${number(nodes)} running containers`, most: 150, unit: 'ms' },
];

/** All, or those whose name begins with one of the words. */
export function rowsFor(setting, words) {
  const rows = all(setting);
  const unknown = words.find((word) => !rows.some(({ id }) => id.startsWith(word)));
  if (unknown !== undefined) throw new Error(`no row "${unknown}"; there are ${rows.map(({ id }) => id).join(', ')}`);
  return words.length === 0 ? rows : rows.filter(({ id }) => words.some((word) => id.startsWith(word)));
}
