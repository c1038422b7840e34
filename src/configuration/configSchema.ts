import { resolve } from 'node:path'
import { z } from 'zod'
import type { OidcSettings } from '../engine/accounts/oidc.ts'
import { gateAfter } from '../engine/http/gate.ts'
import { httpUrl } from '../engine/notifications/channelKind.ts'
import { type ChannelSources, channelSchema, routeSchema } from '../engine/notifications/channelKinds.ts'
import { defaultEverySeconds, drillSchema, everySecondsSchema, type HeartbeatInput, originSchema } from '../engine/notifications/readiness.ts'
import { errorCode } from '../engine/readBounded.ts'
import { consoleSchema, limitSchema, rightsSchema } from '../shared/accounts.ts'
import { canaryReadProtocols, canarySettingsSchema, mostCanaries, type YamlCanary } from '../shared/canaries.ts'
import { dailySettingsSchema } from '../shared/dailyChecks.ts'
import { enteredName } from '../shared/entered.ts'
import { headersIn } from '../shared/headers.ts'
import { hostInputSchema, sshTargetSchema } from '../shared/hosts.ts'
import { ipNetworkOf } from '../shared/ipAddresses.ts'
import { maintenanceInputSchema } from '../shared/maintenance.ts'
import { mediaBackends, publishProtocols, wantedSandboxes } from '../shared/media.ts'
import { templatesSchema } from '../shared/naming.ts'
import { nearestWord } from '../shared/nearestWord.ts'
import { onAirInputSchema } from '../shared/onAir.ts'
import { roleSchema } from '../shared/permissions.ts'
import { type ContentThreshold, contentProfiles, contentThresholds, probeChecks } from '../shared/probeContent.ts'
import { streamContractSchema } from '../shared/probeGrades.ts'
import { probeInputSchema, probeLimits, probeModes } from '../shared/probes.ts'
import { mostRemoteProbes, remoteProbeInputSchema } from '../shared/remoteProbes.ts'
import {
  clientCertificateSchema,
  clientKeySchema,
  fingerprintSchema,
  newStreamsSchema,
  refuseTwoSignIns,
  type ServerInput,
  serverAddressesSchema,
  serverHeadersSchema,
  serverInputSchema,
  serverUrlSchema,
  tokenSchema,
} from '../shared/servers.ts'
import { snapshotLimits, snapshotSettingsSchema } from '../shared/snapshots.ts'
import { zoneOf } from '../shared/units.ts'
import { invalid, validationErrorOf } from '../shared/validationErrors.ts'
import {
  booleanSchema,
  countSchema,
  emptyIfNull,
  evenIfPartsFailed,
  knownKeys,
  numberSchema,
  oneLine,
  oneOf,
  proxySchema,
  refused,
  report,
  severalOf,
  suchAs,
  textList,
} from '../shared/written.ts'
import { writtenRulesSchema } from '../shared/writtenRules.ts'
import { parseListen } from './listenAddress.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const

export interface Surroundings {
  /** Folder that relative paths start from. */
  readonly dir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readText: (path: string) => string
  readonly serverNames: readonly string[]
  readonly channelNames: readonly string[]
}

