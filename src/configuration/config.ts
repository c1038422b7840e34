import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { YamlServer } from '../engine/createEngine.ts'
import type { YamlHost } from '../engine/hosts/hosts.ts'
import { type HostAuthInput, hostInputSchema, sshTargetSchema } from '../shared/hosts.ts'
import { type MediaBackend, mediaBackends } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { fingerprintSchema, type ServerAuthInput, serverAddressesSchema, serverInputSchema, serverUrlSchema, tokenSchema } from '../shared/servers.ts'
import { parseNetwork } from './clientAddress.ts'
import { type ListenAddress, parseListen } from './listenAddress.ts'
import { nearestWord } from './nearestWord.ts'
import { type SettingEnv, settings } from './settings.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** All that the headless console was told, checked, paths absolute, secrets of servers resolved. */
export interface HeadlessConfig {
  /** Where it was read; null: no file. */
  readonly file: string | null
  readonly listen: ListenAddress
  readonly dataDir: string
  readonly tokenFile: string
  /** A token that was given in the environment; then there is no file. */
  readonly token: string | null
  /** Origins beside its own under which browsers reach the console, such as `https://noc.example.org`. */
  readonly publicOrigins: readonly string[]
  /** Addresses and networks of the proxies in front, such as `10.0.0.0/8`. */
  readonly trustedProxies: readonly string[]
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  readonly keepDays: number | null
  readonly keepBytes: number | null
  readonly logDir: string
  /** Also write the log to standard error. */
  readonly logStderr: boolean
  readonly logLevel: LogLevel
  /** Path of the machine's ffmpeg. */
  readonly ffmpeg: string | null
  readonly mediaBackend: MediaBackend | null
  readonly demo: boolean
  readonly servers: readonly YamlServer[]
  readonly hosts: readonly YamlHost[]
}

/** Where settings come from. Flags win over the environment, which wins over the file. */
export interface ConfigSources {
  /** Path of the file as the user wrote it, and its text; null: none. */
  readonly file: { readonly path: string; readonly text: string } | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: { readonly listen?: string | undefined; readonly dataDir?: string | undefined; readonly demo?: boolean | undefined }
  readonly cwd: string
  /** Reads a small file whole, or throws. */
  readonly readText: (path: string) => string
}

/** Folder of the console's files where none is named. */
export function defaultDataDir(platform: NodeJS.Platform, env: ConfigSources['env'], home: string = homedir()): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'mtxdeck-headless')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'mtxdeck-headless')
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'mtxdeck-headless')
}

/**
 * Reads file, environment and flags into one checked configuration, or names everything that is wrong at
 * once: `mtxdeck.yaml:7:5: servers[0].intervalSeconds: expected a number`. No problem's text holds a secret.
 */
