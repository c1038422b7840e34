import { resolve } from 'node:path'
import { z } from 'zod'
import { hostInputSchema, sshTargetSchema } from '../shared/hosts.ts'
import { mediaBackends } from '../shared/media.ts'
import { fingerprintSchema, serverAddressesSchema, serverInputSchema, serverUrlSchema, tokenSchema } from '../shared/servers.ts'
import { parseNetwork } from './clientAddress.ts'
import { parseListen } from './listenAddress.ts'
import { nearestWord } from './nearestWord.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** What the values of settings may refer to. */
export interface Surroundings {
  /** Folder that relative paths start from. */
  readonly dir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a small file whole, or throws. */
  readonly readText: (path: string) => string
  /** Names of the configured servers, which hosts refer to. */
  readonly serverNames: readonly string[]
}

/** The configuration file, each value as the text that was typed. Environment variables are read by the schemas of the same keys. */
export function fileSchema(surroundings: Surroundings) {
  const path = z.string().transform((name) => resolve(surroundings.dir, name))
  return knownKeys({
    listen: listenSchema,
    tokenFile: path,
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
  }).partial()
}

const listenSchema = z.string().transform((text, ctx) => {
  const parsed = parseListen(text)
  return parsed ?? refused(ctx, `expected an address and a port such as 127.0.0.1:8787, [::1]:8787 or :8787, not "${text}"`)
})

const originSchema = z.string().transform((text, ctx) => {
  if (!URL.canParse(text) || !/^https?:/.test(text)) return refused(ctx, `expected an address such as https://noc.example.org, not "${text}"`)
  const { origin, pathname } = new URL(text)
  return pathname === '/' ? origin : refused(ctx, `leave out the path ${pathname}: the console stands at the root of its address`)
})

const networkSchema = z
  .string()
  .trim()
  .refine(parseNetwork, { error: ({ input }) => `expected an address such as 10.0.0.1 or a network such as 10.0.0.0/8, not "${input}"` })

const numberSchema = z.string().transform((text) => (text.trim() === '' ? Number.NaN : Number(text)))
const keepDaysSchema = numberSchema.refine((days) => days >= 0.01 && days <= 3650, 'expected a number of days from 0.01 to 3650')

const bytesSchema = z.string().transform((text, ctx) => {
  const found = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/i.exec(text.trim())
  const steps: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }
  const bytes = found ? Number(found[1]) * (steps[(found[2] ?? '').toUpperCase()] ?? 1) : Number.NaN
  return bytes >= 10e6 ? Math.round(bytes) : refused(ctx, 'expected a size of 10 MB or more, such as 500MB, 5GB or a number of bytes')
})

const booleanSchema = z.stringbool({ truthy: ['true', 'yes', 'on', '1'], falsy: ['false', 'no', 'off', '0'], error: 'expected true or false' })
const oneOf = <const T extends readonly string[]>(words: T) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(words, `expected one of ${words.join(', ')}`))

/** Settings that only an environment variable sets. */
export const variableSchemas = { token: z.string().trim().min(1, 'the token is empty'), mediaBackend: oneOf(mediaBackends) }

const passwordKeys = ['password', 'passwordFile', 'passwordEnv'] as const
const tokenKeys = ['token', 'tokenFile', 'tokenEnv'] as const