const longestBasePath = 100
/** Paths of the console itself begin so: below one of these it could not tell whether a proxy has taken the path off. */
const ownPaths = ['/ack', '/api', '/assets', '/guest', '/healthz', '/metrics', '/relay', '/sign-in.js']
/** An address at which a proxy serves the console, below a path or not. As it is typed, because what a proxy takes off must be exactly that. */
const publicUrlSchema = z.string().transform((text, ctx) => {
  const [, typed = ''] = /^https?:\/\/[^/?#\\]+([^?#]*)/i.exec(text) ?? []
  if (!URL.canParse(text) || !/^https?:/.test(text)) return refused(ctx, { kind: 'notSuchAs', example: 'https://noc.example.org' })
  const path = typed.replace(/\/$/, '')
  const isFit = /^(?:\/[\w~-][\w.~-]*)*$/.test(path) && path.length <= longestBasePath && !ownPaths.includes(`/${path.split('/')[1]}`)
  return isFit
    ? new URL(text).origin + path
    : refused(ctx, { kind: 'basePathUnfit', path: typed.slice(0, 2 * longestBasePath), example: '/mtx', taken: ownPaths })
})
const publicUrlsSchema = severalOf(publicUrlSchema).superRefine((urls, ctx) => {
  if (new Set(urls.map((url) => new URL(url).pathname)).size > 1) refused(ctx, { kind: 'basePathsDiffer' })
})

export function fileSchema(surroundings: Surroundings) {
  const path = z.string().transform((name) => resolve(surroundings.dir, name))
  return knownKeys({
    listen: listenSchema,
    tokenFile: path,
    metricsTokenFile: path,
    probesTokenFile: path,
    metricsListen: listenSchema,
    dataDir: path,
    publicUrl: publicUrlsSchema,
    webrtcAllowOrigins: severalOf(originSchema),
    trustedProxies: severalOf(networkSchema),
    plainHttp: booleanSchema,
    oidc: oidcSchema(surroundings),
    tls: knownKeys({ certFile: path, keyFile: path, hsts: booleanSchema }).partial(),
    keepDays: keepDaysSchema,
    keepBytes: bytesSchema,
    logDir: path,
    logStderr: booleanSchema,
    logLevel: oneOf(logLevels),
    ffmpeg: path,
    updates: suchAs(
      'https://files.example/release.json',
      (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).username === '',
    ),
    demo: booleanSchema,
    servers: listOf(serverSchema(surroundings)),
    hosts: listOf(hostSchema(surroundings)),
    channels: listOf(channelSchema(channelSources(surroundings))),
    routes: emptyIfNull(z.array(routeSchema(surroundings.channelNames))),
    heartbeat: heartbeatSchema(surroundings),
    drill: drillSchema,
    maintenance: listOf(writtenAs(maintenanceInputSchema, { calendar: calendarIn(surroundings.dir) })),
    rules: emptyIfNull(writtenRulesSchema),
    onAir: listOf(writtenAs(onAirInputSchema, { calendar: calendarIn(surroundings.dir) })),
    snapshots: snapshotsSchema,
    probes: listOf(probeSchema(surroundings)),
    vantages: listOf(remoteProbeSchema(surroundings), mostRemoteProbes),
    canaries: canariesSchema,
    dailyCheck: dailyCheckSchema,
    naming: emptyIfNull(templatesSchema),
  }).partial()
}

const emptyToken = invalid({ kind: 'empty' })
const listenSchema = z.string().transform((text, ctx) => {
  const parsed = parseListen(text)
  return parsed ?? refused(ctx, { kind: 'notSuchAs', example: '127.0.0.1:8787, [::1]:8787, :8787' })
})

const networkSchema = z
  .string()
  .trim()
  .refine(ipNetworkOf, invalid({ kind: 'notSuchAs', example: '10.0.0.1, 10.0.0.0/8' }))

const keepDaysSchema = numberSchema.refine((days) => days >= 0.01 && days <= 3650, invalid({ kind: 'notWithin', least: 0.01, most: 3650 }))

const bytesSchema = z.string().transform((text, ctx) => {
  const found = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/i.exec(text.trim())
  const steps: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }
  const bytes = found ? Number(found[1]) * (steps[(found[2] ?? '').toUpperCase()] ?? 1) : Number.NaN
  return bytes >= 10e6 ? Math.round(bytes) : refused(ctx, { kind: 'notSuchAs', example: '10MB, 500MB, 5GB' })
})

/** Settings that only an environment variable sets. */
export const variableSchemas = { token: z.string().trim().min(1, emptyToken), mediaBackend: oneOf(mediaBackends), mediaSandbox: oneOf(wantedSandboxes) }

/** https, or http to this machine: what a provider says decides who comes in. */
const issuerSchema = suchAs('https://login.example.org/realms/noc', (text) => {
  const url = URL.parse(text)
  const isHere = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isHere)) && url.username === '' && url.search === '' && url.hash === ''
})
const mostMapped = 200

