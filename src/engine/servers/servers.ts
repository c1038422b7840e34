import { type ServerCaution, sameEndpointOf } from '../../shared/cautions.ts'
import type { MediaGate } from '../../shared/media.ts'
import type { Reason } from '../../shared/reasons.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Server, ServerAddresses, ServerConfiguration, ServerInput } from '../../shared/servers.ts'
import { type GateValidationError, gateAt } from '../http/gate.ts'
import { createWatchList, type WatchChangeError } from '../watching/watchList.ts'
import type { OwnEndpointsDeps } from './ownEndpoints.ts'
import type { KnownEndpoint, ServerAccess } from './readings.ts'
import { createSameEndpoints } from './sameEndpoints.ts'
import { createSecretBox } from './secretBox.ts'
import { start, startHeartbeat } from './serverPolling.ts'
import type { ServerSettings } from './serverRows.ts'
import { addServer, type ServerChange, updateFromYaml, updateServer, watchStored, watchYaml } from './serverSettings.ts'
import { accessFor, changed, type ServersDeps, type ServersState, shown } from './serversState.ts'
import type { Watched } from './watchedServer.ts'

export type Servers = ReturnType<typeof createServers>

export function createServers(deps: ServersDeps, yamlServers: readonly ServerInput[]) {
  const { clock, secretsKey } = deps
  const list = createWatchList<Watched, ServerSettings, ServerInput, Server>({
    ...deps,
    noun: 'server',
    shown: (watched) => shown(servers, watched),
    watchStored: (row, settings) => watchStored(servers, row, settings),
    watchYaml: (id, input, hidesStored) => watchYaml(servers, id, input, hidesStored),
    updateFromYaml: (watched, input) => updateFromYaml(servers, watched, input),
    unwatched: ({ id }) => {
      deps.hosts.delete(id)
      deps.streams.forget(id)
      deps.describe(id, clock.now(), null)
      deps.onRemoved(id)
    },
  })
  const servers: ServersState = {
    ...deps,
    list,
    box: secretsKey.key === null ? null : createSecretBox(secretsKey.key),
    keptForLaunch: secretsKey.key === null ? { kind: 'keptForLaunch', secrets: secretsKey.kept } : null,
    launchedAt: clock.now(),
    isOffline: false,
    yamlTrouble: null,
    sameEndpoints: createSameEndpoints((watched) => list.byId.get(watched.id) === watched),
    lastBeat: clock.now(),
    haltedNotedAt: clock.now(),
  }
  list.restore(yamlServers)
  startHeartbeat(servers)

  const accessOf = (
    id: string,
  ): (ServerAccess & { readonly addresses: Readonly<Record<keyof ServerAddresses, KnownEndpoint>>; readonly version: string | null }) | null => {
    const watched = list.byId.get(id)
    if (!watched) return null
    const { cautions, addresses } = shown(servers, watched)
    const endpoints = Object.fromEntries(Object.entries(addresses).map(([endpoint, at]) => [endpoint, sameEndpointOf({ cautions }, endpoint) ?? at]))
    return { ...accessFor(watched), addresses: endpoints as Record<keyof ServerAddresses, KnownEndpoint>, version: watched.info.version }
  }
  return {
    all: deps.members.all,
    get: deps.members.get,
    /** Their names and states alone, without what `all` works out of each: for what asks with each poll. */
    names: (): readonly Pick<Server, 'id' | 'name' | 'paused' | 'state'>[] =>
      list.all().map(({ id, name, settings, state }) => ({ id, name, paused: settings.paused, state })),
    add: (input: ServerInput): Result<Server, WatchChangeError | GateValidationError> => addServer(servers, input),
    update: (id: string, change: ServerChange): Result<Server, WatchChangeError | GateValidationError> => updateServer(servers, id, change),
    remove: (id: string): Result<null, WatchChangeError> => {
      const removed = list.remove(id)
      return removed.ok ? ok(null) : removed
    },
    /** Polls a server at once, unless it is being polled already, or is paused. null: there is no such server. */
    tryNow: (id: string): Server | null => {
      const watched = list.byId.get(id)
      if (!watched) return null
      // Without its secret the server can't be polled, and one that is being polled is not polled twice.
      if (watched.settings.paused || watched.withheld !== null || watched.round !== null) return shown(servers, watched)
      watched.stop.abort()
      watched.nextTryAt = null
      start(servers, watched)
      changed(servers, watched, clock.now())
      return shown(servers, watched)
    },
    /** Watches the servers that the configuration file names now, and stops watching those that it no longer names. */
    applyYaml: list.applyYaml,
    /** Sets why the changed configuration file is not used, as a caution of each of its servers; null: it is used. */
    setYamlTrouble: (trouble: ServerCaution | null): void => {
      servers.yamlTrouble = trouble
      for (const watched of list.all()) if (watched.origin === 'yaml') changed(servers, watched, clock.now())
    },
    configuration: (id: string): ServerConfiguration | null => {
      const watched = list.byId.get(id)
      if (!watched) return null
      const { readAt, error, reading } = watched.configuration
      return { readAt, error, global: reading?.shown.global ?? {}, pathDefaults: reading?.shown.pathDefaults ?? {}, paths: [...(reading?.shown.paths ?? [])] }
    },
    /** Access for previews and connection tests of a stored server, and the version that it says. Contains a secret, so it never leaves the engine. */
    accessOf,
    /** What the gate before an address wants, if that is an endpoint over HTTP of a watched server. Contains secrets, for the media process only. */
    gateAt: (address: string): MediaGate | null => {
      const url = URL.parse(address.replace(/^whep(s?):/i, 'http$1:'))
      if (url === null || !/^https?:$/.test(url.protocol)) return null
      for (const { id, gate } of list.all()) {
        const access = gate && accessOf(id)
        const endpoints = access === null ? [] : [access.addresses.hls, access.addresses.webrtc]
        const isBehind = endpoints.some((endpoint) => typeof endpoint === 'string' && URL.parse(endpoint)?.origin === url.origin)
        const wanted = access !== null && isBehind ? gateAt(url.href, access) : null
        if (access !== null && wanted !== null) return { ...wanted, fingerprint: access.fingerprint }
      }
      return null
    },
    /** See `OwnEndpointsDeps`. */
    unevaluatedEndpoint: (id: string): ReturnType<OwnEndpointsDeps['unevaluated']> => {
      const watched = list.byId.get(id)
      const at = watched?.configuration.reading?.addresses.rtsp
      if (!watched || at == null || watched.state !== 'up' || watched.lastAnswerAt === null || watched.evaluatedEndpoint?.at === at) return null
      return typeof watched.settings.addresses.rtsp === 'string' ? null : { at, answeredAt: watched.lastAnswerAt }
    },
    evaluateEndpoint: (id: string, at: string, isOwn: boolean): void => {
      const watched = list.byId.get(id)
      if (!watched) return
      watched.evaluatedEndpoint = { at, isOwn }
      changed(servers, watched, clock.now())
      deps.onChange(id)
    },
    /** Why the console itself can't watch; null: it can. */
    consoleWhy: (): Reason | null => (servers.isOffline ? { kind: 'noNetwork' } : null),
    settled: list.settled,
    /** Resolves when all loops have ended after the signal. */
    ended: list.ended,
  }
}