export function readConfig(sources: ConfigSources): Result<HeadlessConfig, readonly string[]> {
  const problems: string[] = []
  const { cwd, env, flags } = sources
  const fileDir = sources.file ? dirname(resolve(cwd, sources.file.path)) : cwd
  const file = sources.file ? readFileSettings(sources.file, fileDir, sources, problems) : emptyFile
  const fromEnv = <T>(name: SettingEnv, read: (text: string) => Read<T>): T | undefined => {
    const text = env[name]
    if (text === undefined || text === '') return undefined
    const value = read(text)
    if ('problem' in value) problems.push(`${name}: ${value.problem}`)
    return 'problem' in value ? undefined : value.value
  }
  const pathFromEnv = (name: SettingEnv) => fromEnv(name, (text) => good(resolve(cwd, text)))

  const flagListen = flags.listen === undefined ? undefined : readListen(flags.listen)
  if (flagListen && 'problem' in flagListen) problems.push(`--listen: ${flagListen.problem}`)
  const listen = (flagListen && 'value' in flagListen ? flagListen.value : undefined) ?? fromEnv('MTXDECK_LISTEN', readListen) ?? file.listen
  const demo = flags.demo ?? fromEnv('MTXDECK_DEMO', readBoolean) ?? file.demo ?? false
  const baseDir =
    (flags.dataDir === undefined ? undefined : resolve(cwd, flags.dataDir)) ??
    pathFromEnv('MTXDECK_DATA_DIR') ??
    file.dataDir ??
    defaultDataDir(process.platform, env)
  // Invented streams never mix with the history of real ones.
  const dataDir = demo ? join(baseDir, 'demo') : baseDir
  const certFile = pathFromEnv('MTXDECK_TLS_CERT_FILE') ?? file.certFile
  const keyFile = pathFromEnv('MTXDECK_TLS_KEY_FILE') ?? file.keyFile
  if ((certFile === undefined) !== (keyFile === undefined)) problems.push(`tls: ${certFile ? 'keyFile' : 'certFile'} is missing; TLS needs both files`)
  const serversText = env.MTXDECK_SERVERS
  const servers = serversText ? readServersVariable(serversText, cwd, sources, problems) : file.servers
  const hostsText = env.MTXDECK_HOSTS
  const hosts = hostsText ? readHostsVariable(hostsText, cwd, sources, servers, problems) : (file.readHosts?.(servers) ?? [])
  const config: HeadlessConfig = {
    file: sources.file ? resolve(cwd, sources.file.path) : null,
    listen: listen ?? { host: '127.0.0.1', port: 8787 },
    dataDir,
    tokenFile: pathFromEnv('MTXDECK_TOKEN_FILE') ?? file.tokenFile ?? join(dataDir, 'token'),
    token: fromEnv('MTXDECK_TOKEN', readToken) ?? null,
    publicOrigins: fromEnv('MTXDECK_PUBLIC_URL', (text) => readOrigins(text.split(/[\s,]+/).filter(Boolean))) ?? file.publicOrigins ?? [],
    trustedProxies: fromEnv('MTXDECK_TRUSTED_PROXIES', (text) => readNetworks(text.split(/[\s,]+/).filter(Boolean))) ?? file.trustedProxies ?? [],
    tls: certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : null,
    keepDays: fromEnv('MTXDECK_KEEP_DAYS', readKeepDays) ?? file.keepDays ?? null,
    keepBytes: fromEnv('MTXDECK_KEEP_BYTES', readBytes) ?? file.keepBytes ?? null,
    logDir: pathFromEnv('MTXDECK_LOG_DIR') ?? file.logDir ?? join(dataDir, 'logs'),
    logStderr: fromEnv('MTXDECK_LOG_STDERR', readBoolean) ?? file.logStderr ?? false,
    logLevel: fromEnv('MTXDECK_LOG_LEVEL', readLogLevel) ?? file.logLevel ?? 'info',
    ffmpeg: pathFromEnv('MTXDECK_FFMPEG') ?? file.ffmpeg ?? null,
    mediaBackend: fromEnv('MTXDECK_MEDIA', readMediaBackend) ?? null,
    demo,
    servers,
    hosts,
  }
  return problems.length > 0 ? err(problems) : ok(config)
}

/** What the console may tell of its configuration: no secret, no user. */
export const shownConfig = (config: HeadlessConfig) => ({
  ...config,
  token: config.token === null ? null : '(set)',
  servers: config.servers.map(({ auth, ...server }) => ({ ...server, auth: { kind: auth.kind } })),
  hosts: config.hosts.map(({ auth, ...host }) => ({ ...host, auth: auth && { kind: auth.kind, ...(auth.kind === 'key' && { keyFile: auth.keyFile }) } })),
})

type Read<T> = { readonly value: T } | { readonly problem: string }
const good = <T>(value: T): Read<T> => ({ value })
const bad = (problem: string) => ({ problem })

function readListen(text: string): Read<ListenAddress> {
  const parsed = parseListen(text)
  return parsed ? good(parsed) : bad(`expected an address and a port such as 127.0.0.1:8787, [::1]:8787 or :8787, not "${text}"`)
}
const readBoolean = (text: string): Read<boolean> =>
  /^(1|true|yes|on)$/i.test(text) ? good(true) : /^(0|false|no|off)$/i.test(text) ? good(false) : bad('expected true or false')
