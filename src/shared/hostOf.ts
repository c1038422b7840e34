/** An address without its port: `10.8.3.21` of `10.8.3.21:52114`, `2001:db8::7` of `[2001:db8::7]:52114`. One without a port stays as it is. */
export const hostOf = (address: string): string =>
  /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? (/^[^:]+:\d+$/.test(address) ? address.slice(0, address.lastIndexOf(':')) : address)
