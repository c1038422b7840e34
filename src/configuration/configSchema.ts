import { resolve } from 'node:path'
import { z } from 'zod'
import type { ChannelBase, FormCheck, FormParts, SecretUse } from '../engine/telling/channelKind.ts'
import { type ChannelInput, channelKinds } from '../engine/telling/channelKinds.ts'
import type { HeartbeatInput } from '../engine/telling/heartbeat.ts'
import type { DrillInput } from '../engine/telling/telling.ts'
import { channelKindNames, type Route } from '../shared/channels.ts'
import { enteredSecret, enteredText } from '../shared/entered.ts'
import { hostInputSchema, sshTargetSchema } from '../shared/hosts.ts'
import { maintenanceInputSchema, zoneSchema } from '../shared/maintenance.ts'
import { mediaBackends } from '../shared/media.ts'
import { type Mistake, type MistakeNoun, mistaken } from '../shared/mistakes.ts'
import { nearestWord } from '../shared/nearestWord.ts'
import { onAirInputSchema, readWeekly } from '../shared/onAir.ts'
import { fingerprintSchema, serverAddressesSchema, serverInputSchema, serverUrlSchema, tokenSchema } from '../shared/servers.ts'
import { severities } from '../shared/troubles.ts'
import { languages } from '../shared/words/languages.ts'
import { booleanSchema, emptyIfNull, knownKeys, numberSchema, oneOf, textList } from '../shared/written.ts'
import { writtenRulesSchema } from '../shared/writtenRules.ts'
import { parseNetwork } from './clientAddress.ts'
import { errorCode } from './errorCode.ts'
import { parseListen } from './listenAddress.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** What values of settings may refer to. */
export interface Surroundings {
  /** Folder that relative paths start from. */
  readonly dir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a small file whole, or throws. */
  readonly readText: (path: string) => string
  /** Names of the configured servers, which hosts refer to. */
  readonly serverNames: readonly string[]
  /** Names of the channels, which routes refer to. */
  readonly channelNames: readonly string[]
}

/** Schema of the configuration file, whose values are the texts as typed. Environment variables use the schemas of the same keys. */
export function fileSchema(surroundings: Surroundings) {
  const path = z.string().transform((name) => resolve(surroundings.dir, name))
  return knownKeys({
    listen: listenSchema,
    tokenFile: path,
    metricsTokenFile: path,
    dataDir: path,
    publicUrl: severalOf(originSchema),
    trustedProxies: severalOf(networkSchema),
    tls: knownKeys({ certFile: path, keyFile: path }).partial(),
    keepDays: keepDaysSchema,
    keepBytes: bytesSchema,
    logDir: path,
    logStderr: booleanSchema,
    logLevel: oneOf(logLevels),
    ffmpeg: path,
    demo: booleanSchema,
    servers: listOf(serverSchema(surroundings), 'server'),
    hosts: listOf(hostSchema(surroundings), 'host'),
    channels: listOf(channelSchema(surroundings), 'channel'),
    routes: emptyIfNull(z.array(routeSchema(surroundings))),
    heartbeat: heartbeatSchema(surroundings),
    drill: drillSchema(),
    maintenance: listOf(maintenanceSchema(surroundings), 'maintenance'),
    rules: emptyIfNull(writtenRulesSchema),
    onAir: listOf(onAirSchema(surroundings), 'onAir'),
  }).partial()
}

const emptyToken = mistaken({ kind: 'empty', what: 'token' })
const listenSchema = z.string().transform((text, ctx) => {
  const parsed = parseListen(text)
  return parsed ?? refused(ctx, { kind: 'notAListenAddress', text })
})

const originSchema = z.string().transform((text, ctx) => {
  if (!URL.canParse(text) || !/^https?:/.test(text)) return refused(ctx, { kind: 'notAnOrigin', text })
  const { origin, pathname } = new URL(text)
  return pathname === '/' ? origin : refused(ctx, { kind: 'pathInOrigin', path: pathname })
})