function readKeepDays(text: string): Read<number> {
  const days = Number(text)
  return text.trim() !== '' && days >= 0.01 && days <= 3650 ? good(days) : bad('expected a number of days from 0.01 to 3650')
}
function readBytes(text: string): Read<number> {
  const found = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/i.exec(text.trim())
  const steps: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }
  const bytes = found ? Number(found[1]) * (steps[(found[2] ?? '').toUpperCase()] ?? 1) : Number.NaN
  return bytes >= 10e6 ? good(Math.round(bytes)) : bad('expected a size of 10 MB or more, such as 500MB, 5GB or a number of bytes')
}
function readLogLevel(text: string): Read<LogLevel> {
  const level = logLevels.find((each) => each === text.toLowerCase())
  return level ? good(level) : bad(`expected one of ${logLevels.join(', ')}`)
}
function readMediaBackend(text: string): Read<MediaBackend> {
  const backend = mediaBackends.find((each) => each === text.toLowerCase())
  return backend ? good(backend) : bad(`expected one of ${mediaBackends.join(', ')}`)
}
const readToken = (text: string): Read<string> => (text.trim() ? good(text.trim()) : bad('the token is empty'))
function readOrigins(urls: readonly string[]): Read<readonly string[]> {
  const origins: string[] = []
  for (const text of urls) {
    if (!URL.canParse(text) || !/^https?:/.test(text)) return bad(`expected an address such as https://noc.example.org, not "${withoutUserinfo(text)}"`)
    const { origin, pathname } = new URL(text)
    if (pathname !== '/') return bad(`leave out the path ${pathname}: the console stands at the root of its address`)
    origins.push(origin)
  }
  return good(origins)
}
const readNetwork = (text: string): Read<string> =>
  parseNetwork(text) ? good(text.trim()) : bad(`expected an address such as 10.0.0.1 or a network such as 10.0.0.0/8, not "${text}"`)
function readNetworks(texts: readonly string[]): Read<readonly string[]> {
  for (const text of texts) {
    const network = readNetwork(text)
    if ('problem' in network) return network
  }
  return good(texts)
}

/** For texts that are quoted back: an address may hold a password. */
const withoutUserinfo = (text: string) => text.replaceAll(/[^\s"'/@]*:[^\s"'/@]*@/g, '***@').replaceAll(/(:\/\/)[^\s"'/]*@/g, '$1***@')

interface FileSettings {
  readonly listen?: ListenAddress | undefined
  readonly tokenFile?: string | undefined
  readonly dataDir?: string | undefined
  readonly publicOrigins?: readonly string[] | undefined
  readonly trustedProxies?: readonly string[] | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  readonly keepDays?: number | undefined
  readonly keepBytes?: number | undefined
  readonly logDir?: string | undefined
  readonly logStderr?: boolean | undefined
  readonly logLevel?: LogLevel | undefined
  readonly ffmpeg?: string | undefined
  readonly demo?: boolean | undefined
  readonly servers: readonly YamlServer[]
  /** Hosts name servers, which may come from elsewhere. */
  readonly readHosts?: (servers: readonly YamlServer[]) => readonly YamlHost[]
}
const emptyFile: FileSettings = { servers: [] }

/** Keys of the file's uppermost level. */
const topKeys = [...new Set(settings.flatMap(({ key }) => key?.split('.')[0] ?? []))]

function readFileSettings(file: { path: string; text: string }, dir: string, sources: ConfigSources, problems: string[]): FileSettings {
  const walk = createWalk(file.path, file.text, problems)
  if (!walk.root) return emptyFile
  const top = walk.map(walk.root, topKeys)
  if (!top) return emptyFile
  const path = (entry: Entry | undefined) => {
    const text = walk.text(entry)
    return text === undefined ? undefined : resolve(dir, text)
  }
  const tlsEntry = top.get('tls')
  const tls = tlsEntry ? walk.map(tlsEntry, ['certFile', 'keyFile']) : undefined
  const publicUrl = top.get('publicUrl')
  const publicUrls = publicUrl && isSeq(publicUrl.node) ? walk.texts(publicUrl) : publicUrl ? [walk.text(publicUrl) ?? ''] : undefined
  return {
    listen: walk.read(top.get('listen'), readListen),
    tokenFile: path(top.get('tokenFile')),
    dataDir: path(top.get('dataDir')),
    publicOrigins: publicUrl && publicUrls ? walk.checked(publicUrl, readOrigins(publicUrls)) : undefined,
    trustedProxies: top.has('trustedProxies') ? readProxies(walk, top.get('trustedProxies')) : undefined,
    certFile: path(tls?.get('certFile')),
    keyFile: path(tls?.get('keyFile')),
    keepDays: walk.read(top.get('keepDays'), readKeepDays),
    keepBytes: walk.read(top.get('keepBytes'), readBytes),
    logDir: path(top.get('logDir')),
    logStderr: walk.boolean(top.get('logStderr')),
    logLevel: walk.read(top.get('logLevel'), readLogLevel),
    ffmpeg: path(top.get('ffmpeg')),
    demo: walk.boolean(top.get('demo')),
    servers: readServers(walk, top.get('servers'), dir, sources),
    readHosts: (servers) => readHosts(walk, top.get('hosts'), dir, sources, servers),
  }
}

