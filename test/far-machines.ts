import { SETTLED } from './own-kernel.js';

// For a kernel that is booted for a test: scripts for its shell.

/** Three machines that ssh reaches from here: namespaces of network, mounts and processes, each with its own sshd and /run. */
export const FAR_MACHINES = `${SETTLED}
modprobe -d /run/modules -a ip_gre ip6_gre
ssh-keygen -qt ed25519 -N '' -f key
mount -t tmpfs none /etc/ssh
printf '198.51.100.* %s\\n' "$(cat key.pub)" > known
printf '%s\\n' 'IdentityFile /mnt/key' 'GlobalKnownHostsFile /mnt/known' > /etc/ssh/ssh_config
printf '%s\\n' 'HostKey /mnt/key' 'AuthorizedKeysFile /mnt/key.pub' 'StrictModes no' 'UsePAM no' 'PidFile none' 'KexAlgorithms curve25519-sha256' > sshd_config
ip link add name hub type bridge
ip addr add 198.51.100.254/24 dev hub
ip link set dev hub up
for m in 1 2 3; do
  unshare --net --mount --pid --fork --kill-child --mount-proc sh -ec "
    mount -t tmpfs none /run
    mkdir -p /run/sshd /run/netns
    ip link set dev lo up
    until ip addr add 198.51.100.$m/24 dev eth0 2> /dev/null; do sleep 0.1; done
    ip addr add fd00::$m/64 dev eth0 nodad
    ip link set dev eth0 up
    exec /usr/sbin/sshd -D -f /mnt/sshd_config" &
  eval "machine$m=$!"
  until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
  ip link add name port$m type veth peer name eth0 netns $!
  ip link set dev port$m master hub up
done
for m in 1 2 3; do until ssh root@198.51.100.$m true 2> /dev/null; do sleep 0.2; done; done
# on MACHINE COMMAND…
on() { eval "target=\\$machine$1"; shift; nsenter --mount --net --pid=/proc/$target/ns/pid_for_children --target $target -- "$@"; }
in_node() { m=$1; shift; on $m nsenter --net=/run/netns/wide-n$m "$@"; }
reaches() { m=$1; shift; in_node $m ping -n -c 1 -W 5 "$@" > /dev/null && echo "$m reaches" "$@" || echo "$m misses" "$@"; }
state() { on $1 sh -c 'ip -o -d link show; ip -o addr show; ls /run/netns' | settled; }
listening() { : > log; tcpdump -n -v -l -i hub "$@" > seen 2> log & dump=$!; until grep -q listening log; do sleep 0.1; done; }
heard() { sleep 1; kill $dump; wait $dump || true; }
counted() { in_node $1 sed -n '/^Icmp:/p' /proc/net/snmp | tail -n 1 | cut -d' ' -f10; } # InEchos
broadcast() {
  for m in 2 3; do in_node $m sh -c 'echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts'; done
  set -- $(counted 2) $(counted 3)
  reaches 1 -b 10.0.0.255 > /dev/null 2>&1
  echo "arrived $(($(counted 2) - $1)) $(($(counted 3) - $2))"
}
`;

/** One topology of the three: `underlay` is the beginning of the addresses that they reach each other by. */
export const wide = (underlay: string, fabric: string): string => `cat > pipewright.yaml << 'END'
name: wide
hosts:
${[1, 2, 3].map((it) => `  h${it}: { ssh: root@198.51.100.${it}, underlay: "${underlay}${it}" }`).join('\n')}
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24, fabric: ${fabric} } }
nodes:
${[1, 2, 3].map((it) => `  n${it}: { host: h${it}, networks: { lan: { address: 10.0.0.1${it}/24 } } }`).join('\n')}
END
`;
