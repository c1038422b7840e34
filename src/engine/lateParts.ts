import { longestGopMs } from '../shared/probeReadings.ts'
import type { Acting } from './createActing.ts'
import type { Alerting, WatchedNow } from './createAlerting.ts'
import type { Pictures } from './createPictures.ts'
import type { Probing } from './createProbing.ts'
import type { Hosts } from './hosts/hosts.ts'
import type { Servers } from './servers/servers.ts'

/** Parts of the engine that others ask which are created before them. Each is set once, as soon as it was created; null: not yet. */
export interface LateParts {
  alerting: Alerting | null
  servers: Servers | null
  hosts: Hosts | null
  acting: Acting | null
  pictures: Pictures | null
  probing: Probing | null
}

export function noPartsYet(): LateParts {
  return { alerting: null, servers: null, hosts: null, acting: null, pictures: null, probing: null }
}

/** How far apart the key frames of a stream are by the probes that read it, s, or are at least; null: none has measured that. */
export function keyFramesApart(parts: LateParts): (serverId: string, path: string) => number | null {
  return (serverId, path) => {
    let longest: number | null = null
    for (const [probe, read] of parts.alerting?.probedStreams() ?? []) {
      if (read.serverId !== serverId || read.path !== path) continue
      const reading = parts.probing?.probes.get(probe)?.reading
      const ms = reading && longestGopMs(reading)
      if (ms != null) longest = Math.max(longest ?? 0, ms / 1_000)
    }
    return longest
  }
}

/** What alarms ask of what is watched: nothing is, until it is there. */
export function watchedNow(parts: LateParts): WatchedNow {
  const probe = (id: string) => parts.probing?.probes.get(id) ?? null
  return {
    server: (id) => parts.servers?.get(id) ?? null,
    serverHosts: () => parts.servers?.hosts() ?? [],
    machines: () => parts.hosts?.links() ?? [],
    host: (id) => parts.hosts?.get(id) ?? null,
    hostOf: (serverId) => parts.hosts?.all().find((host) => host.serverIds.includes(serverId)) ?? null,
    probe,
    probes: () => parts.probing?.probes.addresses() ?? [],
    elsewhereOf: (probeId) => probe(probeId)?.elsewhere ?? [],
    canaryOf: (probeId) => parts.probing?.canaries.stateOf(probeId, (id) => probe(id)?.state === 'up') ?? null,
    report: (report) => parts.probing?.dailyChecks.details(report) ?? null,
  }
}
