import { hostname } from 'node:os'
import { hash32 } from '../../clock/every.ts'
import type { HostFailure } from '../../shared/errors.ts'
import type { Host, HostChange, HostInput, HostProcess, HostReading } from '../../shared/hosts.ts'
import type { RefusalOf } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { withoutUndefined } from '../../shared/withoutUndefined.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import type { StoredRow } from '../watching/watchedRows.ts'
import { createWatchList, type WatchChangeError } from '../watching/watchList.ts'
import type { HostCheck } from './hostCheck.ts'
import type { HostCollector } from './hostCollector.ts'
import { authSettingsOf, type HostSecret, hasSecret, mergedSecret, secretFromText, secretOfAuth, targetsOf } from './hostCredentials.ts'
import { readingFor, start } from './hostPolling.ts'
import type { HostSettings } from './hostRows.ts'
import {
  describe,
  event,
  forgetTies,
  type HostsDeps,
  type HostsState,
  processOf,
  routeOf,
  serversByHost,
  shown,
  tiesOf,
  type Watched,
  withMediaServer,
  type YamlHost,
} from './hostsState.ts'
import type { HostSizing } from './sizing.ts'
import type { SshRoute } from './sshConnection.ts'
import type { AcceptedKey } from './sshTarget.ts'

export type { HostsDeps, YamlHost } from './hostsState.ts'

/** `keyType` left out: as the host showed it last. */
type KeyToAccept = Pick<AcceptedKey, 'fingerprint'> & { readonly keyType?: string | undefined }

export type HostTest = { readonly error: HostFailure | null; readonly reading: HostReading | null }
export type HostTestInput = Omit<HostInput, 'name' | 'paused'> & { readonly id?: string | undefined }

export interface HostSeen {
  readonly name: string
  readonly reading: HostReading | null
  /** null: it can't be asked for that: it is this machine without Linux, or its script is older. */
  readonly check: HostCheck | null
}

type HostChangeError = WatchChangeError | 'KEY_UNAVAILABLE'

/** The first forecast waits for some samples, and until other hosts have started. */
const firstForecastMs = 60_000
/** This machine is read less often than others, because each reading takes some ms of its own CPU. */
const thisMachineSeconds = 2
const checkEveryMs = 5_000
const removedThisMachine = 'hosts.thisMachineRemoved'

export type Hosts = ReturnType<typeof createHosts>

