import { networkInterfaces } from 'node:os'

/** The networks of this machine, as `10.1.0.7/16`. */
export const ownNetworks = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).flatMap(({ cidr }) => (cidr === null ? [] : [cidr])))
