import { hostname } from 'node:os'
import { hash32 } from '../../clock/every.ts'
import type { HostCause } from '../../shared/errors.ts'
import type { Host, HostChange, HostInput } from '../../shared/hosts.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { StoredRow } from '../watching/watchedRows.ts'
import type { WatchChangeError } from '../watching/watchList.ts'
import { authSettingsOf, type HostSecret, hasSecret, mergedSecret, secretFromText, secretOfAuth, secretToText } from './hostCredentials.ts'
import { restart, start } from './hostPolling.ts'
import type { HostSettings } from './hostRows.ts'
import { describe, forgetTies, type HostsState, needsKeepalive, shown, type Watched, type YamlHost } from './hostsState.ts'
import { serversByHost } from './serversAt.ts'

type HostChangeError = WatchChangeError | 'KEY_UNAVAILABLE'

/** The first forecast waits for some samples, and until other hosts have started. */
const firstForecastMs = 60_000
/** This machine is read less often than others, because each reading takes some ms of its own CPU. */
const thisMachineSeconds = 2
const checkEveryMs = 5_000
const removedThisMachine = 'hosts.thisMachineRemoved'

/** Adds a host to the watched ones, without reading it yet. */
function watch(hosts: HostsState, of: Pick<Watched, 'id' | 'name' | 'origin' | 'settings' | 'serverName' | 'secret' | 'withheld'>): Watched {
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
    listened: new Set(),
    goroutines: null,
    goroutinesAt: Number.NEGATIVE_INFINITY,
    readAt: 0,
    forecastAt: hosts.clock.monotonic() + firstForecastMs + (hash32(of.id) % firstForecastMs),
    fullAt: new Map(),
    describeAt: 0,
    describedHash: '',
    collector: null,
    files: null,
    stop: new AbortController(),
  }
  hosts.list.add(watched)
  forgetTies(hosts)
  return watched
}

function begin(hosts: HostsState, watched: Watched): void {
  describe(hosts, watched, hosts.clock.now())
  start(hosts, watched)
}

export function watchStored(hosts: HostsState, row: StoredRow<HostSettings>, settings: HostSettings): void {
  const text = row.sealedSecret === null ? null : (hosts.box?.open(row.sealedSecret, row.id) ?? null)
  const secret = text === null ? null : secretFromText(text)
  const lost = row.sealedSecret !== null && secret === null
  const withheld: HostCause = hosts.box === null ? { kind: 'secretsClosed', secrets: hosts.secretsKey.kept } : { kind: 'credentialUnreadable' }
  begin(
    hosts,
    watch(hosts, { id: row.id, name: row.name, origin: 'stored', settings, serverName: null, secret: secret ?? {}, withheld: lost ? withheld : null }),
  )
}

export function watchYaml(hosts: HostsState, id: string, input: YamlHost): void {
  const { name, server } = input
  if (server !== null && !hosts.servers().some((one) => one.name.toLowerCase() === server.toLowerCase()))
    hosts.log.warn({ host: name, server }, 'the configuration file ties a host to a server that is not there')
  begin(hosts, watch(hosts, { id, origin: 'yaml', withheld: null, ...fromYaml(input) }))
}

function fromYaml({ name, server, ...input }: YamlHost): Pick<Watched, 'name' | 'settings' | 'serverName' | 'secret'> {
  const settings = settingsOf({ ...input, serverId: null, paused: false })
  return { name, settings, serverName: server, secret: input.ssh === null ? {} : secretOfAuth(input.auth) }
}

export function addHost(hosts: HostsState, input: HostInput): Result<Host, HostChangeError> {
  if (hosts.list.isNameTaken(input.name)) return err('NAME_TAKEN')
  const secret = input.ssh === null ? {} : secretOfAuth(input.auth)
  if (hosts.box === null && hasSecret(secret)) return err('KEY_UNAVAILABLE')
  const settings = settingsOf(input)
  const id = hosts.list.store(input.name, settings, (newId) => sealed(hosts, secret, newId))
  const watched = watch(hosts, { id, name: input.name, origin: 'stored', settings, serverName: null, secret, withheld: null })
  begin(hosts, watched)
  return ok(shown(hosts, watched))
}

