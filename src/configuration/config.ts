import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Document } from 'yaml'
import { z } from 'zod'
import type { YamlNamed } from '../engine/engineOptions.ts'
import { shownChannel } from '../engine/notifications/channelKinds.ts'
import { errorCode, readBoundedNow } from '../engine/readBounded.ts'
import { isMergeKey, unusableAlias, yaml, yamlMessage } from '../engine/yaml.ts'
import { shownCalendar } from '../shared/maintenance.ts'
import { redactUrl } from '../shared/redact.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { type SettingEnv, type YamlSettingKey, yamlSettings } from '../shared/settings.ts'
import { type Problem, type ValidationError, validationErrorOf } from '../shared/validationErrors.ts'
import { fileSchema, variableSchemas } from './configSchema.ts'
import { withMediamtxVariables } from './mediamtxVariables.ts'

/** The validated configuration of the headless console, with absolute paths and resolved secrets. */
export type HeadlessConfig = Extract<ReturnType<typeof readConfig>, { readonly ok: true }>['value']

/** Where settings come from. Flags win over the environment, which wins over the file. */
export interface ConfigSources {
  /** Path of the file as the user wrote it, and its text; null: none. */
  readonly file: { readonly path: string; readonly text: string } | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: {
    readonly listen?: string | undefined
    readonly metricsListen?: string | undefined
    readonly plainHttp?: boolean | undefined
    readonly dataDir?: string | undefined
    readonly demo?: boolean | undefined
  }
  readonly cwd: string
  readonly readText: (path: string) => string
}

/** Default folder of the console's files. */
function defaultDataDir(platform: NodeJS.Platform, env: ConfigSources['env'], home: string = homedir()): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'mtxdeck-headless')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'mtxdeck-headless')
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'mtxdeck-headless')
}

/**
 * Reads file, environment and flags into one validated configuration, or returns all problems at
 * once: `mtxdeck.yaml:7:5: servers[0].intervalSeconds: expected a number`. No problem's text holds a secret.
 */