function oidcSchema(surroundings: Surroundings) {
  const { lineOfFile, variable } = references(surroundings)
  const secret = oneLine().min(1, emptyToken)
  const project = textList.pipe(limitSchema.shape.projects.unwrap())
  const group = knownKeys({
    group: z.string().min(1, emptyToken),
    role: oneOf(roleSchema.options),
    console: oneOf(consoleSchema.options).optional(),
    projects: project.optional(),
    tags: project.optional(),
  }).transform(({ group: name, projects, tags, ...rights }, ctx) => {
    const limit = projects === undefined && tags === undefined ? null : { projects: projects ?? [], tags: tags ?? [] }
    const { data, error } = rightsSchema.safeParse({ ...rights, limit })
    for (const { path, message } of error?.issues ?? []) ctx.addIssue({ code: 'custom', path, message })
    return data === undefined ? z.NEVER : { group: name, ...data }
  })
  return knownKeys({
    name: enteredName(60),
    issuer: issuerSchema,
    clientId: z.string().min(1, emptyToken),
    clientSecret: secret.optional(),
    clientSecretFile: lineOfFile.pipe(secret).optional(),
    clientSecretEnv: variable.pipe(secret).optional(),
    scopes: severalOf(z.string()).optional(),
    groupsClaim: z.string().min(1, emptyToken).optional(),
    makeAccounts: booleanSchema.optional(),
    groups: z.array(group).min(1, emptyToken).max(mostMapped),
  })
    .superRefine(oneOfThese(['clientSecret', 'clientSecretFile', 'clientSecretEnv']), evenIfPartsFailed)
    .transform(
      ({ clientSecret, clientSecretFile, clientSecretEnv, scopes = ['profile'], groupsClaim = 'groups', makeAccounts = true, ...oidc }): OidcSettings => ({
        ...{ ...oidc, scopes, groupsClaim, makesAccounts: makeAccounts },
        clientSecret: clientSecret ?? clientSecretFile ?? clientSecretEnv ?? null,
      }),
    )
}

/** A value stands in the file, in one of its own, or in a variable: in one of them at most, and unless `needed` is null in one of them. */
function oneOfThese<Key extends string>(keys: readonly Key[], needed: Key | null = null) {
  return (entry: Partial<Record<Key, unknown>>, ctx: z.RefinementCtx): void => {
    const [first, second] = keys.filter((key) => entry[key] !== undefined)
    if (first === undefined && needed !== null) report(ctx, [], { kind: 'missing', key: needed })
    else if (second !== undefined) report(ctx, [second], { kind: 'givenBeside', other: String(first), oneOf: [...keys] })
  }
}
const urlKeys = ['url', 'urlFile', 'urlEnv'] as const
const passwordKeys = ['password', 'passwordFile', 'passwordEnv'] as const
const tokenKeys = ['token', 'tokenFile', 'tokenEnv'] as const