const networkSchema = z
  .string()
  .trim()
  .refine(parseNetwork, { error: ({ input }) => mistaken({ kind: 'notANetwork', text: String(input) }) })

const countSchema = (least: number, most: number) =>
  numberSchema.refine((value) => Number.isInteger(value) && value >= least && value <= most, mistaken({ kind: 'notACount', least, most }))
const keepDaysSchema = numberSchema.refine((days) => days >= 0.01 && days <= 3650, mistaken({ kind: 'notDays', least: 0.01, most: 3650 }))

const bytesSchema = z.string().transform((text, ctx) => {
  const found = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/i.exec(text.trim())
  const steps: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }
  const bytes = found ? Number(found[1]) * (steps[(found[2] ?? '').toUpperCase()] ?? 1) : Number.NaN
  return bytes >= 10e6 ? Math.round(bytes) : refused(ctx, { kind: 'notASize' })
})

/** Settings that only an environment variable sets. */
export const variableSchemas = { token: z.string().trim().min(1, emptyToken), mediaBackend: oneOf(mediaBackends) }

const passwordKeys = ['password', 'passwordFile', 'passwordEnv'] as const
const tokenKeys = ['token', 'tokenFile', 'tokenEnv'] as const

function serverSchema(surroundings: Surroundings) {
  const { shape } = serverInputSchema
  const { lineOfFile, variable } = references(surroundings)
  const password = oneLine('secret')
  const token = z.string().min(1, emptyToken).pipe(tokenSchema)
  return knownKeys({
    name: shape.name,
    url: serverUrlSchema,
    fingerprint: fingerprintSchema.optional(),
    intervalSeconds: numberSchema.pipe(shape.intervalSeconds.unwrap()).optional(),
    tags: textList.pipe(shape.tags.unwrap()).optional(),
    addresses: knownKeys(serverAddressesSchema.partial().shape).pipe(shape.addresses.unwrap()).optional(),
    paused: booleanSchema.optional(),
    user: z
      .string()
      .min(1, mistaken({ kind: 'empty', what: 'user' }))
      .optional(),
    password: password.optional(),
    passwordFile: lineOfFile.pipe(password).optional(),
    passwordEnv: variable.pipe(password).optional(),
    token: token.optional(),
    tokenFile: lineOfFile.pipe(token).optional(),
    tokenEnv: variable.pipe(token).optional(),
  })
    .superRefine((server, ctx) => {
      const given = [...passwordKeys, ...tokenKeys].filter((key) => server[key] !== undefined)
      const [first, second] = given
      const isToken = tokenKeys.some((key) => key === first)
      if (second) report(ctx, [second], { kind: 'givenBeside', other: String(first), oneOf: given })
      else if (!first && server.user !== undefined) report(ctx, ['user'], { kind: 'userAlone', oneOf: [...passwordKeys] })
      else if (isToken && server.user !== undefined) report(ctx, ['user'], { kind: 'userBesideToken', token: String(first) })
      else if (first && !isToken && server.user === undefined) report(ctx, [], { kind: 'userMissing', beside: first })
    }, evenIfPartsFailed)
    .transform(({ user, password, passwordFile, passwordEnv, token, tokenFile, tokenEnv, ...server }) => {
      const bearer = token ?? tokenFile ?? tokenEnv
      const kind = bearer !== undefined && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(bearer) ? 'jwt' : 'bearer'
      const basic = user === undefined ? { kind: 'none' } : { kind: 'basic', user, password: password ?? passwordFile ?? passwordEnv }
      return serverInputSchema.parse({ ...server, auth: bearer === undefined ? basic : { kind, token: bearer } })
    })
}

const signInKeys = ['keyFile', 'passwordFile', 'passwordEnv', 'agent'] as const
/** Keys of hosts that are read over SSH, refused for this machine. */
const sshKeys = ['ssh', ...signInKeys, 'passphraseFile', 'knownHostsFile', 'jump'] as const

