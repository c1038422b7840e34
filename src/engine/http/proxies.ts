import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import type { EnginePorts } from '../ports.ts'

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443', 'smtp:': '25', 'smtps:': '465' }
/** An address of IP version 6 has a port only behind its brackets. */
const noProxyEntry = /^(?:\*?\.)?(\[.*\]|.*:.*:.*|[^:]*)(?::(\d+))?$/
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

/**
 * The proxy on the way to a URL; null: none. `proxy`: as set, see `proxySchema`; none: the way is direct. "system" is the environment, which no
 * library reads for mail (`proxy-from-env`, undici), then `system`.
 */
export async function proxyFor(
  proxy: string | null | undefined,
  url: string,
  system: EnginePorts['systemProxy'],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | null> {
  if (proxy !== 'system') return proxy ?? null
  const { protocol, hostname, host: place, port } = new URL(url)
  const host = bare(hostname)
  const of = (name: string) => env[name.toUpperCase()] || env[name] || ''
  const isOf = (entry: string) => {
    const [, named = '', only] = noProxyEntry.exec(entry.toLowerCase()) ?? []
    const name = bare(named)
    return (name === '*' || host === name || host.endsWith(`.${name}`)) && (only === undefined || only === (port || defaultPorts[protocol]))
  }
  const names = of('no_proxy').split(/[\s,]+/)
  if (names.some((entry) => entry !== '' && isOf(entry))) return null
  const found = of(protocol === 'http:' ? 'http_proxy' : 'https_proxy')
  if (found === '') return (await system?.(`${protocol === 'http:' ? 'http' : 'https'}://${place}/`)) ?? null
  return found.includes('://') ? found : `http://${found}`
}

/** Ways to what is asked seldom: a connection that was kept would only be one that the other side has closed. */
export function createWays(timeoutMs: number, system: EnginePorts['systemProxy']) {
  const direct = new Agent({ connect: { timeout: timeoutMs }, pipelining: 0 })
  const proxied = new Map<string, Dispatcher>()
  return {
    /** Throws where the system names what is no proxy. */
    to: async (url: string, proxy: string | null | undefined): Promise<Dispatcher> => {
      const through = await proxyFor(proxy, url, system)
      if (through === null) return direct
      const way = proxied.get(through) ?? new ProxyAgent({ uri: through, connectTimeout: timeoutMs, pipelining: 0 })
      proxied.set(through, way)
      return way
    },
    close: async (): Promise<void> => {
      for (const way of [direct, ...proxied.values()]) await way.destroy()
    },
  }
}