function serverSchema(surroundings: Surroundings) {
  const { shape } = serverInputSchema
  const { textOfFile, lineOfFile, variable } = references(surroundings)
  const password = oneLine()
  const token = z.string().min(1, emptyToken).pipe(tokenSchema)
  return knownKeys({
    name: shape.name,
    url: serverUrlSchema,
    fingerprint: fingerprintSchema.optional(),
    intervalSeconds: numberSchema.pipe(shape.intervalSeconds.unwrap()).optional(),
    tags: textList.pipe(shape.tags.unwrap()).optional(),
    addresses: knownKeys(serverAddressesSchema.partial().shape).pipe(shape.addresses.unwrap()).optional(),
    paused: booleanSchema.optional(),
    expected: textList.pipe(onAirInputSchema.shape.streams).optional(),
    newStreams: oneOf(newStreamsSchema.options).optional(),
    user: z.string().min(1).optional(),
    password: password.optional(),
    passwordFile: lineOfFile.pipe(password).optional(),
    passwordEnv: variable.pipe(password).optional(),
    token: token.optional(),
    tokenFile: lineOfFile.pipe(token).optional(),
    tokenEnv: variable.pipe(token).optional(),
    headers: serverHeadersSchema.optional(),
    headersFile: textOfFile.pipe(headerLines).optional(),
    headersEnv: variable.pipe(headerLines).optional(),
    clientCertificateFile: textOfFile.pipe(clientCertificateSchema).optional(),
    clientKeyFile: textOfFile.pipe(clientKeySchema).optional(),
    clientKeyEnv: variable.pipe(clientKeySchema).optional(),
  })
    .superRefine((server, ctx) => {
      const given = [...passwordKeys, ...tokenKeys].filter((key) => server[key] !== undefined)
      const [first, second] = given
      const isToken = tokenKeys.some((key) => key === first)
      if (second) report(ctx, [second], { kind: 'givenBeside', other: String(first), oneOf: given })
      else if (!first && server.user !== undefined) report(ctx, ['user'], { kind: 'noneGiven', oneOf: [...passwordKeys] })
      else if (isToken && server.user !== undefined) report(ctx, ['user'], { kind: 'givenBeside', other: String(first), oneOf: ['user', String(first)] })
      else if (first && !isToken && server.user === undefined) report(ctx, [], { kind: 'missing', key: 'user' })
    }, evenIfPartsFailed)
    .transform(({ user, password, passwordFile, passwordEnv, token, tokenFile, tokenEnv, expected, ...given }, ctx): ServerInput => {
      const { headers, headersFile, headersEnv, clientCertificateFile: clientCertificate, clientKeyFile, clientKeyEnv, ...server } = given
      const clientKey = clientKeyFile ?? clientKeyEnv
      const gate = {
        ...((headers ?? headersFile ?? headersEnv) && { headers: { ...headers, ...headersFile, ...headersEnv } }),
        ...(clientCertificate !== undefined && { clientCertificate }),
        ...(clientKey !== undefined && { clientKey }),
      }
      const fits = gateAfter(null, gate)
      const keyOfKey = clientKeyEnv === undefined ? 'clientKeyFile' : 'clientKeyEnv'
      if ((clientCertificate === undefined) !== (clientKey === undefined))
        report(ctx, [clientKey === undefined ? 'clientCertificateFile' : keyOfKey], {
          kind: 'missing',
          key: clientKey === undefined ? 'clientKeyFile' : 'clientCertificateFile',
        })
      else if (!fits.ok)
        report(
          ctx,
          fits.error.field
            .replace(/^clientCertificate$/, '$&File')
            .replace(/^clientKey$/, keyOfKey)
            .split('.'),
          fits.error.validationError,
        )
      const bearer = token ?? tokenFile ?? tokenEnv
      const kind = bearer !== undefined && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(bearer) ? 'jwt' : 'bearer'
      const basic = user === undefined ? { kind: 'none' } : { kind: 'basic', user, password: password ?? passwordFile ?? passwordEnv }
      const input = serverInputSchema.parse({ ...server, ...gate, auth: bearer === undefined ? basic : { kind, token: bearer } })
      refuseTwoSignIns(input, ctx)
      return expected === undefined ? input : { ...input, expected }
    })
}

const signInKeys = ['keyFile', 'passwordFile', 'passwordEnv', 'agent'] as const
/** Keys of hosts that are read over SSH, refused for this machine. */
const sshKeys = ['ssh', ...signInKeys, 'passphraseFile', 'knownHostsFile', 'jump'] as const