export function readConfig(sources: ConfigSources) {
  const problems: Problem[] = []
  const { cwd, env, flags, readText } = sources
  const path = sources.file ? resolve(cwd, sources.file.path) : null
  const fileYaml = sources.file ? openYaml(sources.file.path, sources.file.text, [], problems) : null
  const variables = new Map<YamlSettingKey, YamlText | null>(
    yamlSettings.flatMap(({ key, env: name }) => (env[name] ? [[key, openYaml(name, env[name], [key], problems)]] : [])),
  )
  const listedNames = (key: 'servers' | 'channels') => namesIn(variables.has(key) ? variables.get(key)?.value : Object(fileYaml?.value)[key])
  const serverNames = listedNames('servers')
  const channelNames = listedNames('channels')
  const readFile = fileSchema({ dir: path === null ? cwd : dirname(path), env, readText, serverNames, channelNames })
  const { shape } = fileSchema({ dir: cwd, env, readText, serverNames, channelNames })
  const file = fileYaml ? fileYaml.check(z.preprocess((value) => value ?? {}, readFile)) : {}
  const checked = <T>(name: string, text: string | undefined, schema: z.ZodType<T>): T | undefined => {
    if (text === undefined) return undefined
    const { success, data, error } = schema.safeParse(text)
    if (!success) for (const issue of error.issues) problems.push({ at: name, key: '', validationError: validationErrorOf(issue) })
    return data
  }
  const fromEnv = <T>(name: SettingEnv, schema: z.ZodType<T>) => checked(name, env[name] || undefined, schema)
  type Values = z.output<ReturnType<typeof fileSchema>>
  /** From its variable where there is one, else from the file. */
  const fromYaml = <K extends YamlSettingKey>(key: K): NonNullable<Values[K]> | null => {
    const value = variables.has(key) ? variables.get(key)?.check<unknown>(shape[key]) : file?.[key]
    return (value ?? null) as NonNullable<Values[K]> | null
  }

  const listen = checked('--listen', flags.listen, shape.listen) ?? fromEnv('MTXDECK_LISTEN', shape.listen) ?? file?.listen
  const demo = flags.demo ?? fromEnv('MTXDECK_DEMO', shape.demo) ?? file?.demo ?? false
  const baseDir =
    checked('--data-dir', flags.dataDir, shape.dataDir) ?? fromEnv('MTXDECK_DATA_DIR', shape.dataDir) ?? file?.dataDir ?? defaultDataDir(process.platform, env)
  // The demo fleet's streams must not mix with the history of real ones.
  const dataDir = demo ? join(baseDir, 'demo') : baseDir
  const certFile = fromEnv('MTXDECK_TLS_CERT_FILE', shape.tls.unwrap().shape.certFile) ?? file?.tls?.certFile
  const keyFile = fromEnv('MTXDECK_TLS_KEY_FILE', shape.tls.unwrap().shape.keyFile) ?? file?.tls?.keyFile
  const hsts = fromEnv('MTXDECK_TLS_HSTS', shape.tls.unwrap().shape.hsts) ?? file?.tls?.hsts ?? false
  if (file && ((certFile === undefined) !== (keyFile === undefined) || (hsts && certFile === undefined)))
    problems.push({ at: '', key: 'tls', validationError: { kind: 'missing', key: certFile ? 'keyFile' : 'certFile' } })
  const named = withMediamtxVariables(fromYaml('servers') ?? [], env, (at, validationError) => problems.push({ at, key: '', validationError }))
  const config = {
    file: path,
    listen: listen ?? { host: '127.0.0.1', port: 8787 },
    dataDir,
    ...named,
    hosts: fromYaml('hosts') ?? [],
    channels: fromYaml('channels') ?? [],
    routes: fromYaml('routes'),
    heartbeat: fromYaml('heartbeat'),
    drill: fromYaml('drill'),
    maintenance: fromYaml('maintenance') ?? [],
    rules: fromYaml('rules') ?? [],
    onAir: fromYaml('onAir') ?? [],
    probes: fromYaml('probes') ?? [],
    vantages: fromYaml('vantages') ?? [],
    canaries: fromYaml('canaries') ?? [],
    dailyCheck: fromYaml('dailyCheck'),
    naming: fromYaml('naming'),
    snapshots: fromYaml('snapshots'),
    oidc: fromYaml('oidc'),
    tokenFile: fromEnv('MTXDECK_TOKEN_FILE', shape.tokenFile) ?? file?.tokenFile ?? join(dataDir, 'token'),
    token: fromEnv('MTXDECK_TOKEN', variableSchemas.token) ?? null,
    metricsTokenFile: fromEnv('MTXDECK_METRICS_TOKEN_FILE', shape.metricsTokenFile) ?? file?.metricsTokenFile ?? null,
    /** File of the token that may only read what probes see; null: there is none. */
    probesTokenFile: fromEnv('MTXDECK_PROBES_TOKEN_FILE', shape.probesTokenFile) ?? file?.probesTokenFile ?? null,
    /** Where only the metrics are served, beside the console's own address; null: nowhere. */
    metricsListen:
      checked('--metrics-listen', flags.metricsListen, shape.metricsListen) ??
      fromEnv('MTXDECK_METRICS_LISTEN', shape.metricsListen) ??
      file?.metricsListen ??
      null,
    /** Addresses beside its own under which browsers reach the console, such as `https://noc.example.org/mtx`: all at the same path, without a slash at the end. */
    publicUrls: fromEnv('MTXDECK_PUBLIC_URL', shape.publicUrl) ?? file?.publicUrl ?? [],
    /** Origins of the pages of applications that may use the WebRTC relay. */
    webrtcOrigins: fromEnv('MTXDECK_WEBRTC_ALLOW_ORIGINS', shape.webrtcAllowOrigins) ?? file?.webrtcAllowOrigins ?? [],
    trustedProxies: fromEnv('MTXDECK_TRUSTED_PROXIES', shape.trustedProxies) ?? file?.trustedProxies ?? [],
    /** Tokens are accepted that others on the network can read. */
    plainHttp: flags.plainHttp ?? fromEnv('MTXDECK_PLAIN_HTTP', shape.plainHttp) ?? file?.plainHttp ?? false,
    tls: certFile !== undefined && keyFile !== undefined ? { certFile, keyFile, hsts } : null,
    keepDays: fromEnv('MTXDECK_KEEP_DAYS', shape.keepDays) ?? file?.keepDays ?? null,
    keepBytes: fromEnv('MTXDECK_KEEP_BYTES', shape.keepBytes) ?? file?.keepBytes ?? null,
    logDir: fromEnv('MTXDECK_LOG_DIR', shape.logDir) ?? file?.logDir ?? join(dataDir, 'logs'),
    /** Also write the log to standard error. */
    logStderr: fromEnv('MTXDECK_LOG_STDERR', shape.logStderr) ?? file?.logStderr ?? false,
    logLevel: fromEnv('MTXDECK_LOG_LEVEL', shape.logLevel) ?? file?.logLevel ?? 'info',
    ffmpeg: fromEnv('MTXDECK_FFMPEG', shape.ffmpeg) ?? file?.ffmpeg ?? null,
    /** Address of the `release.json` that tells of newer versions. */
    updates: fromEnv('MTXDECK_UPDATES', shape.updates) ?? file?.updates ?? null,
    mediaBackend: fromEnv('MTXDECK_MEDIA', variableSchemas.mediaBackend) ?? null,
    /** How media processes are kept from this machine; null: in the best way that it allows. */
    mediaSandbox: fromEnv('MTXDECK_SANDBOX', variableSchemas.mediaSandbox) ?? null,
    demo,
  }
  // The provider sends browsers back to it.
  if (config.oidc !== null && config.publicUrls.length === 0) problems.push({ at: '', key: 'oidc', validationError: { kind: 'missing', key: 'publicUrl' } })
  return problems.length > 0 ? err<readonly Problem[]>(problems) : ok(config)
}

