import type { ProbeInput } from '../shared/probes.ts'
import type { DemoServer } from './demoServer.ts'

/** Streams that the showcase probes: by server, path and project. One of them is published by nobody. */
const probed = [
  ['Berlin-1', 'north/gate', 'north'],
  ['Berlin-1', 'lobby/door', 'north'],
  ['Berlin-1', 'north/spare', 'north'],
  ['Hamburg-2', 'bridge/cam-7', 'bridge'],
] as const
/** How most are read. */
const inTurns = { intervalSeconds: 30, mode: 'turns', lookSeconds: 4, retries: 1, contract: null, profile: null, thresholds: {} } as const
/** One is read on and on, and its pictures and sound are looked at: its picture freezes from time to time. The demo's beeps are soft. */
const judged = ['Köln', 'studio-a/pgm', 'studio'] as const
const asJudged = { ...inTurns, mode: 'continuous', profile: 'studio', thresholds: { targetLufs: -29 } } as const

/** Probes of streams that demo servers send by HLS, with their credentials. */
export function demoProbes(servers: readonly Pick<DemoServer, 'name' | 'hlsUrl' | 'input'>[]): readonly Omit<ProbeInput, 'paused'>[] {
  return [...probed, judged].flatMap(([serverName, path, project]) => {
    const server = servers.find(({ name }) => name === serverName)
    if (server === undefined || server.hlsUrl === null) return []
    const url = new URL(`${server.hlsUrl}/${path}/index.m3u8`)
    const { auth } = server.input
    if (auth.kind === 'basic') {
      url.username = auth.user
      url.password = auth.password ?? ''
    }
    return [{ ...(path === judged[1] ? asJudged : inTurns), checks: [], name: path, url: url.href, project }]
  })
}
