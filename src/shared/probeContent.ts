import { z } from 'zod'
import { mistaken } from './mistakes.ts'

// What is looked for in a stream, and what one look found in its pictures and sound.

/** What can be looked for in pictures and sound. */
export const contentChecks = ['black', 'oneColour', 'colourBars', 'frozen', 'noMotion', 'silent', 'clipped', 'loudness'] as const
const contentCheckSchema = z.enum(contentChecks)
export type ContentCheck = z.infer<typeof contentCheckSchema>
/** What can be looked for in a stream. `transport`: whether its MPEG-TS is as TR 101 290 has it, for which it is read a second time over HTTP. */
export const probeChecks = [...contentChecks, 'transport'] as const
export type ProbeCheck = (typeof probeChecks)[number]
const isContentCheck = (check: ProbeCheck): check is ContentCheck => check !== 'transport'
/** Checks that have a duration. `clipped` and `loudness` are plain figures. */
export const lastingChecks = ['black', 'oneColour', 'colourBars', 'frozen', 'noMotion', 'silent'] as const satisfies readonly ContentCheck[]
export type LastingCheck = (typeof lastingChecks)[number]
/** Duration after which each of them is a fault, ms. */
export const contentFaultMs: Readonly<Record<LastingCheck, number>> = {
  black: 5_000,
  oneColour: 5_000,
  colourBars: 5_000,
  frozen: 5_000,
  noMotion: 60_000,
  silent: 10_000,
}
/** Something in pictures or sound, and for how long without a break, ms. */
export interface Lasting {
  readonly check: LastingCheck
  readonly lastedMs: number
}
/** Whether it has lasted for long enough to be a fault. */
export const isContentFault = ({ check, lastedMs }: Lasting): boolean => lastedMs > contentFaultMs[check]
const soundChecks: ReadonlySet<ContentCheck> = new Set(['silent', 'clipped', 'loudness'])
export const isSoundCheck = (check: ContentCheck): boolean => soundChecks.has(check)

/** What a stream usually shows, which decides what is a fault. */
export const contentProfiles = ['studio', 'slides', 'nightCamera', 'muted'] as const
export type ContentProfile = (typeof contentProfiles)[number]
/** What is looked for where a profile is chosen and no checks are. */
export const checksOfProfile: Readonly<Record<ContentProfile, readonly ContentCheck[]>> = {
  studio: ['black', 'oneColour', 'colourBars', 'frozen', 'noMotion', 'silent', 'clipped', 'loudness'],
  // A slide stands still for long, and may be of one colour.
  slides: ['black', 'colourBars', 'silent', 'clipped'],
  // Dark, still and quiet are normal; a live sensor's noise is in every picture.
  nightCamera: ['oneColour', 'colourBars', 'frozen'],
  muted: ['black', 'oneColour', 'colourBars', 'frozen'],
}

/** The least, the most and the default of each threshold. */
export const contentLimits = {
  /** A picture is black if so much of it is dark, %: a logo may stand in it. */
  blackPercent: [50, 100, 90],
  /** A pixel is dark up to this brightness, % of the range from black to white. */
  darkPercent: [1, 50, 10],
  /** Pictures are the same if they differ by no more than this in the mean, dB of the full range. */
  frozenDb: [-90, -20, -50],
  /** Nothing moves if the brightness of two pictures differs by no more than this in the mean, % of the full range. */
  motionPercent: [0.01, 10, 0.5],
  /** Sound is silent if its peaks stay below, dBFS. */
  silentDbfs: [-90, -10, -50],
  /** Target loudness of the programme, LUFS (EBU R128: -23). */
  targetLufs: [-50, -5, -23],
} as const
export type ContentThreshold = keyof typeof contentLimits
export const contentThresholds = Object.keys(contentLimits) as readonly ContentThreshold[]
/** Where a profile's threshold is another one than the default. */
const thresholdsOfProfile: Readonly<Partial<Record<ContentProfile, Partial<Record<ContentThreshold, number>>>>> = { nightCamera: { frozenDb: -70 } }

function thresholdSchema(of: ContentThreshold) {
  const [least, most] = contentLimits[of]
  const wrong = mistaken({ kind: 'notWithin', least, most })
  return z.number(wrong).min(least, wrong).max(most, wrong).optional()
}
/** What an operator chooses for one stream: what is looked for, and with which thresholds. */
export const contentFields = {
  /** null: none. */
  profile: z.enum(contentProfiles).nullable(),
  /** Without any of pictures and sound: those of the profile; without one, nothing is looked for in them. */
  checks: z.array(z.enum(probeChecks)).max(probeChecks.length),
  /** What is left out is as the profile has it. */
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
/** What is looked for, with all thresholds: what the media process is asked for. */
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
/** What is looked for in pictures and sound: the profile's checks where none were chosen. */
export function contentChecksOf({ profile, checks }: Pick<ContentSettings, 'profile' | 'checks'>): readonly ContentCheck[] {
  const chosen = checks.filter(isContentCheck)
  return chosen.length > 0 || profile === null ? chosen : checksOfProfile[profile]
}
/** Settings with the profile's values where none were chosen; null: nothing is looked for in pictures and sound. */
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
/** Something that was so at the end of the look. */
const findingSchema = z.object({
  check: z.enum(lastingChecks),
  /** For how long without a break, s of the stream's time, up to the last picture or sound. */
  seconds,
  /** It was so from the first picture or sound since the stream was opened: it may be so for longer. */
  isFromStart: z.boolean(),
})
export type ContentFinding = z.infer<typeof findingSchema>

/** Conditions that were still present at the end of the look. */
export const lastingIn = (content: Content | null): readonly Lasting[] =>
  (content?.findings ?? []).map(({ check, seconds: lasted }) => ({ check, lastedMs: lasted * 1_000 }))

/** What one look found in pictures and sound. null: not looked for, or nothing came to tell it by. */
export const contentSchema = z.object({
  /** Pictures that were decoded: key frames, at most about one a second. */
  pictures: z.number().int().min(0),
  /** What could not be judged: no decoder, or nothing that it could decode. */
  undecoded: z.array(z.enum(['video', 'audio'])).max(2),
  /** Of the last picture: how much of it is dark. */
  darkPercent: percent.nullable(),
  /** Mean difference of brightness from the picture before. */
  motionPercent: percent.nullable(),
  /** Highest peak of the look, dBFS; -120: nothing but zeros. */
  peakDbfs: db.nullable(),
  /** Share of the look's tenths of a second whose peaks reach full scale. */
  clippedPercent: percent.nullable(),
  /** Of up to the last 60 s that were read, gated as ITU-R BS.1770 has it. null: nothing was louder than -70 LUFS. */
  loudnessLufs: db.nullable(),
  findings: z.array(findingSchema).max(lastingChecks.length),
  /** Checks for which enough came to judge them. */
  judged: z.array(contentCheckSchema).max(contentChecks.length),
})
export type Content = z.infer<typeof contentSchema>
