import { networkInterfaces } from 'node:os'

/** The networks of this machine, as `10.1.0.7/16`. */
export function ownNetworks(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).flatMap(({ cidr }) => (cidr === null ? [] : [cidr])))
}