function serverSchema(surroundings: Surroundings) {
  const { shape } = serverInputSchema
  const { lineOfFile, variable } = references(surroundings)
  const password = oneLine('secret')
  const token = z.string().min(1, 'the token is empty').pipe(tokenSchema)
  return knownKeys({
    name: shape.name,
    url: serverUrlSchema,
    fingerprint: fingerprintSchema.optional(),
    intervalSeconds: numberSchema.pipe(shape.intervalSeconds.unwrap()).optional(),
    tags: textList.pipe(shape.tags.unwrap()).optional(),
    addresses: knownKeys(serverAddressesSchema.partial().shape).pipe(shape.addresses.unwrap()).optional(),
    paused: booleanSchema.optional(),
    user: z.string().min(1, 'the user is empty').optional(),
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
      if (second) report(ctx, [second], `stands beside ${first}: give one of ${given.join(', ')}`)
      else if (!first && server.user !== undefined) report(ctx, ['user'], `a user needs one of ${passwordKeys.join(', ')}`)
      else if (isToken && server.user !== undefined) report(ctx, ['user'], `stands beside ${first}: a token signs in without a user`)
      else if (first && !isToken && server.user === undefined) report(ctx, [], `"user" is missing beside ${first}`)
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
  const password = oneLine('password').min(1, 'the password is empty')
  const passphrase = oneLine('passphrase').min(1, 'the passphrase is empty')
  const fields = knownKeys({
    name: shape.name,
    local: booleanSchema.optional(),
    ssh: sshTargetSchema.optional(),
    keyFile: file
      .transform(({ path, text }, ctx) =>
        /^(ssh-|ecdsa-|sk-)/.test(text) ? refused(ctx, `${path} is a public key: name the private one, without .pub`) : path,
      )
      .optional(),
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
      if (host.ssh === undefined)
        report(ctx, [], `"ssh" is missing${host.local === undefined ? ', such as noc@10.0.0.5:22; or' : '; or say'} "local: true" for this machine`)
      else if (!first) report(ctx, [], `how to sign in is missing: give one of ${signInKeys.join(', ')}: true`)
      else if (second) report(ctx, [second], `stands beside ${first}: give one of ${given.join(', ')}`)
      else if (host.passphraseFile !== undefined && first !== 'keyFile') report(ctx, ['passphraseFile'], 'a passphrase opens a key: it needs keyFile')
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
    for (const key of sshKeys) if (key in Object(host)) report(ctx, [key], 'stands beside local: this machine is not asked over SSH')
  })
  return withoutSshKeys.pipe(fields)
}

/** A host may also name a stored server, so only what looks like a misspelled name is refused. */
function serverIsKnown(names: readonly string[]) {
  return (server: string, ctx: z.core.$RefinementCtx<string>): void => {
    if (names.some((name) => name.toLowerCase() === server.toLowerCase())) return
    const meant = nearestWord(server, names)
    if (meant !== null) ctx.addIssue(`there is no server "${server}"; did you mean ${meant}?`)
  }
}

/** Values that are read from another file or from an environment variable. */
function references({ dir, env, readText }: Surroundings) {
  const file = z.string().transform((name, ctx) => {
    const path = resolve(dir, name)
    try {
      return { path, text: readText(path) }
    } catch (error) {
      return refused(ctx, `can't read ${path}: ${readErrorWords(error)}`)
    }
  })
  return {
    file,
    // Editors end a file with a newline that is no part of the secret.
    lineOfFile: file.transform(({ text }) => text.replace(/\r?\n$/, '')),
    variable: z.string().transform((name, ctx) => env[name] ?? refused(ctx, `the environment variable ${name} is not set`)),
  }
}

const oneLine = (what: string) =>
  z
    .string()
    .max(4096, `a ${what} has at most 4096 letters`)
    .regex(/^[^\r\n\0]*$/, `a ${what} is one line of text`)

function readErrorWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'this user may not read it', EISDIR: 'it is a folder' }
  return words[code] ?? (code || 'it cannot be read')
}

/** A list of texts; a key without a value is an empty one. */
const textList = z.preprocess((list) => list ?? [], z.array(z.string()))

/** One text or a list of them; one text may hold several, with commas or spaces between. */
const severalOf = <T extends z.ZodType>(each: T) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value), z.array(each))

/** A list of things with unique names, regardless of case. A key without a value is an empty one. */
function listOf<T extends z.ZodType<{ readonly name: string }>>(item: T, noun: 'server' | 'host') {
  const unique = z.array(item).superRefine(
    (all, ctx) => {
      const indexByName = new Map<string, number>()
      const broken = new Set(ctx.issues.map((issue) => issue.path?.[0]))
      for (const [index, { name }] of all.entries()) {
        if (broken.has(index)) continue
        const other = indexByName.get(name.toLowerCase())
        if (other !== undefined) report(ctx, [index, 'name'], `another ${noun} (${noun}s[${other}]) has the name "${name}"`)
        indexByName.set(name.toLowerCase(), index)
      }
    },
    { when: ({ value }) => Array.isArray(value) },
  )
  return z.preprocess((list) => list ?? [], unique)
}

/** An object with these keys only; an unknown one is refused, with the key that was probably meant. */
function knownKeys<T extends z.core.$ZodLooseShape>(shape: T) {
  const keys = Object.keys(shape)
  const words = (key: string) => {
    const near = nearestWord(key, keys)
    return `unknown key; ${near ? `did you mean ${near}?` : `known are ${keys.join(', ')}`}`
  }
  return z.object(shape).catchall(z.unknown().refine(() => false, { error: ({ path }) => words(String(path?.at(-1))) }))
}

/** Checks across keys also where one of the keys is invalid, so that all problems are reported at once. */
const evenIfPartsFailed = { when: ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null }

const report = (ctx: z.core.$RefinementCtx, path: PropertyKey[], message: string): void => ctx.addIssue({ code: 'custom', path, message })

function refused(ctx: z.core.$RefinementCtx, message: string): never {
  ctx.addIssue(message)
  return z.NEVER
}
