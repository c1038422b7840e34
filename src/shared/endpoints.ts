/** An address without its port: `10.8.3.21` of `10.8.3.21:52114`, `2001:db8::7` of `[2001:db8::7]:52114`. One without a port stays as it is. */
export function hostOf(address: string): string {
  if (address.startsWith('[')) return /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address
  // Without a regular expression: a search goes through 100,000 of them.
  const colon = address.indexOf(':')
  return colon > 0 && address.indexOf(':', colon + 1) < 0 ? address.slice(0, colon) : address
}

/** `host:port`, with brackets around IPv6: how addresses are written, and how errors and accepted keys name a host. */
export function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

const defaultPorts: Readonly<Record<string, string>> = {
  'rtsp:': '554',
  'rtsps:': '322',
  'rtmp:': '1935',
  'rtmps:': '1936',
  'http:': '80',
  'https:': '443',
  'whep:': '80',
  'wheps:': '443',
}

/** An address or path without slashes at its end, so that more can be appended. */
export function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}

/** `host:port` of an address; null: it can't be parsed. */
export function endpointOf(address: string): string | null {
  try {
    const { protocol, hostname, port } = new URL(address)
    return `${hostname.toLowerCase()}:${port || (defaultPorts[protocol] ?? '')}`
  } catch {
    return null
  }
}