function hostSchema(surroundings: Surroundings) {
  const { shape } = hostInputSchema
  const { file, lineOfFile, variable } = references(surroundings)
  const password = oneLine('password').min(1, mistaken({ kind: 'empty', what: 'password' }))
  const passphrase = oneLine('passphrase').min(1, mistaken({ kind: 'empty', what: 'passphrase' }))
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
    mediaProcess: shape.mediaProcess.unwrap().unwrap().optional(),
  })
    .superRefine((host, ctx) => {
      if (host.local === true) return
      const given = signInKeys.filter((key) => host[key] !== undefined && host[key] !== false)
      const [first, second] = given
      if (host.ssh === undefined) report(ctx, [], { kind: 'sshMissing', local: host.local !== undefined })
      else if (!first) report(ctx, [], { kind: 'signInMissing', oneOf: [...signInKeys] })
      else if (second) report(ctx, [second], { kind: 'givenBeside', other: first, oneOf: given })
      else if (host.passphraseFile !== undefined && first !== 'keyFile') report(ctx, ['passphraseFile'], { kind: 'passphraseAlone' })
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
    for (const key of sshKeys) if (key in Object(host)) report(ctx, [key], { kind: 'besideLocal' })
  })
  return withoutSshKeys.pipe(fields)
}

const secretKeys = ['secretFile', 'secretEnv'] as const
/** The key by which a channel has its secret. */
const secretKeyOf = (channel: Readonly<Record<string, unknown>>) => secretKeys.find((key) => channel[key] !== undefined)
/** Keys of every channel. */
const channelKeys = ['name', 'language', 'acknowledgeLink', 'atMost', 'perMinutes', 'digestMinutes', ...secretKeys] as const

/** A channel has the form of the kind whose key it has. */
function channelSchema(surroundings: Surroundings) {
  const parts = formParts(surroundings, channelLimits)
  const partsOfKeyed = formParts(surroundings, {})
  return z.transform((value: unknown, ctx): ChannelInput => {
    const [kind, other] = channelKindNames.filter((name) => name in Object(value))
    if (kind !== undefined && other !== undefined) {
      report(ctx, [other], { kind: 'givenBeside', other: kind, oneOf: [...channelKindNames] })
      return z.NEVER
    }
    const form = kind === undefined ? noKind : channelKinds[kind].form('isKeyed' in channelKinds[kind] ? partsOfKeyed : parts)
    const { data, error } = form.safeParse(value)
    for (const issue of error?.issues ?? []) ctx.issues.push({ ...issue, input: undefined } as z.core.$ZodRawIssue)
    return data ?? z.NEVER
  })
}

/** Says what else is wrong with a channel of no kind. */
const noKind = knownKeys(Object.fromEntries([...channelKeys, ...channelKindNames].map((key) => [key, z.unknown().optional()]))).transform(
  (value, ctx): ChannelInput => {
    const isOther = Object.keys(value).some((key) => !channelKeys.some((known) => known === key))
    return isOther ? z.NEVER : refused(ctx, { kind: 'channelKindMissing', oneOf: [...channelKindNames] })
  },
)

/** How many messages a channel gets in how many minutes. */
const channelLimits = {
  atMost: countSchema(1, 10_000).optional(),
  perMinutes: countSchema(1, 10_080).optional(),
  digestMinutes: countSchema(1, 10_080).optional(),
}

