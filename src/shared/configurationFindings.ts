import { z } from 'zod'
import { goDurationMs } from './goDuration.ts'
import { isLoopback } from './ipAddresses.ts'
import { isBefore, isRelease, newestKnownVersion } from './judgedVersion.ts'

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
  z.object({ kind: z.literal('anyMayWatch'), actions: some }),
  /** Like `anyMayAdminister` or, with an exclude setting, `neverAsked`, but for listeners reachable only from the server's own machine. */
  z.object({ kind: z.literal('openOnMachine'), setting: z.enum(['authInternalUsers', ...excludes.options]), actions: some }),
  /** Settings that allow any website to send requests, from the browser of whoever opens it. */
  z.object({ kind: z.literal('anyWebsite'), settings: some }),
  /** A new publisher may replace the one on air, on all paths that do not override this default. */
  z.object({ kind: z.literal('takeover') }),
  z.object({ kind: z.literal('noReaderLimit') }),
  /** `paths`: the first of the affected paths; `count`: number of all. */
  z.object({ kind: z.literal('recordingsKept'), paths: some, count: z.number().int() }),
  z.object({ kind: z.literal('slateRecorded'), paths: some, count: z.number().int() }),
  /** Before 1.20.1: https://github.com/bluenviron/mediamtx/issues/6110. */
  z.object({ kind: z.literal('passwordsTold') }),
  /** Up to 1.5: `itemsPerPage=0` divides by zero. */
  z.object({ kind: z.literal('endedByRequest') }),
  // Still so in the newest version that is known; mended in later ones: #6311, #6274 and #6299.
  z.object({ kind: z.literal('playbackOpen') }),
  z.object({ kind: z.literal('slowKeys') }),
  z.object({ kind: z.literal('forwardsRestarted') }),
])
export type ConfigurationFinding = z.infer<typeof configurationFindingSchema>
export type ConfigurationFindingKind = ConfigurationFinding['kind']

/** risk: admits unauthorized access or loses data. hint: worth knowing. */
export const configurationRisks: Readonly<Record<ConfigurationFindingKind, 'risk' | 'hint'>> = {
  anyMayAdminister: 'risk',
  anyMayPublish: 'risk',
  neverAsked: 'risk',
  passwordsTold: 'risk',
  endedByRequest: 'risk',
  recordingsKept: 'risk',
  slateRecorded: 'risk',
  playbackOpen: 'hint',
  slowKeys: 'hint',
  forwardsRestarted: 'hint',
  anyMayWatch: 'hint',
  openOnMachine: 'hint',
  anyWebsite: 'hint',
  takeover: 'hint',
  noReaderLimit: 'hint',
}

/** Lines of mediamtx.yml that resolve a finding; none: only an upgrade does. Supported by every version that can have the finding. */
export function linesThatChange(finding: ConfigurationFinding): readonly string[] {
  if (finding.kind === 'neverAsked') return [`${finding.setting}: []`]
  if (finding.kind === 'openOnMachine') return finding.setting === 'authInternalUsers' ? ofOneUser(finding.actions) : [`${finding.setting}: []`]
  if (finding.kind !== 'anyWebsite') return fixedLines[finding.kind]
  return finding.settings.map((setting) => `${setting}: ${setting.endsWith('Origins') ? "['https://console.example']" : "'https://console.example'"}`)
}

const ofOneUser = (actions: readonly string[]): readonly string[] => [
  ...['authInternalUsers:', '  - user: console', '    pass: …', '    permissions:'],
  ...actions.map((action) => `      - action: ${action}`),
]