export function createHosts(deps: HostsDeps, yamlHosts: readonly YamlHost[]) {
  const list = createWatchList<Watched, HostSettings, YamlHost, Host>({
    ...deps,
    noun: 'host',
    shown: (watched) => shown(hosts, watched),
    watchStored: (row, settings) => watchStored(hosts, row, settings),
    watchYaml: (id, input) => watchYaml(hosts, id, input),
    updateFromYaml: (watched, input) => change(hosts, watched, fromYaml(input)),
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
    remove: (id: string): Result<null, HostChangeError> => {
      const removed = list.remove(id)
      if (!removed.ok) return removed
      if (removed.value.settings.ssh === null) deps.settings.write(removedThisMachine, 'yes')
      return ok(null)
    },
    /** Watches the hosts that the configuration file names now, and stops watching those that it no longer names. */
    applyYaml: list.applyYaml,
    /** Accepts a key for a host or one of its jump hosts (`host:port`): nothing is sent to one that shows another. */
    acceptKey: (id: string, target: string, key: KeyToAccept) => acceptKey(hosts, id, target, key),
    test: (input: HostTestInput, signal?: AbortSignal) => testHost(hosts, input, signal),
    /** null: there is no such host. */
    processes: (id: string, signal?: AbortSignal) => readProcesses(hosts, id, signal),
    /** What the machine under a server says of its listeners and its media server. null: no machine is known under it. */
    lookUnder: (serverId: string, signal: AbortSignal) => lookUnder(hosts, serverId, signal),
    /** How a host is reached with another key: of a host, or of the one under a server. null: none is watched over SSH. */
    routeWithKey: (ownerId: string, keyFile: string): SshRoute | null => {
      const watched = list.byId.get(ownerId) ?? hostUnder(hosts, ownerId)?.watched
      const route = watched === undefined ? null : routeOf(hosts, watched.settings, watched.secret)
      return route && { ...route, auth: { kind: 'key', key: null, keyFile, passphrase: null } }
    },
    /** Call when servers were added, removed or moved, as this machine may have to be watched now. */
    serversChanged: () => serversChanged(hosts),
    settled: list.settled,
    ended: list.ended,
  }
}

type Configured = Pick<Watched, 'name' | 'settings' | 'serverName' | 'secret'>

function watch(hosts: HostsState, of: Configured & Pick<Watched, 'id' | 'origin'>): Watched {
  const watched: Watched = {
    ...of,
    state: 'connecting',
    stateSince: hosts.clock.now(),
    error: null,
    failures: 0,
    awayFrom: null,
    awayTo: Number.NaN,
    downRecorded: false,
    goodAt: null,
    answerMs: null,
    reading: null,
    media: new Map(),
    readAt: 0,
    forecastAt: hosts.clock.monotonic() + firstForecastMs + (hash32(of.id) % firstForecastMs),
    fullAt: new Map(),
    describeAt: 0,
    describedHash: '',
    collector: null,
    stop: new AbortController(),
  }
  hosts.list.add(watched)
  forgetTies(hosts)
  describe(hosts, watched, hosts.clock.now())
  start(hosts, watched)
  return watched
}

function watchStored(hosts: HostsState, { id, name, sealedSecret }: StoredRow<HostSettings>, settings: HostSettings): void {
  const text = sealedSecret === null ? null : (hosts.box?.open(sealedSecret, id) ?? null)
  watch(hosts, { id, name, origin: 'stored', settings, serverName: null, secret: (text === null ? null : secretFromText(text)) ?? {} })
}

function watchYaml(hosts: HostsState, id: string, input: YamlHost): void {
  const { name, server } = input
  if (server !== null && !hosts.servers().some((one) => one.name.toLowerCase() === server.toLowerCase()))
    hosts.log.warn({ host: name, server }, 'the configuration file ties a host to a server that is not there')
  watch(hosts, { id, origin: 'yaml', ...fromYaml(input) })
}

const fromYaml = ({ name, server, ...input }: YamlHost): Configured => ({
  name,
  settings: settingsOf({ ...input, serverId: null, paused: false }),
  serverName: server,
  secret: input.ssh === null ? {} : secretOfAuth(input.auth),
})

function settingsOf({ ssh, auth, jump, knownHostsFile, serverId, intervalSeconds, paused }: Omit<HostInput, 'name'>): HostSettings {
  return { ssh, auth: authSettingsOf(ssh === null ? null : auth), jump: ssh === null ? [] : jump, knownHostsFile, serverId, intervalSeconds, paused }
}

function addHost(hosts: HostsState, input: HostInput): Result<Host, HostChangeError> {
  const { name } = input
  if (hosts.list.isNameTaken(name)) return err('NAME_TAKEN')
  const secret = input.ssh === null ? {} : secretOfAuth(input.auth)
  if (hosts.box === null && hasSecret(secret)) return err('KEY_UNAVAILABLE')
  const settings = settingsOf(input)
  const id = hosts.list.store(name, settings, (newId) => sealed(hosts, secret, newId))
  return ok(shown(hosts, watch(hosts, { id, name, origin: 'stored', settings, serverName: null, secret })))
}

function updateHost(hosts: HostsState, id: string, given: HostChange): Result<Host, HostChangeError> {
  const found = hosts.list.editable(id, given.name)
  if (!found.ok) return found
  const watched = found.value
  const { settings: before } = watched
  const { name = watched.name, auth, ...rest } = given
  const newSecret = secretOfAuth(auth ?? null)
  if (hosts.box === null && hasSecret(newSecret)) return err('KEY_UNAVAILABLE')
  const next: HostSettings = { ...before, ...withoutUndefined(rest), auth: auth === undefined ? before.auth : authSettingsOf(auth) }
  // A key file that is not named again stays, unless a key was given instead of it.
  if (auth?.kind === 'key' && auth.keyFile === undefined && newSecret.key === undefined && before.auth.kind === 'key') next.auth = before.auth
  const settings = next.ssh === null ? { ...next, jump: [], auth: authSettingsOf(null) } : next
  const secret = settings.ssh === null ? {} : mergedSecret({ settings: before, secret: watched.secret }, settings, auth)
  hosts.rows.update({ id, name, settings, sealedSecret: sealed(hosts, secret, id) })
  change(hosts, watched, { name, settings, serverName: null, secret })
  return ok(shown(hosts, watched))
}

const accessOf = ({ settings: { serverId: _, intervalSeconds: __, ...access }, secret }: Pick<Configured, 'settings' | 'secret'>) =>
  JSON.stringify([access, secret])
/** Applies new settings. A host that waits for somebody is tried again in any case. Returns false if nothing changed. */
function change(hosts: HostsState, watched: Watched, next: Configured): boolean {
  const { name, settings, serverName, secret } = watched
  const restarts = accessOf(watched) !== accessOf(next) || watched.state === 'waiting'
  const isSame = JSON.stringify({ name, settings, serverName, secret }) === JSON.stringify(next)
  if (isSame && !restarts) return false
  Object.assign(watched, next)
  forgetTies(hosts)
  const isOther = settings.ssh !== next.settings.ssh
  // The media server's process may be another one from now on, which is neither an end nor a restart.
  if (isOther || settings.serverId !== next.settings.serverId || serverName !== next.serverName) watched.media = new Map()
  if (isOther) watched.reading = null
  if (restarts) start(hosts, watched)
  describe(hosts, watched, hosts.clock.now())
  return !isSame
}

const sealed = (hosts: HostsState, secret: HostSecret, id: string): Uint8Array | null =>
  hosts.box === null || !hasSecret(secret) ? null : hosts.box.seal(JSON.stringify(secret), id)

/** Adds this machine automatically once a media server runs on it. */
function serversChanged(hosts: HostsState): void {
  // Limited, because servers change with each poll.
  if (!hosts.offersThisMachine || hosts.clock.monotonic() - hosts.checkedAt < checkEveryMs) return
  hosts.checkedAt = hosts.clock.monotonic()
  if (hosts.list.all().some(({ settings }) => settings.ssh === null)) return
  if (serversByHost(hosts.servers())(null).length === 0 || hosts.settings.read(removedThisMachine) !== null) return
  // What it calls itself is its name in every language.
  const name = hostname().slice(0, 90)
  const usual = { auth: null, jump: [], knownHostsFile: null, serverId: null, paused: false }
  addHost(hosts, { ...usual, name: hosts.list.isNameTaken(name) ? `${name} 2` : name, ssh: null, intervalSeconds: thisMachineSeconds })
}

function acceptKey(hosts: HostsState, id: string, named: string, { keyType: given, fingerprint }: KeyToAccept): Result<Host, 'NOT_FOUND'> {
  const watched = hosts.list.byId.get(id)
  const target = watched && targetsOf(watched.settings).find((one) => one.toLowerCase() === named.toLowerCase())
  if (!watched || target === undefined) return err('NOT_FOUND')
  const error = watched.error?.target === target ? watched.error : null
  const keyType = given ?? error?.keyType ?? ''
  const known = error?.knownFingerprint ?? hosts.rows.keysOf(target)[0]?.fingerprint ?? null
  hosts.rows.acceptKey(target, { keyType, fingerprint }, hosts.clock.now())
  hosts.log.info({ hostId: id, target, fingerprint }, 'a host key was accepted')
  // A changed key is recorded, so that the decision can be seen later. A first contact is not a change.
  if (known !== null && known !== fingerprint)
    hosts.record([event(watched, 'hostKeyAccepted', hosts.clock.now(), { target, keyType, fingerprint, knownFingerprint: known })])
  // Other hosts may use the same host as a jump host.
  for (const other of hosts.list.all())
    if (other === watched || (other.state === 'waiting' && other.error?.target === target && other.error.fingerprint === fingerprint)) start(hosts, other)
  return ok(shown(hosts, watched))
}

async function testHost(hosts: HostsState, input: HostTestInput, signal?: AbortSignal): Promise<HostTest> {
  const limited = signal ? AbortSignal.any([hosts.signal, signal]) : hosts.signal
  const settings = settingsOf({ ...input, paused: false })
  const stored = input.id === undefined ? undefined : hosts.list.byId.get(input.id)
  const route = routeOf(hosts, settings, stored === undefined ? secretOfAuth(input.auth) : mergedSecret(stored, settings, input.auth))
  const collector = route === null ? hosts.localHost : hosts.createRemote(route)
  try {
    const read = await hosts.list.track(collector.read(limited))
    if (!read.ok) return { error: read.error, reading: null }
    return { error: null, reading: withMediaServer(read.value, processOf(read.value.mediaProcesses, null), 0) }
  } finally {
    if (route !== null) collector.close()
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

function hostUnder(hosts: HostsState, serverId: string) {
  for (const watched of hosts.list.all()) {
    const tie = tiesOf(hosts, watched).find((one) => one.serverId === serverId)
    if (tie !== undefined) return { watched, tie }
  }
  return null
}

async function lookUnder(hosts: HostsState, serverId: string, signal: AbortSignal): Promise<Result<HostSeen, HostFailure | null> | null> {
  const found = hostUnder(hosts, serverId)
  if (found === null) return null
  const { watched, tie } = found
  const { name, collector, error, settings, state } = watched
  // One that waits for somebody is not asked again for this.
  if (collector === null || settings.paused || state !== 'up') return err(error)
  const read = await hosts.list.track(collector.check(AbortSignal.any([hosts.signal, signal])))
  const { reading } = watched
  return read.ok ? ok({ name, reading: reading && readingFor(hosts, watched, tie, reading), check: read.value }) : read
}

export function hostsRouter(hosts: Hosts, localHost: HostCollector, sizing: HostSizing) {
  return {
    local: api.hosts.local.handler(async ({ errors, signal = new AbortController().signal }) => {
      const read = await localHost.read(signal)
      if (!read.ok) throw errors.UNREADABLE({ data: { kind: 'hostNotAsked', name: hostname(), error: read.error } })
      return withMediaServer(read.value, processOf(read.value.mediaProcesses, null), 0)
    }),
    list: api.hosts.list.handler(() => [...hosts.all()]),
    add: api.hosts.add.handler(({ input, errors }) => orRefused(hosts.add(input), errors)),
    update: api.hosts.update.handler(({ input, errors }) => orRefused(hosts.update(input.id, input.change), errors)),
    remove: api.hosts.remove.handler(({ input, errors }) => {
      orRefused(hosts.remove(input.id), errors)
    }),
    acceptKey: api.hosts.acceptKey.handler(({ input, errors }) => orRefused(hosts.acceptKey(input.id, input.target, input), errors)),
    test: api.hosts.test.handler(({ input, signal }) => hosts.test(input, signal)),
    processes: api.hosts.processes.handler(async ({ input, errors, signal }) => {
      const found = await hosts.processes(input.id, signal)
      if (!found.ok) throw found.error === null ? errors.NOT_FOUND() : errors.UNREADABLE({ data: found.error })
      return [...found.value]
    }),
    sizing: api.hosts.sizing.handler(async ({ input, errors, signal }) => await sizing.of(orNotFound(hosts.get(input.id), errors), signal)),
  }
}