function formParts(surroundings: Surroundings, limits: Partial<typeof channelLimits>): FormParts {
  const { file, lineOfFile, variable } = references(surroundings)
  const line = (what: MistakeNoun) => oneLine(what).min(1, mistaken({ kind: 'empty', what }))
  const base = { name: enteredText('channelName', 100, z.string().trim()), language: oneOf(languages).optional(), acknowledgeLink: booleanSchema.optional() }
  const secretShape = { secretFile: lineOfFile.pipe(line('secret')).optional(), secretEnv: variable.pipe(line('secret')).optional() }
  return {
    channel: <Shape extends z.ZodRawShape>(shape: Shape, use: SecretUse, check: FormCheck = () => undefined) => {
      const checked = knownKeys({ ...base, ...limits, ...(use === 'noSecret' ? {} : secretShape), ...shape })
        .superRefine((channel, ctx) => {
          const [first, second] = secretKeys.filter((key) => channel[key] !== undefined)
          if (second !== undefined) report(ctx, [second], { kind: 'givenBeside', other: String(first), oneOf: [...secretKeys] })
          else if (use === 'mustSecret' && first === undefined) report(ctx, [], { kind: 'secretMissing', oneOf: [...secretKeys] })
          if (channel.perMinutes !== undefined && channel.atMost === undefined) report(ctx, ['perMinutes'], { kind: 'missing', key: 'atMost' })
          check(channel, ctx)
        }, evenIfPartsFailed)
        .transform(({ secretFile, secretEnv, ...channel }) => {
          const secret = secretFile ?? secretEnv
          return { ...channel, ...(secret !== undefined && { secret }) }
        })
      // The compiler cannot join the keys of a shape that it does not know yet.
      return checked as unknown as z.ZodType<z.output<z.ZodObject<Shape>> & ChannelBase>
    },
    httpUrl,
    address: (schemes, example) =>
      z.string().transform((text, ctx) => {
        if (!URL.canParse(text)) return refused(ctx, { kind: 'notSuchAs', example })
        const { protocol, host, hostname, username, password, pathname, search, hash } = new URL(text)
        if (username !== '' || password !== '') return refused(ctx, { kind: 'userInAddress' })
        if (search !== '' || hash !== '') return refused(ctx, { kind: 'queryInAddress' })
        const isOne = schemes.some((scheme) => protocol === `${scheme}:`) && hostname !== '' && /^\/?$/.test(pathname)
        return isOne ? `${protocol}//${host}` : refused(ctx, { kind: 'notSuchAs', example })
      }),
    suchAs,
    several: (each, most) =>
      severalOf(each).pipe(
        z
          .array(z.string())
          .min(1, mistaken({ kind: 'empty', what: 'address' }))
          .max(most, mistaken({ kind: 'tooManyAtOnce', most })),
      ),
    boolean: booleanSchema,
    fileText: file.transform(({ text }) => text),
    needsSecret: (key) => (channel, ctx) => {
      if (channel[key] !== undefined && secretKeyOf(channel) === undefined) report(ctx, [], { kind: 'secretMissing', oneOf: [...secretKeys] })
    },
    secretNeeds: (key) => (channel, ctx) => {
      const secret = secretKeyOf(channel)
      if (channel[key] === undefined && secret !== undefined) report(ctx, [], { kind: 'userMissing', beside: secret })
    },
    secretIsUrl: (key) => (channel, ctx) => {
      const name = secretKeyOf(channel)
      const base = String(channel[key])
      if (name === undefined || !URL.canParse(base)) return
      const isUrl = URL.canParse(String(channel[name]), base) && /^https?:$/.test(new URL(String(channel[name]), base).protocol)
      if (!isUrl) report(ctx, [name], { kind: 'notSuchAs', example: 'https://example.org/…' })
    },
    secretIs: (example, isOne) => (channel, ctx) => {
      const name = secretKeyOf(channel)
      if (name !== undefined && !isOne(String(channel[name]))) report(ctx, [name], { kind: 'notSuchAs', example })
    },
    count: countSchema,
    oneOf: <const Words extends readonly string[]>(words: Words) => oneOf(words) as z.ZodType<Words[number]>,
    headerName: z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, mistaken({ kind: 'notOneLine', what: 'token' })),
    line,
  }
}

/** A week. */
const mostMinutes = 10_080