const followed = [
  'servers',
  'hosts',
  'channels',
  'routes',
  'heartbeat',
  'drill',
  'maintenance',
  'rules',
  'onAir',
  'probes',
  'vantages',
  'canaries',
  'dailyCheck',
  'naming',
] as const satisfies readonly (keyof YamlNamed & keyof HeadlessConfig)[]
const isFollowed = (key: string): boolean => followed.some((one) => one === key)

export function namedIn(config: HeadlessConfig) {
  return Object.fromEntries(Object.entries(config).filter(([key]) => isFollowed(key))) as Pick<HeadlessConfig, (typeof followed)[number]>
}

/** The settings that can't change while the console is running. */
export function untilRestart(config: HeadlessConfig): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !isFollowed(key)))
}

/** What the engine is started with by a configuration. */
export function engineOptionsOf(config: HeadlessConfig) {
  const { keepDays, keepBytes, ffmpeg, snapshots, defaultStreams } = config
  return {
    ...namedIn(config),
    defaultStreams,
    ...(keepDays !== null && { keepDays }),
    ...(keepBytes !== null && { keepBytes }),
    ...(ffmpeg !== null && { ffmpeg }),
    ...(snapshots !== null && { snapshots }),
  }
}

/** The parts of the configuration that may be shown: no secrets, no user names. */
export function shownConfig(config: HeadlessConfig) {
  return {
    ...config,
    token: config.token === null ? null : '(set)',
    oidc: config.oidc && { ...config.oidc, clientSecret: config.oidc.clientSecret && '(set)' },
    servers: config.servers.map(({ auth, ...server }) => ({ ...server, auth: { kind: auth.kind } })),
    onAir: config.onAir.map((plan) => ({ ...plan, calendar: plan.calendar && shownCalendar(plan.calendar) })),
    maintenance: config.maintenance.map((windows) => ({ ...windows, calendar: windows.calendar && shownCalendar(windows.calendar) })),
    channels: config.channels.map(shownChannel),
    heartbeat: config.heartbeat == null ? null : { origin: new URL(config.heartbeat.url).origin, everySeconds: config.heartbeat.everySeconds },
    vantages: config.vantages?.map(({ token: _, ...vantage }) => vantage),
    probes: config.probes.map((probe) => ({ ...probe, url: redactUrl(probe.url) })),
    hosts: config.hosts.map(({ auth, ...host }) => ({ ...host, auth: auth && { kind: auth.kind, ...(auth.kind === 'key' && { keyFile: auth.keyFile }) } })),
  }
}

/** Names in a list of servers that is not validated yet. */
const namesIn = (servers: unknown): readonly string[] =>
  Array.isArray(servers) ? servers.flatMap((server) => (typeof Object(server).name === 'string' ? [Object(server).name.trim()] : [])) : []