/** Each in its line, so that a wrong one is named where it stands. */
const readProxies = (walk: Walk, entry: Entry | undefined): readonly string[] =>
  (entry && isSeq(entry.node) ? walk.items(entry) : entry ? [entry] : []).flatMap((item) => walk.read(item, readNetwork) ?? [])

function readServersVariable(text: string, cwd: string, sources: ConfigSources, problems: string[]): readonly YamlServer[] {
  const walk = createWalk('MTXDECK_SERVERS', text, problems)
  return walk.root ? readServers(walk, { ...walk.root, path: 'servers' }, cwd, sources) : []
}

const serverKeys = [
  'name',
  'url',
  'user',
  'password',
  'passwordFile',
  'passwordEnv',
  'token',
  'tokenFile',
  'tokenEnv',
  'fingerprint',
  'intervalSeconds',
  'tags',
  'addresses',
  'paused',
]
const addressKeys = Object.keys(serverAddressesSchema.shape)

/** A server or a host, and where its name stands. */
interface Named<T> {
  readonly value: T
  readonly nameEntry: Entry
}

/** What `read` makes of the entries of a list. A name that another one has already, in whatever case, is reported. */
function readNamed<T extends { readonly name: string }>(
  walk: Walk,
  list: Entry | undefined,
  noun: 'server' | 'host',
  read: (item: Entry) => Named<T> | undefined,
): readonly T[] {
  const all: T[] = []
  const seen = new Map<string, string>()
  for (const item of list ? walk.items(list) : []) {
    const found = read(item)
    if (!found) continue
    const { value, nameEntry } = found
    const key = value.name.toLowerCase()
    const other = seen.get(key)
    if (other) walk.report(nameEntry, `another ${noun} (${other}) has the name "${value.name}"`)
    seen.set(key, item.path)
    all.push(value)
  }
  return all
}

const readServers = (walk: Walk, list: Entry | undefined, dir: string, sources: ConfigSources): readonly YamlServer[] =>
  readNamed(walk, list, 'server', (item) => readServer(walk, item, dir, sources))

function readServer(walk: Walk, item: Entry, dir: string, sources: ConfigSources): Named<YamlServer> | undefined {
  const fields = walk.map(item, serverKeys)
  if (!fields) return undefined
  const shape = serverInputSchema.shape
  for (const key of ['name', 'url']) if (!fields.has(key)) walk.report(item, `"${key}" is missing`)
  const nameEntry = fields.get('name')
  const auth = readAuth(walk, item, fields, dir, sources)
  const addressesEntry = fields.get('addresses')
  const addressFields = addressesEntry ? walk.map(addressesEntry, addressKeys) : undefined
  const addresses: Record<string, string> = {}
  for (const [key, entry] of addressFields ?? []) {
    const address = walk.text(entry)
    if (address !== undefined) addresses[key] = address
  }
  const parsed = {
    name: walk.parse(nameEntry, walk.text(nameEntry), shape.name),
    url: walk.parse(fields.get('url'), walk.text(fields.get('url')), serverUrlSchema),
    fingerprint: walk.parse(fields.get('fingerprint'), walk.text(fields.get('fingerprint')), fingerprintSchema),
    intervalSeconds: walk.parse(fields.get('intervalSeconds'), walk.number(fields.get('intervalSeconds')), shape.intervalSeconds),
    tags: walk.parse(fields.get('tags'), fields.has('tags') ? walk.texts(fields.get('tags')) : undefined, shape.tags),
    addresses: walk.parse(addressesEntry, addressesEntry ? addresses : undefined, shape.addresses),
    paused: walk.boolean(fields.get('paused')),
  }
  if (parsed.name === undefined || parsed.url === undefined || !nameEntry || !auth) return undefined
  const defaults = serverInputSchema.parse({ name: parsed.name, url: parsed.url })
  const { fingerprint, intervalSeconds, tags, addresses: given, paused } = parsed
  return {
    value: {
      ...defaults,
      auth,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(intervalSeconds === undefined ? {} : { intervalSeconds }),
      ...(tags === undefined ? {} : { tags }),
      ...(given === undefined ? {} : { addresses: given }),
      ...(paused === undefined ? {} : { paused }),
    },
    nameEntry,
  }
}