function routeSchema({ channelNames }: Surroundings) {
  const toChannels = textList.pipe(z.array(z.enum(channelNames as [string, ...string[]], mistaken({ kind: 'notOneOf', words: [...channelNames] }))))
  return knownKeys({
    to: toChannels,
    severities: textList.pipe(z.array(oneOf(severities))).optional(),
    tags: textList.optional(),
    days: severalSuchAs('MO-FR', (days) => readWeekly(`${days} 00:00-24:00`) !== null).optional(),
    hours: severalSuchAs('22:00-06:00', (hours) => readWeekly(`MO-SU ${hours}`) !== null).optional(),
    zone: zoneSchema.optional(),
    escalate: knownKeys({ afterMinutes: countSchema(1, mostMinutes), to: toChannels }).optional(),
  })
    .superRefine(({ days, hours, zone }, ctx) => {
      const isTimed = days !== undefined || hours !== undefined
      if (isTimed && zone === undefined) report(ctx, ['zone'], { kind: 'missing', key: 'zone' })
      if (!isTimed && zone !== undefined) report(ctx, ['zone'], { kind: 'missing', key: 'hours' })
    }, evenIfPartsFailed)
    .transform(({ days = ['MO-SU'], hours = ['00:00-24:00'], zone, ...route }): Route => {
      if (zone === undefined) return route
      return { ...route, times: { weekly: hours.map((each) => `${days.join(',')} ${each}`), zone } }
    })
}

const urlKeys = ['url', 'urlFile', 'urlEnv'] as const
const mostSeconds = 86_400
function heartbeatSchema(surroundings: Surroundings) {
  const { lineOfFile, variable } = references(surroundings)
  return knownKeys({
    url: httpUrl('url').optional(),
    urlFile: lineOfFile.pipe(httpUrl('urlFile')).optional(),
    urlEnv: variable.pipe(httpUrl('urlEnv')).optional(),
    everySeconds: countSchema(10, mostSeconds).optional(),
  })
    .superRefine((heartbeat, ctx) => {
      const [first, second] = urlKeys.filter((key) => heartbeat[key] !== undefined)
      if (first === undefined) report(ctx, [], { kind: 'missing', key: 'url' })
      else if (second !== undefined) report(ctx, [second], { kind: 'givenBeside', other: first, oneOf: [...urlKeys] })
    }, evenIfPartsFailed)
    .transform(({ url, urlFile, urlEnv, everySeconds = 60 }): HeartbeatInput => ({ url: url ?? urlFile ?? urlEnv ?? '', everySeconds }))
}

function maintenanceSchema({ dir }: Surroundings) {
  const { shape } = maintenanceInputSchema
  const typed = knownKeys({
    name: shape.name,
    tags: textList.pipe(shape.tags.unwrap()).optional(),
    servers: textList.pipe(shape.servers.unwrap()).optional(),
    streams: textList.pipe(shape.streams.unwrap()).optional(),
    zone: shape.zone,
    start: z.string().optional(),
    hours: numberSchema.pipe(shape.hours.unwrap().unwrap()).optional(),
    rrule: z.string().optional(),
    calendar: calendarIn(dir).optional(),
  })
  return checkedBy(maintenanceInputSchema, typed)
}

function onAirSchema({ dir }: Surroundings) {
  const { shape } = onAirInputSchema
  const typed = knownKeys({
    name: shape.name,
    tags: textList.pipe(shape.tags.unwrap()).optional(),
    servers: textList.pipe(shape.servers.unwrap()).optional(),
    streams: textList.pipe(shape.streams),
    zone: shape.zone,
    weekly: textList.pipe(shape.weekly.unwrap()).optional(),
    calendar: calendarIn(dir).optional(),
  })
  return checkedBy(onAirInputSchema, typed)
}

/** What was typed, as the contract has it. */
const checkedBy = <T>(schema: z.ZodType<T>, typed: z.ZodType) =>
  typed.transform((value, ctx): T => {
    const { data, error } = schema.safeParse(value)
    for (const { path, message } of error?.issues ?? []) ctx.addIssue({ code: 'custom', path, message })
    return data ?? z.NEVER
  })

/** A URL, or a file beside the configuration. */
const calendarIn = (dir: string) => z.string().transform((calendar) => (/^https?:/i.test(calendar) ? calendar : resolve(dir, calendar)))