/** Maximum size of the configuration file, and of each file that it names. */
const largestFile = 10e6

/** Reads the configuration and the files that it names from the disk; `path` null: there is no file. The error has all problems. `note` is called with each file that is read, or should have been. */
export function loadConfig(
  path: string | null,
  rest: Pick<ConfigSources, 'env' | 'flags' | 'cwd'>,
  note: (file: string) => void = () => {},
): Result<HeadlessConfig, readonly Problem[]> {
  const readText = (name: string) => {
    note(name)
    return readBoundedNow(name, largestFile)
  }
  let file: ConfigSources['file'] = null
  if (path !== null) {
    try {
      file = { path, text: readText(resolve(rest.cwd, path)) }
    } catch (error) {
      return err([{ at: '', key: '', validationError: { kind: 'fileUnreadable', file: path, code: errorCode(error) } }])
    }
  }
  return readConfig({ file, ...rest, readText })
}

/** Configuration written as YAML: the file, or a list in an environment variable. */
interface YamlText {
  /** Keys and lists as plain objects and arrays, each value as the text that was typed: `password: 0123` keeps its zero. */
  readonly value: unknown
  /** Parses the value by a schema; null: invalid, and every problem was added with its line, column and key. */
  readonly check: <T>(schema: z.ZodType<T>) => T | null
}

/** Parses a YAML text. Problems start with `label` and call its root `root`; null: not YAML, and that was added to `problems`. */
function openYaml(label: string, text: string, root: readonly string[], problems: Problem[]): YamlText | null {
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', customTags: ['null'], merge: true, lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${label}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  const add = (offset: number, key: string, validationError: ValidationError) => problems.push({ at: at(offset), key, validationError })
  // The parser reads levels by recursion; beyond some hundreds each of them is an error.
  const tooDeep = document.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  if (tooDeep) {
    add(tooDeep.pos[0], '', { kind: 'nestedTooDeep' })
    return null
  }
  for (const { pos, message } of [...document.errors, ...document.warnings]) add(pos[0], '', { kind: 'said', text: yamlMessage(message) })
  if (document.errors.length > 0) return null
  const alias = unusableAlias(document)
  if (alias !== null) {
    add(alias, '', { kind: 'aliasUnusable' })
    return null
  }
  // Every server of a long list may use the same anchor; the total size was already checked.
  const value: unknown = document.toJS({ maxAliasCount: -1 })
  return {
    value,
    check: (schema) => {
      const { success, data, error } = schema.safeParse(value)
      if (success) return data
      const found = error.issues.map((issue) => ({ ...placeOf(document, issue.path), validationError: validationErrorOf(issue) }))
      for (const { offset, path, validationError } of found.sort((a, b) => a.offset - b.offset))
        add(offset, z.core.toDotPath([...root, ...path]), validationError)
      return null
    },
  }
}

/** Offset of the key of a path (or the item of a list), and the part of the path that exists in the document. */
function placeOf(document: Document.Parsed, path: readonly PropertyKey[]): { readonly offset: number; readonly path: readonly PropertyKey[] } {
  let node: unknown = document.contents
  let offset = 0
  for (const [depth, key] of path.entries()) {
    const child = childOf(document, node, key)
    if (!child) return { offset, path: path.slice(0, depth) }
    offset = (child.place as { range?: readonly number[] } | null)?.range?.[0] ?? offset
    node = child.node
  }
  return { offset, path }
}

/** The value under a key or an index, through aliases and merged maps, and the node that marks its position. */
function childOf(document: Document.Parsed, parent: unknown, key: PropertyKey): { readonly node: unknown; readonly place: unknown } | null {
  const { isAlias, isMap, isScalar, isSeq } = yaml()
  const node = isAlias(parent) ? parent.resolve(document) : parent
  if (isSeq(node)) return node.items.length > Number(key) ? { node: node.items[Number(key)], place: node.items[Number(key)] } : null
  if (!isMap(node)) return null
  const own = node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
  if (own) return { node: own.value, place: own.key }
  for (const { key: merge, value } of node.items) {
    if (!isMergeKey(merge)) continue
    for (const each of isSeq(value) ? value.items : [value]) {
      const found = childOf(document, each, key)
      if (found) return found
    }
  }
  return null
}