const passwordKeys = ['password', 'passwordFile', 'passwordEnv'] as const
const tokenKeys = ['token', 'tokenFile', 'tokenEnv'] as const

function readAuth(walk: Walk, item: Entry, fields: ReadonlyMap<string, Entry>, dir: string, sources: ConfigSources): ServerAuthInput | undefined {
  const given = [...passwordKeys, ...tokenKeys].filter((key) => fields.has(key))
  const [first, second] = given
  if (first !== undefined && second !== undefined) {
    walk.report(fields.get(second) ?? item, `stands beside ${first}: give one of ${given.join(', ')}`)
    return undefined
  }
  const user = walk.text(fields.get('user'))
  const userEntry = fields.get('user')
  if (first === undefined) {
    if (!userEntry) return { kind: 'none' }
    walk.report(userEntry, `a user needs one of ${passwordKeys.join(', ')}`)
    return undefined
  }
  const entry = fields.get(first)
  if (!entry) return undefined
  const isToken = tokenKeys.some((key) => key === first)
  if (isToken && userEntry) {
    walk.report(userEntry, `stands beside ${first}: a token signs in without a user`)
    return undefined
  }
  if (!isToken && !userEntry) {
    walk.report(item, `"user" is missing beside ${first}`)
    return undefined
  }
  const text = namedText(walk, first, entry, dir, sources)
  if (text === undefined) return undefined
  // Editors end a file with a newline that is no part of the secret.
  const secret = first.endsWith('File') ? text.replace(/\r?\n$/, '') : text
  if (isToken && secret === '') {
    walk.report(entry, 'the token is empty')
    return undefined
  }
  if (/[\r\n\0]/.test(secret)) {
    walk.report(entry, 'a secret is one line of text')
    return undefined
  }
  if (isToken && walk.parse(entry, secret, tokenSchema) === undefined) return undefined
  if (!isToken) return user === undefined || user === '' ? undefined : { kind: 'basic', user, password: secret }
  return { kind: /^[\w-]+\.[\w-]+\.[\w-]*$/.test(secret) ? 'jwt' : 'bearer', token: secret }
}

/** The text that an entry names: its own, of `…File` that file's, of `…Env` that variable's. undefined: it was reported. */
function namedText(walk: Walk, key: string, entry: Entry, dir: string, sources: ConfigSources): string | undefined {
  if (key.endsWith('File')) return readableFile(walk, entry, dir, sources)?.text
  const text = walk.text(entry)
  if (text === undefined || !key.endsWith('Env')) return text
  const value = sources.env[text]
  if (value === undefined) walk.report(entry, `the environment variable ${text} is not set`)
  return value
}

function readHostsVariable(text: string, cwd: string, sources: ConfigSources, servers: readonly YamlServer[], problems: string[]): readonly YamlHost[] {
  const walk = createWalk('MTXDECK_HOSTS', text, problems)
  return walk.root ? readHosts(walk, { ...walk.root, path: 'hosts' }, cwd, sources, servers) : []
}

