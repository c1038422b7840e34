import { hostOf } from '../../shared/endpoints.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Server, ServerInput } from '../../shared/servers.ts'
import { withoutUndefined } from '../../shared/withoutUndefined.ts'
import { type Gate, type GateValidationError, gateAfter, keepsOf } from '../http/gate.ts'
import type { StoredRow } from '../watching/watchedRows.ts'
import type { WatchChangeError } from '../watching/watchList.ts'
import { restart, startOrHalt } from './serverPolling.ts'
import { mayMoveTo, type ServerSecrets, type ServerSettings, secretOf, secretsFromText, secretsToText } from './serverRows.ts'
import { changed, type ServersState, shown } from './serversState.ts'
import { Watched } from './watchedServer.ts'

type Given = Omit<ServerSettings, 'auth'> & { readonly auth: ServerInput['auth'] | ServerSettings['auth'] }
const settingsOf = ({ url, auth, fingerprint, intervalSeconds, addresses, tags, paused, ...given }: Given): ServerSettings => ({
  url,
  auth: { kind: auth.kind, user: auth.kind === 'basic' ? auth.user : null },
  fingerprint,
  intervalSeconds,
  addresses,
  tags,
  paused,
  ...(given.expected !== undefined && { expected: given.expected }),
  ...(given.newStreams !== undefined && { newStreams: given.newStreams }),
})

/** Settings that decide how a server is accessed. When any of them changes, polling restarts. */
const accessKey = ({ url, auth, fingerprint, paused }: ServerSettings) => JSON.stringify([url, auth, fingerprint, paused])

function watch(servers: ServersState, of: ConstructorParameters<typeof Watched>[0]): Watched {
  const watched = new Watched(of, servers.clock)
  servers.list.add(watched)
  servers.hosts.add(of.id, () => (watched.state === 'paused' ? null : [watched.id, hostOf(new URL(watched.settings.url).host)]))
  return watched
}

export function watchStored(servers: ServersState, row: StoredRow<ServerSettings>, settings: ServerSettings): void {
  const text = row.sealedSecret === null ? null : (servers.box?.open(row.sealedSecret, row.id) ?? null)
  const lost = row.sealedSecret !== null && text === null
  const secrets: ServerSecrets = text === null ? { secret: null, gate: null } : secretsFromText(text)
  const withheld = lost ? ({ detail: { kind: 'encryptedWithOtherKey' }, sealed: row.sealedSecret } as const) : null
  begin(servers, watch(servers, { id: row.id, name: row.name, origin: 'stored', settings, ...secrets, withheld }))
}

export function watchYaml(servers: ServersState, id: string, input: ServerInput, hidesStored: boolean): void {
  const watched = watch(servers, {
    id,
    name: input.name,
    origin: 'yaml',
    settings: settingsOf(input),
    secret: secretOf(input.auth),
    gate: gateOf(input),
    withheld: null,
  })
  watched.hidesStored = hidesStored
  begin(servers, watched)
}

/** Of an entry of the configuration file, whose schema has tried it. */
export function gateOf(input: ServerInput): Gate | null {
  const gate = gateAfter(null, input)
  return gate.ok ? gate.value : null
}

export function addServer(servers: ServersState, input: ServerInput): Result<Server, WatchChangeError | GateValidationError> {
  if (servers.list.isNameTaken(input.name)) return err('NAME_TAKEN')
  const gate = gateAfter(null, input)
  if (!gate.ok) return gate
  const secrets: ServerSecrets = { secret: secretOf(input.auth), gate: gate.value }
  const settings = settingsOf(input)
  const id = servers.list.store(input.name, settings, (newId) => sealed(servers, secrets, newId))
  const watched = watch(servers, { id, name: input.name, origin: 'stored', settings, ...secrets, withheld: null })
  begin(servers, watched)
  return ok(shown(servers, watched))
}

function begin(servers: ServersState, watched: Watched): void {
  startOrHalt(servers, watched)
  changed(servers, watched, servers.clock.now())
}

function sealed({ box }: ServersState, secrets: ServerSecrets, id: string): Uint8Array | null {
  const text = secretsToText(secrets)
  return text === null || box === null ? null : box.seal(text, id)
}

/** Applies the configuration file to a server that it named before. Returns false if nothing changed. */
export function updateFromYaml(servers: ServersState, watched: Watched, input: ServerInput): boolean {
  const before = watched.settings
  const settings = settingsOf(input)
  const secrets: ServerSecrets = { secret: secretOf(input.auth), gate: gateOf(input) }
  const isOtherWay = accessKey(before) !== accessKey(settings) || secretsToText(watched) !== secretsToText(secrets)
  if (!isOtherWay && watched.name === input.name && JSON.stringify(before) === JSON.stringify(settings)) return false
  watched.name = input.name
  watched.settings = settings
  if (isOtherWay) {
    Object.assign(watched, secrets)
    restart(servers, watched)
  }
  changed(servers, watched, servers.clock.now())
  return true
}

/** The changes of an edit; omitted fields stay as they are. */
export type ServerChange = { readonly [K in keyof ServerInput]?: ServerInput[K] | undefined }

export function updateServer(servers: ServersState, id: string, change: ServerChange): Result<Server, WatchChangeError | GateValidationError> {
  const found = servers.list.editable(id, change.name)
  if (!found.ok) return found
  const watched = found.value
  const before = watched.settings
  const settings = settingsOf({ ...before, ...withoutUndefined(change) })
  const given = change.auth ? secretOf(change.auth) : null
  const moves = !mayMoveTo(before, settings)
  if (moves && keepsOf(watched.gate, change)) return err({ field: 'headers', validationError: { kind: 'notTakenAlong' } })
  const gate = gateAfter(watched.gate, change)
  if (!gate.ok) return gate
  const secretsBefore = secretsToText(watched)
  watched.gate = gate.value
  // An omitted secret stays, unless the kind of sign-in or the host has changed: an operator who edits a server
  // must not be able to learn its password by entering the address of a server of their own.
  if (given !== null || settings.auth.kind !== before.auth.kind || (settings.auth.kind === 'none' && gate.value !== null)) {
    watched.secret = given
    watched.withheld = null
  } else if (moves && (watched.secret !== null || watched.withheld !== null)) {
    watched.secret = null
    watched.withheld = { detail: { kind: 'ofOtherAddress' }, sealed: null }
  }
  watched.name = change.name ?? watched.name
  watched.settings = settings
  servers.rows.update({
    id,
    name: watched.name,
    settings,
    sealedSecret: watched.withheld ? watched.withheld.sealed : sealed(servers, watched, id),
  })
  const isOtherWay = accessKey(before) !== accessKey(settings) || secretsBefore !== secretsToText(watched)
  if (isOtherWay || given !== null || watched.withheld !== null || watched.state === 'halted') restart(servers, watched)
  changed(servers, watched, servers.clock.now())
  return ok(shown(servers, watched))
}
