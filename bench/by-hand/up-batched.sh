#!/bin/bash
# The same with as few processes as iproute2 allows: one batch for the host, then one a namespace, two at a time.
#   bash up-batched.sh NODES
set -eu
nodes=$1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

{
  echo 'link add name lab-lan0 type bridge'
  echo 'address add 10.200.0.1/16 dev lab-lan0'
  echo 'link set dev lab-lan0 up'
  for ((i = 0; i < nodes; i++)); do
    printf -v mac '02:00:00:00:%02x:%02x' $((i / 256)) $((i % 256))
    echo "netns add lab-n$i"
    echo "link add name lab-n$i-eth0 type veth peer name eth0 address $mac netns lab-n$i"
    echo "link set dev lab-n$i-eth0 master lab-lan0 up"
  done
} > "$folder/host"

for ((i = 0; i < nodes; i++)); do
  printf -v address '10.200.%d.%d/16' $(((i + 2) / 256)) $(((i + 2) % 256))
  {
    echo 'link set dev lo up'
    echo 'link set dev eth0 up'
    echo "address add $address dev eth0"
    echo 'route add default via 10.200.0.1'
  } > "$folder/$i"
done

ip -batch "$folder/host"
seq 0 $((nodes - 1)) | xargs -P 2 -I '{}' ip -n 'lab-n{}' -batch "$folder/{}"