const signInKeys = ['keyFile', 'passwordFile', 'passwordEnv', 'agent'] as const
/** What a host over SSH has and this machine has not. */
const sshKeys = [...signInKeys, 'passphraseFile', 'knownHostsFile', 'jump']
const hostKeys = ['name', 'ssh', ...sshKeys, 'server', 'mediaProcess', 'local']

const readHosts = (walk: Walk, list: Entry | undefined, dir: string, sources: ConfigSources, servers: readonly YamlServer[]): readonly YamlHost[] =>
  readNamed(walk, list, 'host', (item) => readHost(walk, item, dir, sources, servers))

function readHost(walk: Walk, item: Entry, dir: string, sources: ConfigSources, servers: readonly YamlServer[]): Named<YamlHost> | undefined {
  const fields = walk.map(item, hostKeys)
  if (!fields) return undefined
  const nameEntry = fields.get('name')
  if (!nameEntry) walk.report(item, '"name" is missing')
  const name = walk.parse(nameEntry, walk.text(nameEntry), hostInputSchema.shape.name)
  const localEntry = fields.get('local')
  const isLocal = walk.boolean(localEntry) ?? false
  const serverEntry = fields.get('server')
  const server = walk.text(serverEntry)
  if (serverEntry && server !== undefined && !servers.some((one) => one.name.toLowerCase() === server.toLowerCase())) {
    // Others may be stored; a slip of the pen is none of those.
    const meant = nearestWord(
      server,
      servers.map((one) => one.name),
    )
    if (meant !== null) walk.report(serverEntry, `there is no server "${server}"; did you mean ${meant}?`)
  }
  const processEntry = fields.get('mediaProcess')
  const mediaProcess = processEntry ? (walk.parse(processEntry, walk.text(processEntry), hostInputSchema.shape.mediaProcess.unwrap()) ?? null) : null
  const sshEntry = fields.get('ssh')
  if (isLocal) {
    for (const key of ['ssh', ...sshKeys]) {
      const entry = fields.get(key)
      if (entry) walk.report(entry, 'stands beside local: this machine is not asked over SSH')
    }
    if (name === undefined || !nameEntry) return undefined
    return { value: { ...hostBase(name), server: server ?? null, mediaProcess }, nameEntry }
  }
  if (!sshEntry) {
    walk.report(
      item,
      localEntry ? '"ssh" is missing; or say "local: true" for this machine' : '"ssh" is missing, such as noc@10.0.0.5:22; or "local: true" for this machine',
    )
    return undefined
  }
  const ssh = readTarget(walk, sshEntry)
  const jumpEntry = fields.get('jump')
  const jumps = jumpEntry ? walk.items(jumpEntry) : []
  if (jumpEntry && jumps.length > mostJumps) walk.report(jumpEntry, `${jumps.length} hosts to go through are named, ${mostJumps} are the most`)
  const jump = jumps.map((entry) => readTarget(walk, entry))
  const auth = readHostAuth(walk, item, fields, dir, sources)
  const knownHostsFile = readableFile(walk, fields.get('knownHostsFile'), dir, sources)
  if (name === undefined || !nameEntry || ssh === undefined || auth === undefined || knownHostsFile === undefined) return undefined
  const given = jump.filter((target) => target !== undefined)
  return { value: { ...hostBase(name), ssh, auth, jump: given, knownHostsFile: knownHostsFile?.path ?? null, server: server ?? null, mediaProcess }, nameEntry }
}

const mostJumps = 4
function hostBase(name: string): YamlHost {
  const { serverId: _, paused: __, ...base } = hostInputSchema.parse({ name, ssh: null })
  return { ...base, server: null }
}

function readTarget(walk: Walk, entry: Entry): string | undefined {
  const target = walk.parse(entry, walk.text(entry), sshTargetSchema)
  const port = target === undefined ? undefined : /:(\d+)$/.exec(target.replace(/\[.*\]/, ''))?.[1]
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    walk.report(entry, `${port} is no port: those are 1 to 65535`)
    return undefined
  }
  return target
}

