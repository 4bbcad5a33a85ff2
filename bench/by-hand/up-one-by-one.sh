#!/bin/bash
# What `pipewright up` makes of the lab, as most scripts do it: one `ip` process an operation.
#   bash up-one-by-one.sh NODES
# Already kinder than most: the far end is made in its namespace, not made here and moved, which costs some 20 ms more each.
set -eu
nodes=$1

ip link add name lab-lan0 type bridge
ip address add 10.200.0.1/16 dev lab-lan0
ip link set dev lab-lan0 up

for ((i = 0; i < nodes; i++)); do
  printf -v mac '02:00:00:00:%02x:%02x' $((i / 256)) $((i % 256))
  printf -v address '10.200.%d.%d/16' $(((i + 2) / 256)) $(((i + 2) % 256))
  ip netns add "lab-n$i"
  ip -n "lab-n$i" link set dev lo up
  ip link add name "lab-n$i-eth0" type veth peer name eth0 address "$mac" netns "lab-n$i"
  ip link set dev "lab-n$i-eth0" master lab-lan0
  ip link set dev "lab-n$i-eth0" up
  ip -n "lab-n$i" link set dev eth0 up
  ip -n "lab-n$i" address add "$address" dev eth0
  ip -n "lab-n$i" route add default via 10.200.0.1
done