function hostSchema(surroundings: Surroundings) {
  const { shape } = hostInputSchema
  const { file, lineOfFile, variable } = references(surroundings)
  const password = oneLine().min(1)
  const passphrase = oneLine().min(1)
  const fields = knownKeys({
    name: shape.name,
    local: booleanSchema.optional(),
    ssh: sshTargetSchema.optional(),
    keyFile: file.transform(({ path, text }, ctx) => (/^(ssh-|ecdsa-|sk-)/.test(text) ? refused(ctx, { kind: 'publicKey', file: path }) : path)).optional(),
    passphraseFile: lineOfFile.pipe(passphrase).optional(),
    passwordFile: lineOfFile.pipe(password).optional(),
    passwordEnv: variable.pipe(password).optional(),
    agent: booleanSchema.optional(),
    knownHostsFile: file.transform(({ path }) => path).optional(),
    jump: textList.pipe(shape.jump.unwrap()).optional(),
    server: z.string().superRefine(serverIsKnown(surroundings.serverNames)).optional(),
  })
    .superRefine((host, ctx) => {
      if (host.local === true) return
      const given = signInKeys.filter((key) => host[key] !== undefined && host[key] !== false)
      const [first, second] = given
      if (host.ssh === undefined) report(ctx, [], { kind: 'noneGiven', oneOf: ['ssh', 'local'] })
      else if (!first) report(ctx, [], { kind: 'noneGiven', oneOf: [...signInKeys] })
      else if (second) report(ctx, [second], { kind: 'givenBeside', other: first, oneOf: given })
      else if (host.passphraseFile !== undefined && first !== 'keyFile') report(ctx, ['passphraseFile'], { kind: 'missing', key: 'keyFile' })
    }, evenIfPartsFailed)
    .transform(({ local: _, keyFile, passphraseFile: passphrase, passwordFile, passwordEnv, agent, server, ...host }) => {
      const password = passwordFile ?? passwordEnv
      const key = { kind: 'key', keyFile, ...(passphrase !== undefined && { passphrase }) }
      const auth = keyFile !== undefined ? key : password !== undefined ? { kind: 'password', password } : agent ? { kind: 'agent' } : null
      const { serverId: __, paused: ___, ...input } = hostInputSchema.parse({ ssh: null, ...host, auth })
      return { ...input, server: server ?? null }
    })
  const withoutSshKeys = z.unknown().superRefine((host, ctx) => {
    if (booleanSchema.safeParse(Object(host).local).data !== true) return
    for (const key of sshKeys) if (key in Object(host)) report(ctx, [key], { kind: 'givenBeside', other: 'local', oneOf: ['local', 'ssh'] })
  })
  return withoutSshKeys.pipe(fields)
}

/** Such as `CF-Access-Client-Id: …`, a header a line. */
const headerLines = z
  .string()
  .transform((text, ctx) => headersIn(text) ?? refused(ctx, { kind: 'notSuchAs', example: 'X-Team: noc' }))
  .pipe(serverHeadersSchema)

const credentialsSchema = z
  .string()
  .max(4_096)
  .regex(/^[^:\r\n]+:[^\r\n]*$/, invalid({ kind: 'notSuchAs', example: 'user:password' }))

const contractSchema = writtenAs(streamContractSchema)

const thresholdKeys = Object.fromEntries(contentThresholds.map((name) => [name, numberSchema])) as Record<ContentThreshold, typeof numberSchema>

function probeSchema(surroundings: Surroundings) {
  const { shape } = probeInputSchema
  const { lineOfFile, variable } = references(surroundings)
  const typed = knownKeys({
    name: shape.name,
    url: shape.url.optional(),
    urlFile: lineOfFile.pipe(shape.url).optional(),
    urlEnv: variable.pipe(shape.url).optional(),
    credentialsFile: lineOfFile.pipe(credentialsSchema).optional(),
    project: shape.project.unwrap().optional(),
    intervalSeconds: countSchema(...probeLimits.intervalSeconds).optional(),
    lookSeconds: countSchema(...probeLimits.lookSeconds).optional(),
    retries: countSchema(...probeLimits.retries).optional(),
    mode: oneOf(probeModes).optional(),
    contract: contractSchema.optional(),
    profile: oneOf(contentProfiles).optional(),
    checks: z.array(oneOf(probeChecks)).max(probeChecks.length).optional(),
    thresholds: checkedBy(shape.thresholds.unwrap(), knownKeys(thresholdKeys).partial()).optional(),
  })
  return typed.superRefine(oneOfThese(urlKeys, 'url'), evenIfPartsFailed).transform(({ url, urlFile, urlEnv, credentialsFile, ...probe }, ctx) => {
    const address = url ?? urlFile ?? urlEnv ?? ''
    const { data, error } = probeInputSchema.safeParse({
      ...probe,
      url: credentialsFile === undefined ? address : withCredentials(address, credentialsFile),
    })
    // With its credentials, an address may be too long.
    for (const { message } of error?.issues ?? []) ctx.addIssue({ code: 'custom', path: ['credentialsFile'], message })
    if (data === undefined) return z.NEVER
    const { paused: _, ...input } = data
    return input
  })
}

