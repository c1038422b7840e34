import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { YamlNamed } from '../engine/engineOptions.ts'
import { shownChannel } from '../engine/notifications/channelKinds.ts'
import { shownCalendar } from '../shared/maintenance.ts'
import type { MediaBackend, WantedSandbox } from '../shared/media.ts'
import { redactUrl } from '../shared/redact.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { SettingEnv } from '../shared/settings.ts'
import type { SnapshotSettings } from '../shared/snapshots.ts'
import { type Problem, validationErrorOf } from '../shared/validationErrors.ts'
import { fileSchema, type logLevels, variableSchemas } from './configSchema.ts'
import type { ListenAddress } from './listenAddress.ts'
import { withMediamtxVariables } from './mediamtxVariables.ts'
import { openYaml } from './yamlText.ts'

export type LogLevel = (typeof logLevels)[number]

/** The validated configuration of the headless console, with absolute paths and resolved secrets. */
export interface HeadlessConfig extends YamlNamed {
  /** The configuration file; null: none. */
  readonly file: string | null
  readonly listen: ListenAddress
  readonly dataDir: string
  readonly tokenFile: string
  /** The token from the environment, which is used instead of a file. */
  readonly token: string | null
  /** File of a token that may read the metrics for Prometheus and nothing else; null: there is none. */
  readonly metricsTokenFile: string | null
  /** File of the token that may only read what probes see; null: there is none. */
  readonly probesTokenFile: string | null
  /** Where only the metrics are served, beside the console's own address; null: nowhere. */
  readonly metricsListen: ListenAddress | null
  /** Origins beside its own under which browsers reach the console, such as `https://noc.example.org`. */
  readonly publicOrigins: readonly string[]
  /** Origins of the pages of applications that may use the WebRTC relay. */
  readonly webrtcOrigins: readonly string[]
  /** Addresses and networks of the proxies in front, such as `10.0.0.0/8`. */
  readonly trustedProxies: readonly string[]
  /** Tokens are accepted that others on the network can read. */
  readonly plainHttp: boolean
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly hsts: boolean } | null
  readonly keepDays: number | null
  readonly keepBytes: number | null
  readonly logDir: string
  /** Also write the log to standard error. */
  readonly logStderr: boolean
  readonly logLevel: LogLevel
  /** Path of the machine's ffmpeg. */
  readonly ffmpeg: string | null
  /** How snapshots are taken, unless that was set in the console. */
  readonly snapshots: SnapshotSettings | null
  readonly mediaBackend: MediaBackend | null
  /** How media processes are kept from this machine; null: in the best way that it allows. */
  readonly mediaSandbox: WantedSandbox | null
  readonly demo: boolean
}

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
  /** Reads a small file whole, or throws. */
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
export function readConfig(sources: ConfigSources): Result<HeadlessConfig, readonly Problem[]> {
  const problems: Problem[] = []
  const { cwd, env, flags, readText } = sources
  const path = sources.file ? resolve(cwd, sources.file.path) : null
  const fileYaml = sources.file ? openYaml(sources.file.path, sources.file.text, [], problems) : null
  const serversYaml = env.MTXDECK_SERVERS ? openYaml('MTXDECK_SERVERS', env.MTXDECK_SERVERS, ['servers'], problems) : null
  const hostsYaml = env.MTXDECK_HOSTS ? openYaml('MTXDECK_HOSTS', env.MTXDECK_HOSTS, ['hosts'], problems) : null
  const serverNames = namesIn(env.MTXDECK_SERVERS ? serversYaml?.value : Object(fileYaml?.value).servers)
  const channelNames = namesIn(Object(fileYaml?.value).channels)
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
  const named = withMediamtxVariables((env.MTXDECK_SERVERS ? serversYaml?.check(shape.servers) : file?.servers) ?? [], env, (at, validationError) =>
    problems.push({ at, key: '', validationError }),
  )
  const config: HeadlessConfig = {
    file: path,
    listen: listen ?? { host: '127.0.0.1', port: 8787 },
    dataDir,
    ...named,
    hosts: (env.MTXDECK_HOSTS ? hostsYaml?.check(shape.hosts) : file?.hosts) ?? [],
    channels: file?.channels ?? [],
    routes: file?.routes ?? null,
    heartbeat: file?.heartbeat ?? null,
    drill: file?.drill ?? null,
    maintenance: file?.maintenance ?? [],
    rules: file?.rules ?? [],
    onAir: file?.onAir ?? [],
    probes: file?.probes ?? [],
    vantages: file?.vantages ?? [],
    canaries: file?.canaries ?? [],
    dailyCheck: file?.dailyCheck ?? null,
    naming: file?.naming ?? null,
    snapshots: file?.snapshots ?? null,
    tokenFile: fromEnv('MTXDECK_TOKEN_FILE', shape.tokenFile) ?? file?.tokenFile ?? join(dataDir, 'token'),
    token: fromEnv('MTXDECK_TOKEN', variableSchemas.token) ?? null,
    metricsTokenFile: fromEnv('MTXDECK_METRICS_TOKEN_FILE', shape.metricsTokenFile) ?? file?.metricsTokenFile ?? null,
    probesTokenFile: fromEnv('MTXDECK_PROBES_TOKEN_FILE', shape.probesTokenFile) ?? file?.probesTokenFile ?? null,
    metricsListen:
      checked('--metrics-listen', flags.metricsListen, shape.metricsListen) ??
      fromEnv('MTXDECK_METRICS_LISTEN', shape.metricsListen) ??
      file?.metricsListen ??
      null,
    publicOrigins: fromEnv('MTXDECK_PUBLIC_URL', shape.publicUrl) ?? file?.publicUrl ?? [],
    webrtcOrigins: file?.webrtcAllowOrigins ?? [],
    trustedProxies: fromEnv('MTXDECK_TRUSTED_PROXIES', shape.trustedProxies) ?? file?.trustedProxies ?? [],
    plainHttp: flags.plainHttp ?? fromEnv('MTXDECK_PLAIN_HTTP', shape.plainHttp) ?? file?.plainHttp ?? false,
    tls: certFile !== undefined && keyFile !== undefined ? { certFile, keyFile, hsts } : null,
    keepDays: fromEnv('MTXDECK_KEEP_DAYS', shape.keepDays) ?? file?.keepDays ?? null,
    keepBytes: fromEnv('MTXDECK_KEEP_BYTES', shape.keepBytes) ?? file?.keepBytes ?? null,
    logDir: fromEnv('MTXDECK_LOG_DIR', shape.logDir) ?? file?.logDir ?? join(dataDir, 'logs'),
    logStderr: fromEnv('MTXDECK_LOG_STDERR', shape.logStderr) ?? file?.logStderr ?? false,
    logLevel: fromEnv('MTXDECK_LOG_LEVEL', shape.logLevel) ?? file?.logLevel ?? 'info',
    ffmpeg: fromEnv('MTXDECK_FFMPEG', shape.ffmpeg) ?? file?.ffmpeg ?? null,
    mediaBackend: fromEnv('MTXDECK_MEDIA', variableSchemas.mediaBackend) ?? null,
    mediaSandbox: fromEnv('MTXDECK_SANDBOX', variableSchemas.mediaSandbox) ?? null,
    demo,
  }
  return problems.length > 0 ? err(problems) : ok(config)
}

/** The parts of the configuration that may be shown: no secrets, no user names. */
export function shownConfig(config: HeadlessConfig) {
  return {
    ...config,
    token: config.token === null ? null : '(set)',
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
