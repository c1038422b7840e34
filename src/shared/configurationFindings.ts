import { z } from 'zod'
import { goDurationMs } from './goDuration.ts'
import { isLoopback } from './ipAddresses.ts'
import { isBefore, isRelease } from './serverVersions.ts'

// Known mistakes in the configuration of a media server, and known bugs of its version. Derived from the configuration returned by its API, in which
// passwords are hidden.

const some = z.array(z.string())
const excludes = z.enum(['authHTTPExclude', 'authJWTExclude'])
export const configurationFindingSchema = z.discriminatedUnion('kind', [
  /** Anyone who can reach the server may use these without a password: api, metrics, pprof. */
  z.object({ kind: z.literal('anyMayAdminister'), actions: some }),
  z.object({ kind: z.literal('anyMayPublish') }),
  /** Actions excluded from authentication (`authMethod`). Up to 1.20.0, MediaMTX excludes api, metrics and pprof for http by default. */
  z.object({ kind: z.literal('neverAsked'), setting: excludes, actions: some }),
  /** Before 1.20.1: https://github.com/bluenviron/mediamtx/issues/6110. */
  z.object({ kind: z.literal('passwordsTold') }),
  /** `paths`: the first of the affected paths; `count`: number of all. */
  z.object({ kind: z.literal('recordingsKept'), paths: some, count: z.number().int() }),
  z.object({ kind: z.literal('anyMayWatch'), actions: some }),
])
export type ConfigurationFinding = z.infer<typeof configurationFindingSchema>

const ofUser = (user: string, ...actions: readonly string[]): readonly string[] => [
  ...['authInternalUsers:', `  - user: ${user}`, '    pass: …', '    permissions:'],
  ...actions.map((action) => `      - action: ${action}`),
]

/** Lines of mediamtx.yml that resolve a finding; none: only an upgrade does. Supported by every version that can have the finding. */
export function linesThatChange(finding: ConfigurationFinding): readonly string[] {
  switch (finding.kind) {
    case 'anyMayAdminister':
      return ofUser('console', ...finding.actions)
    case 'anyMayPublish':
      return ofUser('camera', 'publish')
    case 'anyMayWatch':
      return ofUser('viewer', 'read', 'playback')
    case 'neverAsked':
      return [`${finding.setting}: []`]
    case 'recordingsKept':
      return ['pathDefaults:', '  recordDeleteAfter: 168h']
    case 'passwordsTold':
      return []
  }
}

type Fields = Readonly<Record<string, unknown>>
export interface LintedServer {
  /** null: unknown, so bugs of versions are not reported. */
  readonly version: string | null
  readonly global: Fields
  readonly pathDefaults: Fields
  readonly paths: readonly Fields[]
}

const mostNamed = 5
/** The objects of a list in a configuration; anything else has none. */
export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter((item): item is Fields => typeof item === 'object' && item !== null) : []
}
const isEmpty = (value: unknown) => !Array.isArray(value) || value.length === 0
/** Whether the list contains no address, or a network that includes all. */
const isAnywhere = (ips: unknown) => isEmpty(ips) || (Array.isArray(ips) && ips.some((ip) => typeof ip === 'string' && ip.endsWith('/0')))
/** Actions that are also the switches of listeners. MediaMTX ignores paths when granting these. */
const ofListeners: readonly string[] = ['api', 'metrics', 'pprof']

/** Permitted actions, without those limited to certain paths: these are assumed to be intended. */
const ofAllPaths = (permissions: unknown): string[] =>
  listOf(permissions).flatMap(({ action, path }) => (path && !ofListeners.includes(String(action)) ? [] : [String(action)]))

/** Actions permitted without a password from anywhere the server can be reached. */
function openActions({ authMethod = 'internal', authInternalUsers }: Fields): ReadonlySet<string> {
  if (authMethod !== 'internal') return new Set()
  const free = listOf(authInternalUsers).filter(({ user, pass, ips }) => user === 'any' && !pass && isAnywhere(ips))
  return new Set(free.flatMap(({ permissions }) => ofAllPaths(permissions)))
}

/**
 * Of these actions those that more than the server's own machine can use: of listeners only such as are on and not bound to its loopback address. An
 * unknown address counts as reachable by all.
 */
function reachable(actions: readonly string[], global: Fields): string[] {
  const isBeyondMachine = (listener: string) => {
    const address = global[`${listener}Address`]
    return global[listener] === true && !(typeof address === 'string' && isLoopback(address.slice(0, address.lastIndexOf(':'))))
  }
  return [...new Set(actions)].filter((action) => !ofListeners.includes(action) || isBeyondMachine(action))
}

const when = (applies: boolean, finding: ConfigurationFinding): readonly ConfigurationFinding[] => (applies ? [finding] : [])

/** Known mistakes and bugs, worst first. Unknown settings yield no findings. */
export function configurationFindings({ version, global, pathDefaults, paths }: LintedServer): ConfigurationFinding[] {
  const open = openActions(global)
  const among = (actions: readonly string[]) => actions.filter((action) => open.has(action))
  const excluding = global.authMethod === 'http' ? 'authHTTPExclude' : global.authMethod === 'jwt' ? 'authJWTExclude' : null
  const excluded = excluding === null ? [] : reachable(ofAllPaths(global[excluding]), global)
  // Omitted settings of a path fall back to the defaults.
  const named = paths.filter((path) => typeof path.name === 'string')
  const of = (path: Fields, key: string) => path[key] ?? pathDefaults[key]
  const isNever = (value: unknown) => goDurationMs(value) === 0 || value === '0'
  const kept = named.filter((path) => of(path, 'record') === true && isNever(of(path, 'recordDeleteAfter'))).map(({ name }) => String(name))
  const watching = among(['read', 'playback'])
  const administering = reachable(among(ofListeners), global)
  // If all paths are pulled by the server itself, or redirect, nobody can publish.
  const takesPublishers = named.length === 0 || named.some((path) => (of(path, 'source') ?? 'publisher') === 'publisher')
  return [
    ...when(administering.length > 0, { kind: 'anyMayAdminister', actions: administering }),
    ...when(open.has('publish') && takesPublishers, { kind: 'anyMayPublish' }),
    ...(excluding === null ? [] : when(excluded.length > 0, { kind: 'neverAsked', setting: excluding, actions: excluded })),
    ...when(isRelease(version, { global, pathDefaults }) && isBefore(version, '1.20.1'), { kind: 'passwordsTold' }),
    ...when(kept.length > 0, { kind: 'recordingsKept', paths: kept.slice(0, mostNamed), count: kept.length }),
    ...when(watching.length > 0, { kind: 'anyMayWatch', actions: watching }),
  ]
}
