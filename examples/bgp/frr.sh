#!/bin/sh
# A daemon of FRR in the node that it is started in, with NODE.DAEMON.conf beside this file, or DAEMON.conf.
#   frr.sh run DAEMON      runs it; `vtysh --vty_socket /run/frr/TOPOLOGY-NODE` talks to it
#   frr.sh serves DAEMON   whether it does
#   frr.sh clean           removes what the node's daemons had below /run/frr
set -e
space=$PIPEWRIGHT_TOPOLOGY-$PIPEWRIGHT_NODE
folder=/run/frr/$space
case $1 in
run)
  # It gives up root before it reads its configuration, and may then not be let into the folder where that is.
  conf=${0%/*}/$PIPEWRIGHT_NODE.$2.conf
  [ -e "$conf" ] || conf=${0%/*}/$2.conf
  install -d -o frr -g frr /run/frr "$folder"
  install -o frr -g frr -m 640 "$conf" "$folder/$2.conf"
  # Where it keeps its last words; what is mounted here is seen by it alone.
  mount -t tmpfs -o mode=1777 none /var/tmp
  exec "/usr/lib/frr/$2" -N "$space" -f "$folder/$2.conf" --log stdout
  ;;
serves) vtysh --vty_socket "$folder" -d "$2" -c 'show version' > /dev/null 2>&1 ;;
clean)
  rm -rf "$folder"
  rmdir --ignore-fail-on-non-empty /run/frr
  ;;
esac
