/** What is shown where too little was said. */
export const SYNTAX = `Syntax:
pipework [--direct-phys] HOSTIF [-i CONTAINERIF] [-l LOCALIF] [-a 4|6] GUEST ADDRESS/LEN[@GATEWAY] [MAC][@VLAN]
pipework [--direct-phys] HOSTIF [-i CONTAINERIF] [-l LOCALIF] GUEST dhcp|udhcpc|udhcpc-f|dhclient|dhclient-f|dhcpcd[:OPTIONS] [MAC][@VLAN]
pipework mac:HOSTIF-MAC [-i CONTAINERIF] [-l LOCALIF] [-a 4|6] GUEST ADDRESS/LEN[@GATEWAY] [MAC][@VLAN]
pipework dummy [-i CONTAINERIF] [-a 4|6] GUEST ADDRESS/LEN[@GATEWAY] [MAC]
pipework route GUEST ARGUMENTS-OF-IP-ROUTE
pipework rule GUEST ARGUMENTS-OF-IP-RULE
pipework tc GUEST ARGUMENTS-OF-TC
pipework --wait [-i CONTAINERIF]
\`pipework --help\` tells more.`;
