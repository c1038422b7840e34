import { z } from 'zod'
import { invalid } from './validationErrors.ts'

// Checks of a stream's content, and what one look found in its pictures and sound.

export const contentChecks = ['black', 'oneColour', 'colourBars', 'frozen', 'noMotion', 'silent', 'clipped', 'loudness'] as const
const contentCheckSchema = z.enum(contentChecks)
export type ContentCheck = z.infer<typeof contentCheckSchema>
/** All checks of a stream. `transport`: whether its MPEG-TS conforms to TR 101 290; requires reading it a second time over HTTP. */
export const probeChecks = [...contentChecks, 'transport'] as const
export type ProbeCheck = (typeof probeChecks)[number]
const isContentCheck = (check: ProbeCheck): check is ContentCheck => check !== 'transport'
/** Checks whose result has a duration. `clipped` and `loudness` yield plain figures. */
export const lastingChecks = ['black', 'oneColour', 'colourBars', 'frozen', 'noMotion', 'silent'] as const satisfies readonly ContentCheck[]
export type LastingCheck = (typeof lastingChecks)[number]
/** Duration after which each condition is a fault, ms. */
export const contentFaultMs: Readonly<Record<LastingCheck, number>> = {
  black: 5_000,
  oneColour: 5_000,
  colourBars: 5_000,
  frozen: 5_000,
  noMotion: 60_000,
  silent: 10_000,
}
/** A condition in pictures or sound, and its uninterrupted duration in ms. */
export interface Lasting {
  readonly check: LastingCheck
  readonly lastedMs: number
}
/** Whether it has lasted long enough to be a fault. */
export function isContentFault({ check, lastedMs }: Lasting): boolean {
  return lastedMs > contentFaultMs[check]
}
const soundChecks: ReadonlySet<ContentCheck> = new Set(['silent', 'clipped', 'loudness'])
export function isSoundCheck(check: ContentCheck): boolean {
  return soundChecks.has(check)
}

/** What a stream usually shows, which determines what counts as a fault. */
export const contentProfiles = ['studio', 'slides', 'nightCamera', 'muted'] as const
export type ContentProfile = (typeof contentProfiles)[number]
export const checksOfProfile: Readonly<Record<ContentProfile, readonly ContentCheck[]>> = {
  studio: ['black', 'oneColour', 'colourBars', 'frozen', 'noMotion', 'silent', 'clipped', 'loudness'],
  // A slide remains still for a long time, and may have a single colour.
  slides: ['black', 'colourBars', 'silent', 'clipped'],
  // Darkness, stillness and silence are normal; but a working sensor adds noise to every picture.
  nightCamera: ['oneColour', 'colourBars', 'frozen'],
  muted: ['black', 'oneColour', 'colourBars', 'frozen'],
}

export const contentLimits = {
  /** A picture is black if this share of it is dark, %: it may contain a logo. */
  blackPercent: [50, 100, 90],
  /** A pixel is dark up to this brightness, % of the range from black to white. */
  darkPercent: [1, 50, 10],
  /** Pictures are identical if their mean difference is at most this, dB of the full range. */
  frozenDb: [-90, -20, -50],
  /** There is no motion if the mean brightness difference between two pictures is at most this, % of the full range. */
  motionPercent: [0.01, 10, 0.5],
  /** Sound is silent if its peaks stay below this, dBFS. */
  silentDbfs: [-90, -10, -50],
  /** Target loudness of the programme, LUFS (EBU R128: -23). */
  targetLufs: [-50, -5, -23],
} as const
export type ContentThreshold = keyof typeof contentLimits
export const contentThresholds = Object.keys(contentLimits) as readonly ContentThreshold[]
/** Thresholds of profiles that differ from the default. */
const thresholdsOfProfile: Readonly<Partial<Record<ContentProfile, Partial<Record<ContentThreshold, number>>>>> = { nightCamera: { frozenDb: -70 } }