/** A file that is there and can be read; null: none is named. undefined: it was reported. */
function readableFile(walk: Walk, entry: Entry | undefined, dir: string, { readText }: ConfigSources): { path: string; text: string } | null | undefined {
  if (!entry) return null
  const named = walk.text(entry)
  if (named === undefined) return undefined
  const path = isAbsolute(named) ? named : resolve(dir, named)
  try {
    return { path, text: readText(path) }
  } catch (error) {
    walk.report(entry, `can't read ${path}: ${readErrorWords(error)}`)
    return undefined
  }
}

function readHostAuth(walk: Walk, item: Entry, fields: ReadonlyMap<string, Entry>, dir: string, sources: ConfigSources): HostAuthInput | undefined {
  const agentEntry = fields.get('agent')
  const usesAgent = walk.boolean(agentEntry)
  if (agentEntry && usesAgent === undefined) return undefined
  const given = signInKeys.filter((key) => (key === 'agent' ? usesAgent === true : fields.has(key)))
  const [first, second] = given
  if (first === undefined) {
    walk.report(item, `how to sign in is missing: give one of ${signInKeys.map((key) => (key === 'agent' ? 'agent: true' : key)).join(', ')}`)
    return undefined
  }
  if (second !== undefined) {
    walk.report(fields.get(second) ?? item, `stands beside ${first}: give one of ${given.join(', ')}`)
    return undefined
  }
  const passphraseEntry = fields.get('passphraseFile')
  if (passphraseEntry && first !== 'keyFile') {
    walk.report(passphraseEntry, 'a passphrase opens a key: it needs keyFile')
    return undefined
  }
  if (first === 'agent') return { kind: 'agent' }
  const entry = fields.get(first)
  if (!entry) return undefined
  if (first === 'keyFile') {
    const key = readableFile(walk, entry, dir, sources)
    const passphrase = readableFile(walk, passphraseEntry, dir, sources)
    if (!key || passphrase === undefined) return undefined
    if (/^(ssh-|ecdsa-|sk-)/.test(key.text)) {
      walk.report(entry, `${key.path} is a public key: name the private one, without .pub`)
      return undefined
    }
    const secret = passphrase === null ? null : oneLine(walk, passphraseEntry ?? entry, passphrase.text, 'passphrase')
    if (secret === undefined) return undefined
    return { kind: 'key', keyFile: key.path, ...(secret !== null && { passphrase: secret }) }
  }
  const text = namedText(walk, first, entry, dir, sources)
  const password = text === undefined ? undefined : oneLine(walk, entry, text, 'password')
  return password === undefined ? undefined : { kind: 'password', password }
}

/** A secret of a file or a variable, without the newline that editors end a file with. */
function oneLine(walk: Walk, entry: Entry, text: string, what: string): string | undefined {
  const secret = text.replace(/\r?\n$/, '')
  if (secret !== '' && !/[\r\n\0]/.test(secret) && secret.length <= 4096) return secret
  walk.report(entry, secret === '' ? `the ${what} is empty` : `a ${what} is one line of text`)
  return undefined
}

function readErrorWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'this user may not read it', EISDIR: 'it is a folder' }
  return words[code] ?? (code || 'it can not be read')
}

/** A value in the document and the key it stands under. */
interface Entry {
  /** `servers[0].url`, or '' for the whole. */
  readonly path: string
  /** Where its key begins; of an item of a list, the item. */
  readonly offset: number
  readonly node: Node | null
}

/** What a value of ours can be parsed by; zod's schemas are. */
interface Parser<T> {
  readonly safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: { issues: readonly { message: string }[] } }
}
type Walk = ReturnType<typeof createWalk>

