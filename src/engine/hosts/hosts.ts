import type { HostFailure } from '../../shared/errors.ts'
import type { Host, HostChange, HostInput, HostProcess, HostReading } from '../../shared/hosts.ts'
import type { RefusalOf } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { createWatchList } from '../watching/watchList.ts'
import type { HostCheck } from './hostCheck.ts'
import { mergedSecret, secretOfAuth } from './hostCredentials.ts'
import { restart } from './hostPolling.ts'
import { readingFor } from './hostRound.ts'
import type { HostSettings } from './hostRows.ts'
import { addHost, removeHost, serversChanged, settingsOf, updateFromYaml, updateHost, watchStored, watchYaml } from './hostSettings.ts'
import { event, forgetTies, type HostsDeps, type HostsState, routeOf, shown, tiesOf, type Watched, type YamlHost } from './hostsState.ts'
import { readingAlone } from './mediaChoice.ts'
import type { SshRoute } from './sshConnection.ts'

export type { HostsDeps, YamlHost } from './hostsState.ts'

export type HostTest = { readonly error: HostFailure | null; readonly reading: HostReading | null }
export type HostTestInput = Omit<HostInput, 'name' | 'paused' | 'mediaProcess'> & { readonly id?: string | undefined }

/** The machine under a server, with its last reading. */
export interface HostSeen {
  readonly name: string
  readonly reading: HostReading | null
  /** null: it can't be asked for that: it is this machine, or its script is older. */
  readonly check: HostCheck | null
}

/** The watched hosts: their settings, access and state. */
export type Hosts = ReturnType<typeof createHosts>

export function createHosts(deps: HostsDeps, yamlHosts: readonly YamlHost[]) {
  const list = createWatchList<Watched, HostSettings, YamlHost, Host>({
    ...deps,
    noun: 'host',
    shown: (watched) => shown(hosts, watched),
    watchStored: (row, settings) => watchStored(hosts, row, settings),
    watchYaml: (id, input) => watchYaml(hosts, id, input),
    updateFromYaml: (watched, input) => updateFromYaml(hosts, watched, input),
    unwatched: ({ id }) => {
      const at = deps.clock.now()
      forgetTies(hosts)
      deps.describe(id, at, null)
      deps.gap(id, at)
      deps.forget(id)
    },
  })
  const hosts: HostsState = { ...deps, list, ties: new Map(), tiesUntil: Number.NEGATIVE_INFINITY, checkedAt: Number.NEGATIVE_INFINITY }
  list.restore(yamlHosts)

  return {
    all: deps.members.all,
    get: deps.members.get,
    /** Hosts and the servers that are on each, where any are known. */
    links: (): Iterable<readonly [hostId: string, serverId: string]> =>
      list.all().flatMap((watched) => tiesOf(hosts, watched).map(({ serverId }) => [watched.id, serverId] as const)),
    add: (input: HostInput) => addHost(hosts, input),
    update: (id: string, change: HostChange) => updateHost(hosts, id, change),
    remove: (id: string) => removeHost(hosts, id),
    /** Watches the hosts that the configuration file names now, and stops watching those that it no longer names. */
    applyYaml: list.applyYaml,
    /** Accepts the key that the host showed, if it still has that fingerprint. */
    acceptKey: (id: string, target: string, fingerprint: string) => acceptKey(hosts, id, target, fingerprint),
    test: (input: HostTestInput, signal?: AbortSignal) => testHost(hosts, input, signal),
    /** null: there is no such host. */
    processes: (id: string, signal?: AbortSignal) => readProcesses(hosts, id, signal),
    /** What the machine under a server says of its listeners and its media server. null: no machine is known under it. */
    lookUnder: (serverId: string, signal: AbortSignal) => lookUnder(hosts, serverId, signal),
    /** How a host is reached with another key: of a host, or of the one under a server. null: none is watched over SSH. */
    routeWithKey: (ownerId: string, keyFile: string): SshRoute | null => {
      const watched = hosts.list.byId.get(ownerId) ?? hostUnder(hosts, ownerId)
      const route = watched === undefined ? null : routeOf(hosts, watched.settings, watched.secret)
      return route && { ...route, auth: { kind: 'key', key: null, keyFile, passphrase: null }, keepalive: false }
    },
    /** Call when servers were added, removed or moved, as this machine may have to be watched now. */
    serversChanged: () => serversChanged(hosts),
    settled: list.settled,
    /** Resolves when all loops have ended after the signal. */
    ended: list.ended,
  }
}