function thresholdSchema(of: ContentThreshold) {
  const [least, most] = contentLimits[of]
  const wrong = invalid({ kind: 'notWithin', least, most })
  return z.number(wrong).min(least, wrong).max(most, wrong).optional()
}
/** An operator's settings for one stream: checks and thresholds. */
export const contentFields = {
  /** null: none. */
  profile: z.enum(contentProfiles).nullable(),
  /** If none concerns pictures or sound, the profile's checks apply; without a profile, pictures and sound are not checked. */
  checks: z.array(z.enum(probeChecks)).max(probeChecks.length),
  /** Omitted thresholds are those of the profile. */
  thresholds: z.strictObject({
    blackPercent: thresholdSchema('blackPercent'),
    darkPercent: thresholdSchema('darkPercent'),
    frozenDb: thresholdSchema('frozenDb'),
    motionPercent: thresholdSchema('motionPercent'),
    silentDbfs: thresholdSchema('silentDbfs'),
    targetLufs: thresholdSchema('targetLufs'),
  }),
}
export interface ContentSettings {
  readonly profile: ContentProfile | null
  readonly checks: readonly ProbeCheck[]
  readonly thresholds: Readonly<Partial<Record<ContentThreshold, number | undefined>>>
}

const within = (of: ContentThreshold) => z.number().min(contentLimits[of][0]).max(contentLimits[of][1])
/** Checks with all thresholds, as passed to the media process. */
export const contentWatchSchema = z.object({
  checks: z.array(contentCheckSchema).min(1).max(contentChecks.length),
  blackPercent: within('blackPercent'),
  darkPercent: within('darkPercent'),
  frozenDb: within('frozenDb'),
  motionPercent: within('motionPercent'),
  silentDbfs: within('silentDbfs'),
  targetLufs: within('targetLufs'),
})
export type ContentWatch = z.infer<typeof contentWatchSchema>
/** Effective checks of pictures and sound: the profile's if none were chosen. */
export function contentChecksOf({ profile, checks }: Pick<ContentSettings, 'profile' | 'checks'>): readonly ContentCheck[] {
  const chosen = checks.filter(isContentCheck)
  return chosen.length > 0 || profile === null ? chosen : checksOfProfile[profile]
}
/** Effective settings, with the profile's values where none were chosen; null: pictures and sound are not checked. */
export function contentWatchOf(settings: ContentSettings): ContentWatch | null {
  const { profile, thresholds } = settings
  const chosen = contentChecksOf(settings)
  if (chosen.length === 0) return null
  const own = profile === null ? undefined : thresholdsOfProfile[profile]
  const of = (name: ContentThreshold) => thresholds[name] ?? own?.[name] ?? contentLimits[name][2]
  const all = Object.fromEntries(contentThresholds.map((name) => [name, of(name)])) as Record<ContentThreshold, number>
  return { checks: [...new Set(chosen)], ...all }
}

const percent = z.number().min(0).max(100)
const db = z.number().min(-200).max(100)
const seconds = z.number().min(0).max(10_000_000)
/** A condition that was present at the end of the look. */
const findingSchema = z.object({
  check: z.enum(lastingChecks),
  /** Uninterrupted duration up to the last picture or sound, s of stream time. */
  seconds,
  /** Present from the first picture or sound after opening the stream: it may have begun earlier. */
  isFromStart: z.boolean(),
})
export type ContentFinding = z.infer<typeof findingSchema>

/** Conditions that were still present at the end of the look. */
export function lastingIn(content: Content | null): readonly Lasting[] {
  return (content?.findings ?? []).map(({ check, seconds: lasted }) => ({ check, lastedMs: lasted * 1_000 }))
}

/** What one look found in pictures and sound. null: not checked, or not enough data to determine it. */
export const contentSchema = z.object({
  /** Decoded pictures: key frames, at most about one per second. */
  pictures: z.number().int().min(0),
  /** What could not be checked: no decoder, or nothing decodable. */
  undecoded: z.array(z.enum(['video', 'audio'])).max(2),
  /** Dark share of the last picture. */
  darkPercent: percent.nullable(),
  /** Mean brightness difference from the previous picture. */
  motionPercent: percent.nullable(),
  /** Highest peak of the look, dBFS; -120: nothing but zeros. */
  peakDbfs: db.nullable(),
  /** Share of the look's 100 ms intervals whose peaks reach full scale. */
  clippedPercent: percent.nullable(),
  /** Loudness of up to the last 60 s read, gated according to ITU-R BS.1770. null: nothing was louder than -70 LUFS. */
  loudnessLufs: db.nullable(),
  findings: z.array(findingSchema).max(lastingChecks.length),
  /** Checks for which there was enough data. */
  evaluated: z.array(contentCheckSchema).max(contentChecks.length),
})
export type Content = z.infer<typeof contentSchema>