/** Walks a YAML document by known keys and reports each problem with its line and column. */
function createWalk(label: string, text: string, problems: string[]) {
  const lines = new LineCounter()
  const document: Document.Parsed = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${label}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  for (const problem of [...document.errors, ...document.warnings]) problems.push(`${place(problem.pos[0])}: ${withoutUserinfo(yamlWords(problem.message))}`)

  const report = (entry: Entry, message: string) => {
    problems.push(`${place(entry.offset)}: ${entry.path === '' ? '' : `${entry.path}: `}${withoutUserinfo(message)}`)
  }
  const resolved = (node: unknown): Node | null => {
    if (isAlias(node)) return (node.resolve(document) as Node | undefined) ?? null
    return (node as Node | null) ?? null
  }
  const offsetOf = (node: unknown, otherwise: number): number => (node as { range?: readonly number[] } | null)?.range?.[0] ?? otherwise
  const isEmpty = (node: Node | null) => node === null || (isScalar(node) && node.value === null)

  const map = (entry: Entry, keys: readonly string[]): Map<string, Entry> | undefined => {
    const found = new Map<string, Entry>()
    if (entry.path === '' && isEmpty(entry.node)) return found
    if (!isMap(entry.node)) {
      report(entry, 'expected keys and values')
      return undefined
    }
    const merged: Node[] = []
    for (const pair of entry.node.items) {
      // A merge key's value is a symbol.
      const name = !isScalar(pair.key) ? '' : typeof pair.key.value === 'symbol' ? '<<' : String(pair.key.value)
      const offset = offsetOf(pair.key, entry.offset)
      const node = resolved(pair.value)
      if (name === '<<') {
        merged.push(...(isSeq(node) ? node.items.map(resolved) : [node]).filter((each) => each !== null))
        continue
      }
      const path = entry.path === '' ? name : `${entry.path}.${name}`
      if (keys.includes(name)) found.set(name, { path, offset, node })
      else {
        const near = nearestWord(name, keys)
        report({ path, offset, node }, `unknown key${near ? `; did you mean ${near}?` : `; known are ${keys.join(', ')}`}`)
      }
    }
    for (const node of merged)
      for (const [name, each] of map({ ...entry, node }, keys) ?? []) if (!found.has(name)) found.set(name, { ...each, path: `${entry.path}.${name}` })
    return found
  }

  /** What was typed, also where YAML took it for a number: `password: 0123`. */
  const typed = (node: Node | null): string | undefined => {
    if (!isScalar(node) || node.value === null) return undefined
    return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
  }
  const textOf = (entry: Entry | undefined): string | undefined => {
    if (!entry) return undefined
    const value = typed(entry.node)
    if (value === undefined) report(entry, 'expected text')
    return value
  }
  const items = (entry: Entry): readonly Entry[] => {
    if (isEmpty(entry.node)) return []
    if (!isSeq(entry.node)) {
      report(entry, 'expected a list')
      return []
    }
    return entry.node.items.map((item, index) => ({ path: `${entry.path}[${index}]`, offset: offsetOf(item, entry.offset), node: resolved(item) }))
  }
  const checked = <T>(entry: Entry, value: Read<T>): T | undefined => {
    if ('value' in value) return value.value
    report(entry, value.problem)
    return undefined
  }
  const root: Entry | null = document.errors.length > 0 ? null : { path: '', offset: 0, node: document.contents }
  return {
    root,
    report,
    map,
    items,
    checked,
    text: textOf,
    texts: (entry: Entry | undefined): string[] => (entry ? items(entry).flatMap((item) => textOf(item) ?? []) : []),
    read: <T>(entry: Entry | undefined, read: (text: string) => Read<T>): T | undefined => {
      const value = textOf(entry)
      return entry && value !== undefined ? checked(entry, read(value)) : undefined
    },
    number: (entry: Entry | undefined): number | undefined => {
      if (!entry) return undefined
      if (isScalar(entry.node) && typeof entry.node.value === 'number') return entry.node.value
      report(entry, 'expected a number')
      return undefined
    },
    boolean: (entry: Entry | undefined): boolean | undefined => {
      if (!entry) return undefined
      if (isScalar(entry.node) && typeof entry.node.value === 'boolean') return entry.node.value
      report(entry, 'expected true or false')
      return undefined
    },
    /** Checks a value that was found by a schema of the contract. */
    parse: <T>(entry: Entry | undefined, value: unknown, schema: Parser<T>): T | undefined => {
      if (!entry || value === undefined) return undefined
      const result = schema.safeParse(value)
      if (result.success) return result.data
      for (const issue of result.error.issues) report(entry, issue.message)
      return undefined
    },
  }
}

/** The parser's own messages quote what they trip over, which may be a password. */
const yamlWords = (message: string) => message.replace(/:\s*".*$/s, '').replace(/\s*\n.*$/s, '')
