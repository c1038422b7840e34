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

/** `host:port` of an address; null: it can't be parsed. */
export function endpointOf(address: string): string | null {
  try {
    const { protocol, hostname, port } = new URL(address)
    return `${hostname.toLowerCase()}:${port || (defaultPorts[protocol] ?? '')}`
  } catch {
    return null
  }
}