/** One of each server, which is named. */
const canariesSchema = emptyIfNull(
  z
    .array(
      knownKeys({
        server: serverInputSchema.shape.name,
        publishBy: oneOf(publishProtocols).optional(),
        readBy: z.array(oneOf(canaryReadProtocols)).min(1).max(canaryReadProtocols.length).optional(),
        path: canarySettingsSchema.shape.path.unwrap().unwrap().optional(),
      }).transform(({ server, ...settings }): YamlCanary => ({ server, ...canarySettingsSchema.parse(settings) })),
    )
    .max(mostCanaries)
    .superRefine((all, ctx) => {
      const names = all.map(({ server }) => server.toLowerCase())
      for (const [index, name] of names.entries()) if (names.indexOf(name) < index) report(ctx, [index, 'server'], { kind: 'givenTwice', name })
    }),
)

function remoteProbeSchema(surroundings: Surroundings) {
  const { shape } = remoteProbeInputSchema
  const { lineOfFile, variable } = references(surroundings)
  const token = z.string().min(1, emptyToken).pipe(shape.token)
  return knownKeys({
    name: shape.name,
    url: shape.url,
    fingerprint: fingerprintSchema.optional(),
    token: token.optional(),
    tokenFile: lineOfFile.pipe(token).optional(),
    tokenEnv: variable.pipe(token).optional(),
  })
    .superRefine(oneOfThese(tokenKeys, 'tokenFile'), evenIfPartsFailed)
    .transform(({ token: given, tokenFile, tokenEnv, ...vantage }) => remoteProbeInputSchema.parse({ ...vantage, token: given ?? tokenFile ?? tokenEnv }))
}

/** An apostrophe may not stand in an address that is read. */
const encoded = (text: string) => encodeURIComponent(text).replaceAll("'", '%27')

