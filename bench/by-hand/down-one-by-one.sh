#!/bin/bash
# The end of what the scripts beside it made: one `ip link del` a link, then the namespaces.
#   bash down-one-by-one.sh NODES
set -eu
nodes=$1

for ((i = 0; i < nodes; i++)); do ip link del dev "lab-n$i-eth0"; done
for ((i = 0; i < nodes; i++)); do ip netns del "lab-n$i"; done
ip link del dev lab-lan0
