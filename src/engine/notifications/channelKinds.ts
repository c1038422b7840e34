import { z } from 'zod'
import { languages } from '../../i18n/languages.ts'
import { type ChannelKindName, channelKindNames, type Route } from '../../shared/channels.ts'
import { enteredName } from '../../shared/entered.ts'
import { zoneSchema } from '../../shared/maintenance.ts'
import { readWeekly } from '../../shared/onAir.ts'
import { severities } from '../../shared/severities.ts'
import { invalid } from '../../shared/validationErrors.ts'
import { booleanSchema, countSchema, evenIfPartsFailed, knownKeys, oneOf, proxySchema, refused, report, severalSuchAs, textList } from '../../shared/written.ts'
import { type ChannelKind, line } from './channelKind.ts'
import { alertmanager } from './channels/alertmanager.ts'
import { apprise } from './channels/apprise.ts'
import { email } from './channels/email.ts'
import { ntfy } from './channels/ntfy.ts'
import { pagerduty } from './channels/pagerduty.ts'
import { slack } from './channels/slack.ts'
import { syslog } from './channels/syslog.ts'
import { teams } from './channels/teams.ts'
import { telegram } from './channels/telegram.ts'
import { webhook } from './channels/webhook.ts'
import type { ChannelBase } from './notification.ts'

/** Every kind of channel, by its key in the configuration file. */
export const channelKinds = { webhook, email, alertmanager, pagerduty, slack, teams, telegram, ntfy, apprise, syslog } satisfies {
  readonly [Name in ChannelKindName]: unknown
}

type Kinds = typeof channelKinds
/** A channel for notifications, as in the configuration file. */
export type ChannelInput = { [Name in ChannelKindName]: Kinds[Name] extends ChannelKind<infer Channel> ? Channel : never }[ChannelKindName]

/** The kind of a channel, which is the one key of the registry that it has. */
export function kindOf(channel: ChannelInput): { readonly name: ChannelKindName; readonly kind: ChannelKind<ChannelInput> } {
  const name = (Object.keys(channelKinds) as ChannelKindName[]).find((key) => key in channel) as ChannelKindName
  return { name, kind: channelKinds[name] as ChannelKind<ChannelInput> }
}

/** What of a channel may be shown: no secret. */
export function shownChannel(channel: ChannelInput): { readonly name: string; readonly kind: ChannelKindName; readonly origin: string } {
  const { name, kind } = kindOf(channel)
  const { [name]: address } = channel as unknown as Readonly<Record<string, unknown>>
  return { name: channel.name, kind: name, origin: kind.origin?.(channel) ?? new URL(String(address)).origin }
}

// Schemas of channels and routes as entered in a configuration file or in the console.

/** How the secrets and longer texts of channels are entered. */
export interface ChannelSources {
  /** Keys, one of which gives the secret. */
  readonly secrets: Readonly<Record<string, z.ZodType<string, string>>>
  /** A longer text; in a configuration file, the name of its file. */
  readonly text: z.ZodType<string, string>
}

/** A week. */
const mostMinutes = 10_080
const common = { name: enteredName(100), language: oneOf(languages).optional(), acknowledgeLink: booleanSchema.optional() }
const limits = {
  atMost: countSchema(1, 10_000).optional(),
  perMinutes: countSchema(1, mostMinutes).optional(),
  digestMinutes: countSchema(1, mostMinutes).optional(),
}
export const channelKeys: readonly string[] = Object.keys({ ...common, ...limits })

/** Schema of a channel, which has the form of the kind whose key it has. */
export function channelSchema(sources: ChannelSources) {
  const noKind = noKindSchema(Object.keys(sources.secrets))
  return z.transform((value: unknown, ctx): ChannelInput => {
    const [kind, other] = channelKindNames.filter((name) => name in Object(value))
    if (kind !== undefined && other !== undefined) {
      report(ctx, [other], { kind: 'givenBeside', other: kind, oneOf: [...channelKindNames] })
      return z.NEVER
    }
    const { data, error } = (kind === undefined ? noKind : schemaOf(channelKinds[kind], sources)).safeParse(value)
    for (const issue of error?.issues ?? []) ctx.issues.push({ ...issue, input: undefined } as z.core.$ZodRawIssue)
    return data ?? z.NEVER
  })
}

/** Reports the mistakes in a channel that has no kind. */
function noKindSchema(secretKeys: readonly string[]) {
  const keys: readonly string[] = [...channelKeys, 'proxy', ...secretKeys]
  return knownKeys(Object.fromEntries([...keys, ...channelKindNames].map((key) => [key, z.unknown().optional()]))).transform((value, ctx): ChannelInput => {
    const isOther = Object.keys(value).some((key) => !keys.includes(key))
    return isOther ? z.NEVER : refused(ctx, { kind: 'noneGiven', oneOf: [...channelKindNames] })
  })
}

/** Schema of a channel of one kind. Whichever key gives its secret, the channel has it as `secret`. */
function schemaOf(kind: Pick<ChannelKind<ChannelBase>, 'keys' | 'secret' | 'secretProblem' | 'isKeyed'>, { secrets, text }: ChannelSources) {
  const secretKeys = Object.keys(secrets)
  const secretShape = Object.fromEntries(Object.entries(secrets).map(([key, schema]) => [key, schema.pipe(line()).optional()]))
  return knownKeys({
    ...common,
    ...(kind.isKeyed ? {} : limits),
    ...(kind.secret === 'none' ? {} : { ...secretShape, proxy: proxySchema.optional() }),
    ...kind.keys(text),
  })
    .superRefine((channel: Readonly<Record<string, unknown>>, ctx) => {
      const [key, second] = secretKeys.filter((one) => channel[one] !== undefined)
      const problem = kind.secretProblem?.(channel, key === undefined ? undefined : String(channel[key])) ?? null
      if (second !== undefined) report(ctx, [second], { kind: 'givenBeside', other: String(key), oneOf: secretKeys })
      else if (key === undefined && (kind.secret === 'required' || channel.user !== undefined || problem === 'missing'))
        report(ctx, secretKeys.length === 1 ? secretKeys : [], { kind: 'noneGiven', oneOf: secretKeys })
      if (key !== undefined && kind.secret === 'ofUser' && channel.user === undefined) report(ctx, ['user'], { kind: 'missing', key: 'user' })
      if (key !== undefined && problem !== null && problem !== 'missing') report(ctx, [key], { kind: 'notSuchAs', ...problem })
      if (channel.perMinutes !== undefined && channel.atMost === undefined) report(ctx, ['perMinutes'], { kind: 'missing', key: 'atMost' })
    }, evenIfPartsFailed)
    .transform((channel: Readonly<Record<string, unknown>>) => {
      const secret = secretKeys.map((key) => channel[key]).find((value) => value !== undefined)
      const others = Object.entries(channel).filter(([key]) => !secretKeys.includes(key))
      // The keys were checked by the schemas of the kind, which the compiler cannot follow through its name.
      return { ...Object.fromEntries(others), ...(secret !== undefined && { secret }) } as unknown as ChannelInput
    })
}

/** Schema of a route to channels with these names. */
export function routeSchema(channelNames: readonly string[]) {
  const unknown = channelNames.length === 0 ? invalid({ kind: 'noChannelYet' }) : invalid({ kind: 'notOneOf', words: [...channelNames] })
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
