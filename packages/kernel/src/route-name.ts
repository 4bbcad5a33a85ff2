import { deviceNameIn, type RouteAttrs, routeName } from '@pipewright/plugin';

/** RTPROT_KERNEL of linux/rtnetlink.h. */
export const KERNEL = 2;

/** Two devices may have addresses of one subnet, and each has the route that the kernel makes with them. */
export const nameOfRoute = (it: RouteAttrs & { readonly protocol?: number }): string =>
  it.family === 4 && it.protocol === KERNEL && it.via === undefined && it.dev
    ? `${routeName(it)} dev ${deviceNameIn(it.dev)}`
    : routeName(it);