function withCredentials(address: string, credentials: string): string {
  const [user = '', ...password] = credentials.split(':')
  const signedIn = `${encoded(user)}:${encoded(password.join(':'))}@`
  return address.replace(/^([a-z]+:\/\/)(?:[^/?#@]*@)?/i, `$1${signedIn}`)
}

function heartbeatSchema(surroundings: Surroundings) {
  const { lineOfFile, variable } = references(surroundings)
  return knownKeys({
    url: httpUrl.optional(),
    urlFile: lineOfFile.pipe(httpUrl).optional(),
    urlEnv: variable.pipe(httpUrl).optional(),
    everySeconds: everySecondsSchema.optional(),
    proxy: proxySchema.optional(),
  })
    .superRefine(oneOfThese(urlKeys, 'url'), evenIfPartsFailed)
    .transform(
      ({ url, urlFile, urlEnv, everySeconds = defaultEverySeconds, proxy }): HeartbeatInput => ({ url: url ?? urlFile ?? urlEnv ?? '', everySeconds, proxy }),
    )
}

/** A channel of the file has its secret, and longer texts, in other files or in the environment. */
function channelSources(surroundings: Surroundings): ChannelSources {
  const { textOfFile, lineOfFile, variable } = references(surroundings)
  return { secrets: { secretFile: lineOfFile, secretEnv: variable }, text: textOfFile }
}

/** Seconds, or `never`. */
const everySchema = z
  .string()
  .trim()
  .transform((text, ctx) => {
    if (text.toLowerCase() === 'never') return null
    const [least, most] = snapshotLimits.everySeconds
    return countSchema(least, most).safeParse(text).data ?? refused(ctx, { kind: 'notACount', least, most })
  })
const snapshotsSchema = writtenAs(snapshotSettingsSchema, { everySeconds: everySchema })

/** Who writes it down wants it: `enabled: no` keeps it there, switched off. They tell channels that may also be of the console. */
const dailyCheckSchema = checkedBy(
  dailySettingsSchema,
  typedAs(dailySettingsSchema).transform((written) => ({ enabled: true, zone: zoneOf('local'), ...Object(written) })),
)

/**
 * How a value of the contract is written: its numbers, booleans and words as text, of its objects the keys that they have. What else the contract says of it is
 * checked afterwards. `instead`: how values of these keys are written.
 */
function typedAs(schema: z.core.$ZodType, instead: Readonly<Record<string, z.ZodType>> = {}): z.ZodType {
  if (schema instanceof z.ZodNullable) return typedAs(schema.def.innerType, instead)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    const of = schema.def.innerType
    const typed = typedAs(of, instead)
    // Of choices, no value is not none of them.
    return (typed instanceof z.ZodArray && !(of instanceof z.ZodArray && of.element instanceof z.ZodEnum) ? emptyIfNull(typed) : typed).optional()
  }
  if (schema instanceof z.ZodArray) return z.array(typedAs(schema.element, instead))
  if (schema instanceof z.ZodBoolean) return booleanSchema
  if (schema instanceof z.ZodEnum) return oneOf(schema.options.map(String))
  if (schema instanceof z.ZodNumber) return schema.isInt ? countSchema(schema.minValue ?? 0, schema.maxValue ?? Number.MAX_SAFE_INTEGER) : numberSchema
  if (!(schema instanceof z.ZodObject)) return z.string()
  const fields = Object.entries<z.core.$ZodType>(schema.shape).map(([key, field]) => {
    const typed = typedAs(field, instead)
    const other = instead[key]
    return [key, other === undefined ? typed : typed instanceof z.ZodOptional ? other.optional() : other]
  })
  return knownKeys(Object.fromEntries(fields))
}
function writtenAs<T>(schema: z.ZodType<T>, instead?: Parameters<typeof typedAs>[1]) {
  return checkedBy(schema, typedAs(schema, instead))
}

/** What was typed, as the contract has it. */
function checkedBy<T>(schema: z.ZodType<T>, typed: z.ZodType) {
  return typed.transform((value, ctx): T => {
    const { data, error } = schema.safeParse(value)
    for (const issue of error?.issues ?? []) report(ctx, issue.path, validationErrorOf(issue))
    return data ?? z.NEVER
  })
}

const calendarIn = (dir: string) => z.string().transform((calendar) => (/^https?:/i.test(calendar) ? calendar : resolve(dir, calendar)))

/** A host may also name a stored server, so only what looks like a misspelled name is refused. */
function serverIsKnown(names: readonly string[]) {
  return (server: string, ctx: z.core.$RefinementCtx<string>): void => {
    if (names.some((name) => name.toLowerCase() === server.toLowerCase())) return
    const meant = nearestWord(server, names)
    if (meant !== null) ctx.addIssue(invalid({ kind: 'noSuchName', text: server, meant, known: [] }))
  }
}

/** Values that are read from another file or from an environment variable. */
function references({ dir, env, readText }: Surroundings) {
  const file = z.string().transform((name, ctx) => {
    const path = resolve(dir, name)
    try {
      return { path, text: readText(path) }
    } catch (error) {
      return refused(ctx, { kind: 'fileUnreadable', file: path, code: errorCode(error) })
    }
  })
  return {
    file,
    textOfFile: file.transform(({ text }) => text),
    // Editors end a file with a newline that is no part of the secret.
    lineOfFile: file.transform(({ text }) => text.replace(/\r?\n$/, '')),
    variable: z.string().transform((name, ctx) => env[name] ?? refused(ctx, { kind: 'variableMissing', name })),
  }
}

function listOf<T extends z.ZodType<{ readonly name: string }>>(item: T, most?: number) {
  const list = z.array(item)
  const bounded = most === undefined ? list : list.max(most)
  const unique = bounded.superRefine(
    (all, ctx) => {
      const seen = new Set<string>()
      const broken = new Set(ctx.issues.map((issue) => issue.path?.[0]))
      for (const [index, { name }] of all.entries()) {
        if (broken.has(index)) continue
        if (seen.has(name.toLowerCase())) report(ctx, [index, 'name'], { kind: 'givenTwice', name })
        seen.add(name.toLowerCase())
      }
    },
    { when: ({ value }) => Array.isArray(value) },
  )
  return emptyIfNull(unique)
}
