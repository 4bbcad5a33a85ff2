/** The kernel does what there is to do: this waits for it, says what came, and notices when it is gone. */
export const WATCH_SCRIPT = `#!/bin/sh
# Written by pipewright. Notes beside this file which addresses a nic has by router advertisements, and by whose.
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
nic=$1 default=$2
cd "\${0%/*}" || exit

# One of 128 bits is somebody's lease (DHCPv6).
announced() {
  ip -6 -o addr show dev "$nic" scope global dynamic -tentative -deprecated 2> /dev/null |
    sed -n 's/.* inet6 \\([^ ]*\\).*/\\1/p' | grep -v '/128$'
}
look() {
  addresses=$(announced) || { rm -f ready; return 1; }
  router=$(ip -6 route show default dev "$nic" proto ra 2> /dev/null | sed -n 's/.*via \\([^ ]*\\).*/\\1/p' | head -n 1)
  {
    echo "nic=$nic"
    for it in $addresses; do echo "address=$it"; break; done
    [ -z "$router" ] || echo "router=$router"
  } > ready.new && mv ready.new ready
}
# Who gets a link-local address asks for routers (RFC 4861, 6.3.7). A kernel that did not listen has never asked.
ask() {
  for it in $(ip -6 -o addr show dev "$nic" scope link -tentative | sed -n 's/.* inet6 \\([^ ]*\\).*/\\1/p'); do
    ip -6 addr del "$it" dev "$nic" && ip -6 addr add "$it" dev "$nic"
  done
}
# What came before the kernel was told not to take any.
[ "$default" = route ] || ip -6 route flush default dev "$nic" proto ra
ip -6 monitor address route dev "$nic" 2> /dev/null | {
  tries=0
  until look; do
    tries=$((tries + 1))
    [ $((tries % 20)) != 0 ] || ask
    sleep 0.2
  done
  while read -r _; do look; done
}
`;
