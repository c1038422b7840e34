import type { ProbeInput } from '../shared/probes.ts'
import type { DemoServer } from './demoServer.ts'

/** Streams that the showcase probes: by server, path and project. One of them is published by nobody. */
const probed = [
  ['Berlin-1', 'north/gate', 'north'],
  ['Berlin-1', 'lobby/door', 'north'],
  ['Berlin-1', 'north/spare', 'north'],
  ['Hamburg-2', 'bridge/cam-7', 'bridge'],
  ['Köln', 'studio-a/pgm', 'studio'],
] as const

/** Probes of streams that demo servers send by HLS, with their credentials. */
export function demoProbes(servers: readonly Pick<DemoServer, 'name' | 'hlsUrl' | 'input'>[]): readonly Omit<ProbeInput, 'paused'>[] {
  return probed.flatMap(([serverName, path, project]) => {
    const server = servers.find(({ name }) => name === serverName)
    if (server === undefined || server.hlsUrl === null) return []
    const url = new URL(`${server.hlsUrl}/${path}/index.m3u8`)
    const { auth } = server.input
    if (auth.kind === 'basic') {
      url.username = auth.user
      url.password = auth.password ?? ''
    }
    return [{ name: path, url: url.href, project, intervalSeconds: 30, mode: 'turns' as const, lookSeconds: 4, retries: 1, contract: null, profile: null, checks: [], thresholds: {} }]
  })
}
