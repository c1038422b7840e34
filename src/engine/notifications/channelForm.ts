import { z } from 'zod'
import { channelKindNames, type Route } from '../../shared/channels.ts'
import { enteredName } from '../../shared/entered.ts'
import { zoneSchema } from '../../shared/maintenance.ts'
import { type MistakeNoun, mistaken } from '../../shared/mistakes.ts'
import { readWeekly } from '../../shared/onAir.ts'
import { proxySchema } from '../../shared/proxies.ts'
import { severities } from '../../shared/troubles.ts'
import { languages } from '../../shared/words/languages.ts'
import {
  booleanSchema,
  countSchema,
  evenIfPartsFailed,
  knownKeys,
  oneLine,
  oneOf,
  refused,
  report,
  severalOf,
  severalSuchAs,
  suchAs,
  textList,
} from '../../shared/written.ts'
import type { ChannelBase, FormCheck, FormParts, SecretUse } from './channelKind.ts'
import { type ChannelInput, channelKinds } from './channelKinds.ts'

// Schemas of channels and routes as entered in a configuration file or in the console.

/** How the secrets and longer texts of channels are entered. */
export interface ChannelSources {
  /** Keys, one of which gives the secret. */
  readonly secrets: Readonly<Record<string, z.ZodType<string, string>>>
  /** A longer text; in a configuration file, the name of its file. */
  readonly text: z.ZodType<string, string>
}

/** Keys of every channel, besides its secret. */
export const channelKeys = ['name', 'language', 'acknowledgeLink', 'atMost', 'perMinutes', 'digestMinutes'] as const

/** Schema of a channel, which has the form of the kind whose key it has. */
export function channelSchema(sources: ChannelSources) {
  const parts = formParts(sources, channelLimits)
  const partsOfKeyed = formParts(sources, {})
  const noKind = noKindSchema(Object.keys(sources.secrets))
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

/** Reports the mistakes in a channel that has no kind. */
function noKindSchema(secretKeys: readonly string[]) {
  const keys: readonly string[] = [...channelKeys, 'proxy', ...secretKeys]
  return knownKeys(Object.fromEntries([...keys, ...channelKindNames].map((key) => [key, z.unknown().optional()]))).transform((value, ctx): ChannelInput => {
    const isOther = Object.keys(value).some((key) => !keys.includes(key))
    return isOther ? z.NEVER : refused(ctx, { kind: 'channelKindMissing', oneOf: [...channelKindNames] })
  })
}

/** A week. */
const mostMinutes = 10_080
/** Rate limit and digest interval of a channel. */
const channelLimits = {
  atMost: countSchema(1, 10_000).optional(),
  perMinutes: countSchema(1, mostMinutes).optional(),
  digestMinutes: countSchema(1, mostMinutes).optional(),
}

/** Headers for routing and framing, which must not be custom: with another `Host`, a secret URL would be sent elsewhere. */
const ownHeaders: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'keep-alive',
])
const line = (what: MistakeNoun) => oneLine(what).min(1, mistaken({ kind: 'empty', what }))

/** Unlike the address of a server, it may have a query. Its mistake does not quote it, as it is often a secret. */
export const httpUrl = suchAs('https://example.org/…', (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))

function formParts({ secrets, text: longText }: ChannelSources, limits: Partial<typeof channelLimits>): FormParts {
  const base = { name: enteredName(100), language: oneOf(languages).optional(), acknowledgeLink: booleanSchema.optional() }
  const secretKeys = Object.keys(secrets)
  const secretShape = Object.fromEntries(Object.entries(secrets).map(([key, schema]) => [key, schema.pipe(line('secret')).optional()]))
  /** The key under which a channel gives its secret. */
  const secretKeyOf = (channel: Readonly<Record<string, unknown>>) => secretKeys.find((key) => channel[key] !== undefined)
  const secretIsMissing = (ctx: z.core.$RefinementCtx) => {
    const [key] = secretKeys
    report(ctx, key !== undefined && secretKeys.length === 1 ? [key] : [], { kind: 'secretMissing', oneOf: secretKeys })
  }
  return {
    channel: <Shape extends z.ZodRawShape>(shape: Shape, use: SecretUse, check: FormCheck = () => undefined) => {
      const checked = knownKeys({ ...base, ...limits, ...(use === 'noSecret' ? {} : { ...secretShape, proxy: proxySchema.optional() }), ...shape })
        // Only syslog has no secret, and no proxy: it is no HTTP.
        .superRefine((channel: Readonly<Record<string, unknown>>, ctx) => {
          const [first, second] = secretKeys.filter((key) => channel[key] !== undefined)
          if (second !== undefined) report(ctx, [second], { kind: 'givenBeside', other: String(first), oneOf: secretKeys })
          else if (use === 'mustSecret' && first === undefined) secretIsMissing(ctx)
          if (channel.perMinutes !== undefined && channel.atMost === undefined) report(ctx, ['perMinutes'], { kind: 'missing', key: 'atMost' })
          check(channel, ctx)
        }, evenIfPartsFailed)
        .transform((channel: Readonly<Record<string, unknown>>) => {
          const key = secretKeyOf(channel)
          const others = Object.entries(channel).filter(([name]) => !secretKeys.includes(name))
          return { ...Object.fromEntries(others), ...(key !== undefined && { secret: channel[key] }) }
        })
      // The compiler cannot merge the keys of a generic shape.
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
    fileText: longText,
    needsSecret: (key) => (channel, ctx) => {
      if (channel[key] !== undefined && secretKeyOf(channel) === undefined) secretIsMissing(ctx)
    },
    secretNeeds: (key) => (channel, ctx) => {
      const secret = secretKeyOf(channel)
      if (channel[key] === undefined && secret !== undefined) report(ctx, [key], { kind: 'userMissing', beside: secret })
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
    headerName: z
      .string()
      .regex(/^[\w!#$%&'*+.^`|~-]+$/, mistaken({ kind: 'notOneLine', what: 'token' }))
      .refine((name) => !ownHeaders.has(name.toLowerCase()), mistaken({ kind: 'notSuchAs', example: 'X-Team' })),
    headerValue: line('secret').regex(/^[\t\x20-\x7e\x80-\xff]*$/, mistaken({ kind: 'notOneLine', what: 'secret' })),
    line,
  }
}

/** Schema of a route to channels with these names. */
export function routeSchema(channelNames: readonly string[]) {
  const unknown = channelNames.length === 0 ? mistaken({ kind: 'noChannelYet' }) : mistaken({ kind: 'notOneOf', words: [...channelNames] })
  const toChannels = textList.pipe(z.array(z.enum(channelNames as [string, ...string[]], unknown)))
  return knownKeys({
    to: toChannels,
    severities: textList.pipe(z.array(oneOf(severities))).optional(),
    tags: textList.optional(),
    days: severalSuchAs('MO-FR', (days) => readWeekly(`${days} 00:00-24:00`) !== null).optional(),
    hours: severalSuchAs('22:00-06:00', (hours) => readWeekly(`MO-SU ${hours}`) !== null).optional(),
    zone: zoneSchema.optional(),
    escalate: knownKeys({ afterMinutes: countSchema(1, mostMinutes), to: toChannels }).optional(),
    remindMinutes: countSchema(1, mostMinutes).optional(),
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