/** A host may also name a stored server, so only what looks like a misspelled name is refused. */
function serverIsKnown(names: readonly string[]) {
  return (server: string, ctx: z.core.$RefinementCtx<string>): void => {
    if (names.some((name) => name.toLowerCase() === server.toLowerCase())) return
    const meant = nearestWord(server, names)
    if (meant !== null) ctx.addIssue(mistaken({ kind: 'noSuchServer', name: server, meant }))
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
    // Editors end a file with a newline that is no part of the secret.
    lineOfFile: file.transform(({ text }) => text.replace(/\r?\n$/, '')),
    variable: z.string().transform((name, ctx) => env[name] ?? refused(ctx, { kind: 'variableMissing', name })),
  }
}

const suchAs = (example: string, isOne: (text: string) => boolean) =>
  z
    .string()
    .trim()
    .refine(isOne, mistaken({ kind: 'notSuchAs', example }))

const mostHours = 50
const severalSuchAs = (example: string, isOne: (text: string) => boolean) =>
  severalOf(suchAs(example, isOne)).pipe(
    z
      .array(z.string())
      .min(1, mistaken({ kind: 'notSuchAs', example }))
      .max(mostHours, mistaken({ kind: 'tooManyAtOnce', most: mostHours })),
  )

const drillSchema = () =>
  knownKeys({
    days: severalSuchAs('MO', (days) => readWeekly(`${days} 00:00-24:00`) !== null).optional(),
    at: suchAs('10:00', (at) => readWeekly(`MO ${at}-24:00`) !== null),
    zone: zoneSchema,
  }).transform(({ days = ['MO'], at, zone }): DrillInput => ({ weekly: [`${days.join(',')} ${at}-24:00`], zone }))

/** Unlike the address of a server it may have a query, which often is a secret. */
const httpUrl = (key: string) =>
  z.string().superRefine((text, ctx) => {
    if (!URL.canParse(text)) ctx.addIssue(mistaken({ kind: 'notAnAddress', text: key }))
    else if (!/^https?:$/.test(new URL(text).protocol)) ctx.addIssue(mistaken({ kind: 'notHttp', scheme: new URL(text).protocol }))
  })

const oneLine = (what: MistakeNoun) => enteredSecret(what).regex(/^[^\r\n\0]*$/, mistaken({ kind: 'notOneLine', what }))

/** One text or a list of texts; one text may contain several, separated by commas or spaces. */
const severalOf = <T extends z.ZodType>(each: T) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value), z.array(each))

/** A list of things with unique names, regardless of case. */
function listOf<T extends z.ZodType<{ readonly name: string }>>(item: T, noun: 'server' | 'host' | 'channel' | 'maintenance' | 'onAir') {
  const unique = z.array(item).superRefine(
    (all, ctx) => {
      const indexByName = new Map<string, number>()
      const broken = new Set(ctx.issues.map((issue) => issue.path?.[0]))
      for (const [index, { name }] of all.entries()) {
        if (broken.has(index)) continue
        const other = indexByName.get(name.toLowerCase())
        if (other !== undefined)
          report(ctx, [index, 'name'], {
            kind: 'nameTwice',
            name,
            of: noun,
            first: `${noun === 'maintenance' || noun === 'onAir' ? noun : `${noun}s`}[${other}]`,
          })
        indexByName.set(name.toLowerCase(), index)
      }
    },
    { when: ({ value }) => Array.isArray(value) },
  )
  return emptyIfNull(unique)
}

/** Runs checks across keys even if one of the keys is invalid, so that all problems are reported at once. */
const evenIfPartsFailed = { when: ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null }

const report = (ctx: z.core.$RefinementCtx, path: PropertyKey[], mistake: Mistake): void => ctx.addIssue({ code: 'custom', path, message: mistaken(mistake) })

function refused(ctx: z.core.$RefinementCtx, mistake: Mistake): never {
  ctx.addIssue(mistaken(mistake))
  return z.NEVER
}