function acceptKey(hosts: HostsState, id: string, target: string, fingerprint: string): Result<Host, 'NOT_FOUND' | 'OTHER_KEY'> {
  const watched = hosts.list.byId.get(id)
  if (!watched) return err('NOT_FOUND')
  const { error } = watched
  const isThat = error !== null && error.target === target && error.fingerprint === fingerprint && error.keyType !== null
  if (!isThat || (error.kind !== 'hostKeyUnknown' && error.kind !== 'hostKeyChanged')) return err('OTHER_KEY')
  hosts.rows.acceptKey(target, { keyType: error.keyType ?? '', fingerprint }, hosts.clock.now())
  hosts.log.info({ hostId: id, target, fingerprint }, 'a host key was accepted')
  // A changed key is recorded, so that the decision can be seen later. A first contact is not a change.
  if (error.kind === 'hostKeyChanged') {
    const { keyType, knownFingerprint } = error
    hosts.record([event(watched, 'hostKeyAccepted', hosts.clock.now(), { target, keyType, fingerprint, knownFingerprint })])
  }
  // Other hosts may use the same host as a jump host.
  for (const other of hosts.list.all())
    if (other === watched || (other.state === 'waiting' && other.error?.target === target && other.error.fingerprint === fingerprint)) restart(hosts, other)
  return ok(shown(hosts, watched))
}

async function testHost(hosts: HostsState, input: HostTestInput, signal?: AbortSignal): Promise<HostTest> {
  const limited = signal ? AbortSignal.any([hosts.signal, signal]) : hosts.signal
  const settings = settingsOf({ ...input, mediaProcess: null, paused: false })
  const stored = input.id === undefined ? undefined : hosts.list.byId.get(input.id)
  const secret = stored === undefined ? secretOfAuth(input.auth) : mergedSecret(stored, settings, input.auth).secret
  const route = routeOf(hosts, settings, secret)
  if (route === null) {
    const read = await hosts.localHost.read(limited)
    return read.ok ? { error: null, reading: readingAlone(read.value) } : { error: read.error, reading: null }
  }
  const collector = hosts.createRemote(route)
  try {
    const read = await hosts.list.track(collector.read(limited))
    return read.ok ? { error: null, reading: readingAlone(read.value) } : { error: read.error, reading: null }
  } finally {
    collector.close()
  }
}

async function readProcesses(hosts: HostsState, id: string, signal?: AbortSignal): Promise<Result<readonly HostProcess[], RefusalOf<'hostNotAsked'> | null>> {
  const watched = hosts.list.byId.get(id)
  if (!watched) return err(null)
  const { collector, error, settings } = watched
  if (collector === null || settings.paused) return err({ kind: 'hostNotAsked', name: watched.name, error })
  const limited = signal ? AbortSignal.any([hosts.signal, signal]) : hosts.signal
  const read = await hosts.list.track(collector.processes(limited))
  return read.ok ? read : err({ kind: 'hostNotAsked', name: watched.name, error: read.error })
}

/** The host that a server runs on. */
const hostUnder = (hosts: HostsState, serverId: string) => hosts.list.all().find((one) => tiesOf(hosts, one).some((tie) => tie.serverId === serverId))

async function lookUnder(hosts: HostsState, serverId: string, signal: AbortSignal): Promise<Result<HostSeen, HostFailure | null> | null> {
  const watched = hostUnder(hosts, serverId)
  if (watched === undefined) return null
  const { name, collector, error, settings, state } = watched
  // One that waits for somebody is not asked again for this.
  if (collector === null || settings.paused || state !== 'up') return err(error)
  const read = await hosts.list.track(collector.check(AbortSignal.any([hosts.signal, signal])))
  const { reading } = watched
  return read.ok ? ok({ name, reading: reading && readingFor(hosts, watched, serverId, reading), check: read.value }) : read
}
