import type { IncomingMessage } from 'node:http'
import { isPathPattern, knownPathSettings, pathInterruption, pathSettingValidationError } from '../shared/pathSettings.ts'
import { pathConfigurations, pathDefaultsConfiguration } from './demoConfiguration.ts'
import { fail, json, minor, type Reply, type ServerState } from './demoServerState.ts'

// What the API changes of the configuration of paths. As in MediaMTX, it lasts until the process ends.

type Fields = Readonly<Record<string, unknown>>

export function defaultsOf(server: ServerState): Fields {
  return { ...pathDefaultsConfiguration(server.model.version()), ...server.settings.pathDefaults }
}

/** The entries of the configuration, with what was changed of them. */
export function configuredEntries(server: ServerState): readonly Fields[] {
  const defaults = defaultsOf(server)
  const entries = pathConfigurations(server.model.version(), server.pathOptions, defaults)
  if (server.edits.size === 0) return entries
  const named = new Map<string, Fields>(entries.map((entry) => [String(entry.name), entry]))
  for (const [name, { instead, settings }] of server.edits) {
    if (settings === null) named.delete(name)
    else named.set(name, { ...(instead ? defaults : (named.get(name) ?? defaults)), ...settings, name })
  }
  return [...named.values()].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
}

const most = 1 << 20
/** Reads the body of a change; null: it is too long. */
export async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > most) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

/** Why the server does not take settings; null: it takes them. */
function fault(settings: Fields, known: Fields): string | null {
  for (const [name, value] of Object.entries(settings)) {
    if (!Object.hasOwn(known, name) && !knownPathSettings.has(name)) return `json: unknown field ${JSON.stringify(name)}`
    if (name === 'source' && !/^(?:publisher|redirect|rpiCamera|[a-z+]+:\/\/.+)$/.test(String(value))) return `invalid source: '${String(value)}'`
    const validationError = pathSettingValidationError(name, value)
    if (validationError !== null && validationError.kind !== 'secretsHidden') return `json: cannot unmarshal ${JSON.stringify(value)} into field ${name}`
  }
  return null
}

const changing: Readonly<Record<string, string>> = { add: 'POST', replace: 'POST', patch: 'PATCH', delete: 'DELETE' }
export function isPathEdit(path: string): boolean {
  return /^\/v3\/config\/paths\/(?:add|replace|patch|delete)\//.test(path)
}

/** Answers a request that changes the configuration of a path. */
export function editPath(server: ServerState, method: string, path: string, body: string | null): Reply {
  const [, act = '', name = ''] = /^\/v3\/config\/paths\/(\w+)\/(.+)$/s.exec(path) ?? []
  if (changing[act] !== method) return { status: 404, type: 'text/plain', body: '404 page not found' }
  const entry = configuredEntries(server).find((one) => one.name === name)
  if (act === 'add' && entry !== undefined) return fail(server, 400, 'path already exists')
  if ((act === 'patch' || act === 'delete') && entry === undefined) return fail(server, minor(server) < 5 ? 500 : 404, 'path not found')
  if (act === 'delete') {
    server.edits.set(name, { instead: true, settings: null })
    interrupt(server, name)
    return done(server)
  }
  let settings: unknown
  try {
    settings = JSON.parse(body ?? '')
  } catch {
    return fail(server, 400, 'invalid JSON')
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return fail(server, 400, 'invalid JSON')
  const known = entry ?? defaultsOf(server)
  const refused = fault(settings as Fields, known)
  if (act === 'patch' && minor(server) >= 16) server.refused.set(name, { ...server.refused.get(name), ...settings })
  for (const [of, left] of server.refused) {
    const still = fault(left, known)
    if (still === null) server.refused.delete(of)
    else return fail(server, 400, still)
  }
  if (refused !== null) return fail(server, 400, refused)
  const before = server.edits.get(name)
  if (act === 'patch') server.edits.set(name, { instead: before?.instead ?? false, settings: { ...before?.settings, ...settings } })
  else server.edits.set(name, { instead: true, settings: settings as Fields })
  const version = `v1.${minor(server)}.0`
  if (act !== 'patch' || pathInterruption(Object.keys(settings), version) === 'streams') interrupt(server, name)
  return done(server)
}

const done = (server: ServerState): Reply => (minor(server) >= 15 ? json(200, { status: 'ok' }) : { status: 200, type: null, body: '' })

/** Its streams are closed. Who published them comes back, where they may. */
function interrupt(server: ServerState, name: string): void {
  if (server.shared !== null) return
  const stays = server.edits.get(name)?.settings !== null || isPathPattern(name)
  for (const { options, live } of [...server.model.paths.values()]) {
    const isMeant = options.name === name || options.confName === name || (name === 'all_others' && options.mode === 'dynamic')
    if (isMeant && live) server.model.trouble({ kind: 'publisherGone', path: options.name, ...(stays && { forMs: 3_000 }) })
  }
}