export function updateHost(hosts: HostsState, id: string, change: HostChange): Result<Host, HostChangeError> {
  const found = hosts.list.editable(id, change.name)
  if (!found.ok) return found
  const watched = found.value
  const { settings: before } = watched
  const ssh = change.ssh === undefined ? before.ssh : change.ssh
  const addressed = { ssh, jump: ssh === null ? [] : (change.jump ?? before.jump) }
  const { secret, withheld } =
    ssh === null ? { secret: {}, withheld: false } : mergedSecret({ settings: before, secret: watched.secret }, addressed, change.auth)
  const given = secretOfAuth(change.auth ?? null)
  if (hosts.box === null && hasSecret(given)) return err('KEY_UNAVAILABLE')
  const auth = change.auth === undefined ? before.auth : authSettingsOf(change.auth)
  // A key file that is not named again stays, unless a key was given instead of it.
  const keepsFile = change.auth?.kind === 'key' && change.auth.keyFile === undefined && given.key === undefined && before.auth.kind === 'key'
  const settings: HostSettings = {
    ...addressed,
    auth: ssh === null ? authSettingsOf(null) : keepsFile ? { ...auth, keyFile: before.auth.keyFile } : auth,
    knownHostsFile: change.knownHostsFile === undefined ? before.knownHostsFile : change.knownHostsFile,
    serverId: change.serverId === undefined ? before.serverId : change.serverId,
    mediaProcess: change.mediaProcess === undefined ? before.mediaProcess : change.mediaProcess,
    intervalSeconds: change.intervalSeconds ?? before.intervalSeconds,
    paused: change.paused ?? before.paused,
  }
  const name = change.name ?? watched.name
  hosts.rows.update({ id, name, settings, sealedSecret: sealed(hosts, secret, id) })
  watched.name = name
  watched.settings = settings
  forgetTies(hosts)
  // The media server's process may be another one from now on, which is neither an end nor a restart.
  if (before.serverId !== settings.serverId || before.mediaProcess !== settings.mediaProcess || before.ssh !== settings.ssh) watched.media = new Map()
  watched.secret = secret
  watched.withheld = withheld ? { kind: 'credentialLeftBehind' } : hasSecret(secret) ? null : watched.withheld
  if (accessKey(before) !== accessKey(settings) || hasSecret(given) || withheld || watched.state === 'waiting') {
    if (before.ssh !== settings.ssh) watched.reading = null
    restart(hosts, watched)
  }
  describe(hosts, watched, hosts.clock.now())
  return ok(shown(hosts, watched))
}

/** Applies the configuration file to a host that it named before. Returns false if nothing changed. */
export function updateFromYaml(hosts: HostsState, watched: Watched, input: YamlHost): boolean {
  const next = fromYaml(input)
  const { settings: before } = watched
  const isOtherWay = accessKey(before) !== accessKey(next.settings) || secretToText(watched.secret) !== secretToText(next.secret)
  const isSame = watched.name === next.name && watched.serverName === next.serverName && JSON.stringify(before) === JSON.stringify(next.settings)
  if (isSame && !isOtherWay) return false
  if (watched.serverName !== next.serverName || before.mediaProcess !== next.settings.mediaProcess || before.ssh !== next.settings.ssh)
    watched.media = new Map()
  Object.assign(watched, next)
  forgetTies(hosts)
  if (before.ssh !== next.settings.ssh) watched.reading = null
  if (isOtherWay) restart(hosts, watched)
  describe(hosts, watched, hosts.clock.now())
  return true
}

export function settingsOf(input: Omit<HostInput, 'name'>): HostSettings {
  return {
    ssh: input.ssh,
    auth: authSettingsOf(input.ssh === null ? null : input.auth),
    jump: input.ssh === null ? [] : input.jump,
    knownHostsFile: input.knownHostsFile,
    serverId: input.serverId,
    mediaProcess: input.mediaProcess,
    intervalSeconds: input.intervalSeconds,
    paused: input.paused,
  }
}

/** Settings that decide how a host is read. When any of them changes, reading restarts. */
const accessKey = (of: HostSettings) => JSON.stringify([of.ssh, of.auth, of.jump, of.knownHostsFile, of.paused, needsKeepalive(of)])

const sealed = (hosts: HostsState, secret: HostSecret, id: string): Uint8Array | null =>
  hosts.box === null || !hasSecret(secret) ? null : hosts.box.seal(secretToText(secret), id)

export function removeHost(hosts: HostsState, id: string): Result<null, HostChangeError> {
  const removed = hosts.list.remove(id)
  if (!removed.ok) return removed
  if (removed.value.settings.ssh === null) hosts.settings.write(removedThisMachine, 'yes')
  return ok(null)
}

/** Adds this machine automatically once a media server runs on it. */
export function serversChanged(hosts: HostsState): void {
  // Limited, because servers change with each poll.
  if (!hosts.offersThisMachine || hosts.clock.monotonic() - hosts.checkedAt < checkEveryMs) return
  hosts.checkedAt = hosts.clock.monotonic()
  if (hosts.list.all().some(({ settings }) => settings.ssh === null)) return
  if (serversByHost(hosts.servers())(null).length === 0 || hosts.settings.read(removedThisMachine) !== null) return
  // What it calls itself is its name in every language.
  const own = hostname().slice(0, 90)
  const names = [own, ...Array.from({ length: 9 }, (_, n) => `${own} ${n + 2}`)]
  const name = names.find((one) => !hosts.list.isNameTaken(one))
  if (name === undefined) return
  addHost(hosts, {
    name,
    ssh: null,
    auth: null,
    jump: [],
    knownHostsFile: null,
    serverId: null,
    mediaProcess: null,
    intervalSeconds: thisMachineSeconds,
    paused: false,
  })
}
