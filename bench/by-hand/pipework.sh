#!/bin/bash
# What jpetazzo's pipework runs for a nic on a Linux bridge, with a gateway and a MAC address, once a guest; but for the
# question to Docker who the guest is, and `arping`, which takes a second each.
#   bash pipework.sh GUESTS
set -eu
guests=$1
folder=/var/run/netns

for ((i = 0; i < guests; i++)); do
  printf -v mac '02:00:00:00:%02x:%02x' $((i / 256)) $((i % 256))
  printf -v address '10.210.%d.%d/16' $(((i + 2) / 256)) $(((i + 2) % 256))
  in_guest() { ip netns exec "pw$i" "$@"; }

  mkdir -p "$folder"
  rm -f "$folder/pw$i"
  ln -s "$folder/g$i" "$folder/pw$i"
  mtu=$(ip link show dev br1 | awk '{ print $5; exit }')
  ip link show dev "veth1pl$i" > /dev/null 2>&1 && exit 1
  ip link add name "veth1pl$i" mtu "$mtu" type veth peer name "veth1pg$i" mtu "$mtu"
  ip link set "veth1pl$i" master br1
  ip link set "veth1pl$i" up
  ip link set "veth1pg$i" netns "pw$i"
  in_guest ip link set "veth1pg$i" name eth1
  in_guest ip link set dev eth1 address "$mac"
  in_guest ip -4 addr add "$address" dev eth1
  in_guest ip -4 route delete default > /dev/null 2>&1 || true
  in_guest ip -4 link set eth1 up
  in_guest ip -4 route get 10.210.0.1 > /dev/null 2>&1 || in_guest ip -4 route add 10.210.0.1/32 dev eth1
  in_guest ip -4 route replace default via 10.210.0.1 dev eth1
  rm -f "$folder/pw$i"
done
