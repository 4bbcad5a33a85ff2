/** What a lease comes to depends on this. */
interface Asked {
  readonly metric: number;
  readonly route: boolean;
  readonly once: boolean;
}

/**
 * Called by whichever client it is, in that one's words, when a lease comes, goes or is another one. It knows `ip` only: no
 * file of the host, and so no resolv.conf, is ever written.
 */
export const leaseScript = (asked: Asked): string => `#!/bin/sh
# Written by pipewright. Puts the lease of a DHCP client on its nic, and notes it beside this file: nothing else is touched.
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
metric=${String(asked.metric)}
default=${asked.route ? 'yes' : 'no'}
once=${asked.once ? 'yes' : 'no'}
cd "\${0%/*}" || exit
why=\${reason:-$1}

known() { [ ! -e ready ] || sed -n "s/^$1=//p" ready; }
forget() {
  old=$(known address)
  [ -z "$old" ] || ip -4 addr del "$old" dev "$(known nic)" 2> /dev/null
  rm -f ready
}
# udhcpc's words, or those of dhclient and dhcpcd
take() {
  address=\${ip:-$new_ip_address}/\${mask:-\${new_subnet_cidr:-$(prefix "$new_subnet_mask")}}
  routers=\${router:-$new_routers} gateway=\${routers%% *} seconds=\${lease:-$new_dhcp_lease_time}
  server=\${serverid:-$new_dhcp_server_identifier}
  [ "$(known address)" = "$address" ] || forget
  ip -4 addr replace "$address" dev "$interface" || exit
  [ -z "$gateway" ] || [ $default = no ] || route
  {
    echo "nic=$interface"; echo "address=$address"
    [ -z "$gateway" ] || echo "router=$gateway"
    [ -z "$server" ] || echo "server=$server"
    [ -z "$seconds" ] || echo "lease=$seconds"
  } > ready.new && mv ready.new ready
}
# One that is there without a metric is somebody else's, and stays what is taken.
route() {
  set -- default via "$gateway" dev "$interface" onlink proto dhcp
  [ -z "$(ip -4 route show "$@" 2> /dev/null)" ] || return 0
  if [ "$metric" != 0 ]; then ip -4 route replace "$@" metric "$metric"
  else ip -4 route add "$@" 2> /dev/null || ip -4 route replace "$@" metric 1024
  fi
}
prefix() {
  bits=0
  for byte in $(echo "\${1:-255.255.255.255}" | tr . ' '); do
    while [ "$byte" -gt 0 ]; do bits=$((bits + byte % 2)) byte=$((byte / 2)); done
  done
  echo $bits
}

case $why in
  bound | renew | BOUND | RENEW | REBIND | REBOOT) take ;;
  RELEASE | forget) forget ;;
  # The one that runs once leaves what it was given.
  deconfig | PREINIT | EXPIRE | FAIL | STOP | NAK) [ $once = yes ] || forget ;;
esac
[ "$why" != PREINIT ] || ip link set dev "$interface" up
`;

/** Runs dhcpcd where its files are its own. */
export const HIDE_SCRIPT = `#!/bin/sh
# Written by pipewright. dhcpcd keeps what it knows by the name of a nic, of which there are many: here nobody else sees it.
mount -n -t tmpfs none /var/lib && mkdir /var/lib/dhcpcd || exit
mkdir -p run && mount -n -t tmpfs none run && mkdir run/dhcpcd || exit
case $PWD in /run/*)
  mkdir -p "run/\${PWD#/run/}" && mount -n --bind . "run/\${PWD#/run/}" || exit ;;
esac
mount -n --move run /run && cd "$PWD" || exit
# It overwrites its environment, so that this shell has to stay: by it the client is known.
setpriv --pdeathsig KILL "$@" &
trap 'kill -TERM $!' TERM
wait $!
wait $!
`;