const fixedLines: Readonly<Record<Exclude<ConfigurationFindingKind, 'anyWebsite' | 'neverAsked' | 'openOnMachine'>, readonly string[]>> = {
  anyMayAdminister: [
    'authInternalUsers:',
    '  - user: any',
    "    ips: ['127.0.0.1', '::1']",
    '    permissions:',
    '      - action: api',
    '      - action: metrics',
    '      - action: pprof',
  ],
  anyMayPublish: ['authInternalUsers:', '  - user: camera', '    pass: …', '    permissions:', '      - action: publish'],
  anyMayWatch: ['authInternalUsers:', '  - user: viewer', '    pass: …', '    permissions:', '      - action: read', '      - action: playback'],
  takeover: ['pathDefaults:', '  overridePublisher: no'],
  noReaderLimit: ['pathDefaults:', '  maxReaders: 100'],
  recordingsKept: ['pathDefaults:', '  recordDeleteAfter: 168h'],
  slateRecorded: ['paths:', '  …:', '    record: no'],
  passwordsTold: [],
  endedByRequest: [],
  playbackOpen: [],
  slowKeys: [],
  forwardsRestarted: [],
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
const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter((item): item is Fields => typeof item === 'object' && item !== null) : []
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

/** Whether a listener, such as api, is on and reachable only from its own machine. An unknown address counts as reachable by all. */
function isOnLoopback(global: Fields, listener: string): boolean {
  const address = global[`${listener}Address`]
  return global[listener] === true && typeof address === 'string' && isLoopback(address.slice(0, address.lastIndexOf(':')))
}

/** Findings for enabled actions that are excluded from authentication. */
function neverAsked(global: Fields): ConfigurationFinding[] {
  const setting = global.authMethod === 'http' ? 'authHTTPExclude' : global.authMethod === 'jwt' ? 'authJWTExclude' : null
  if (setting === null) return []
  const all = [...new Set(ofAllPaths(global[setting]))].filter((action) => !ofListeners.includes(action) || global[action] === true)
  const there = all.filter((action) => isOnLoopback(global, action))
  const actions = all.filter((action) => !there.includes(action))
  return [...when(actions.length > 0, { kind: 'neverAsked', setting, actions }), ...when(there.length > 0, { kind: 'openOnMachine', setting, actions: there })]
}

const when = (applies: boolean, finding: ConfigurationFinding): readonly ConfigurationFinding[] => (applies ? [finding] : [])

/** Settings of enabled listeners that allow requests from any website; up to 1.15, each has one origin. */
const openOrigins = (global: Fields): string[] =>
  ['api', 'metrics', 'pprof', 'playback'].flatMap((listener) => {
    if (global[listener] !== true) return []
    const all = global[`${listener}AllowOrigins`]
    if (Array.isArray(all)) return all.includes('*') ? [`${listener}AllowOrigins`] : []
    return global[`${listener}AllowOrigin`] === '*' ? [`${listener}AllowOrigin`] : []
  })

/** Known mistakes and bugs, worst first. Unknown settings yield no findings. */
export function configurationFindings({ version, global, pathDefaults, paths }: LintedServer): ConfigurationFinding[] {
  const open = openActions(global)
  const among = (actions: readonly string[]) => actions.filter((action) => open.has(action))
  const known = isRelease(version, { global, pathDefaults }) && !isBefore(newestKnownVersion, version.replace(/^v/, '')) ? version : null
  const hasFault = (until: string) => known !== null && isBefore(known, until)
  // Omitted settings of a path fall back to the defaults.
  const named = paths.filter((path) => typeof path.name === 'string')
  const of = (path: Fields, key: string) => path[key] ?? pathDefaults[key]
  const ofPaths = (kind: 'recordingsKept' | 'slateRecorded', isMeant: (path: Fields) => boolean): ConfigurationFinding[] => {
    const meant = named.filter(isMeant).map(({ name }) => String(name))
    return meant.length === 0 ? [] : [{ kind, paths: meant.slice(0, mostNamed), count: meant.length }]
  }
  const isNever = (value: unknown) => goDurationMs(value) === 0 || value === '0'
  const origins = openOrigins(global)
  const watching = among(['read', 'playback'])
  const administering = among(ofListeners).filter((action) => global[action] === true)
  const there = administering.filter((action) => isOnLoopback(global, action))
  const everywhere = administering.filter((action) => !there.includes(action))
  // If all paths are pulled by the server itself, or redirect, nobody can publish.
  const takesPublishers = named.length === 0 || named.some((path) => (of(path, 'source') ?? 'publisher') === 'publisher')
  const forwards = [pathDefaults, ...named].some(({ forward }) => !isEmpty(forward))
  const found: ConfigurationFinding[] = [
    ...when(everywhere.length > 0, { kind: 'anyMayAdminister', actions: everywhere }),
    ...when(there.length > 0, { kind: 'openOnMachine', setting: 'authInternalUsers', actions: there }),
    ...when(open.has('publish') && takesPublishers, { kind: 'anyMayPublish' }),
    ...neverAsked(global),
    ...when(watching.length > 0, { kind: 'anyMayWatch', actions: watching }),
    ...when(origins.length > 0, { kind: 'anyWebsite', settings: origins }),
    ...when(pathDefaults.overridePublisher === true && takesPublishers, { kind: 'takeover' }),
    ...when(pathDefaults.maxReaders === 0, { kind: 'noReaderLimit' }),
    ...ofPaths('recordingsKept', (path) => of(path, 'record') === true && isNever(of(path, 'recordDeleteAfter'))),
    ...ofPaths('slateRecorded', (path) => of(path, 'record') === true && of(path, 'alwaysAvailable') === true && of(path, 'alwaysAvailableRecorded') !== false),
    ...when(hasFault('1.20.1'), { kind: 'passwordsTold' }),
    ...when(hasFault('1.6.0'), { kind: 'endedByRequest' }),
    ...when(known !== null && global.playback === true, { kind: 'playbackOpen' }),
    ...when(known !== null && global.authMethod === 'jwt', { kind: 'slowKeys' }),
    ...when(known !== null && forwards, { kind: 'forwardsRestarted' }),
  ]
  const order = Object.keys(configurationRisks)
  return found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}
