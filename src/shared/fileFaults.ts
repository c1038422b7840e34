import { z } from 'zod'
import { mostFaults } from './partFault.ts'
import { tiers } from './tiers.ts'

/** Parts of a file of the history, with their numbers in it. */
export const fileParts = [
  /** What the file says of itself. */
  'about',
  'layout',
  'subject',
  'rounds',
  'samples',
  'buckets',
  'text',
  'facts',
  'event',
  'picture',
  /** What a bundle holds besides the past. */
  'more',
  'seal',
  'chunk',
  'minutes',
  'journal',
] as const
export type FilePart = (typeof fileParts)[number]

/** Faults without further facts, of a file or a part of it. */
export const plainFileFaults = [
  'notThere',
  'notAFile',
  'cutOff',
  'empty',
  'notOurs',
  /** Its checksum is not the one that was written with it. */
  'changed',
  'undecodable',
  /** What it holds has another form than what is written there. */
  'wrongForm',
  'noOrder',
  'tooLong',
  'incomplete',
  'endsBeforeBegin',
  'outsidePeriod',
  'wrongPeriod',
  'wrongNumber',
  'ofNobody',
  /** It stands under another hour or block than its own. */
  'otherPlace',
  'notFinite',
  'twice',
  'contradicts',
  /** Pictures in a file that is no bundle. */
  'picturesInArchive',
  'noTime',
  'noSize',
  'noJpeg',
  /** A bundle of more than ten years. */
  'tooManyYears',
  /** A defect of mtxdeck; its log says more. */
  'internal',
] as const

const count = z.number()
const text = z.string().max(4_000)
export const archiveKinds = [...tiers, 'bundle'] as const
const contentFaults = [
  z.object({ kind: z.enum(plainFileFaults) }),
  /** What SQLite or the system said. */
  z.object({ kind: z.literal('quoted'), text }),
  z.object({ kind: z.literal('size'), bytes: count, expected: count }),
  z.object({ kind: z.literal('newer'), form: count, known: count }),
  z.object({ kind: z.literal('noForm'), form: count }),
  /** A table or an index, by its name, is not as in this form of the database. */
  z.object({ kind: z.literal('otherShape'), name: text, form: count }),
  z.object({ kind: z.literal('otherPeriod'), of: z.enum(archiveKinds), period: text }),
  /** It names something that is not there; `no` is null where that has no number. */
  z.object({ kind: z.literal('missing'), what: z.enum(['layout', 'subject', 'seal', 'column', 'rounds', 'server']), no: count.nullable() }),
  /** It has so many rounds, and is to have others. */
  z.object({ kind: z.literal('roundCount'), rounds: count, expected: count }),
  z.object({ kind: z.literal('otherStep'), stepMs: count }),
  z.object({ kind: z.literal('tooManyPictures'), count, most: count }),
  z.object({ kind: z.literal('tooManySubjects'), subjects: count, days: count }),
  /** An entry of what a file says of itself is missing, or not possible. */
  z.object({ kind: z.literal('entryWrong'), entry: text }),
  /** What is stored of it can't be read. */
  z.object({ kind: z.literal('unreadable'), of: z.enum(['server', 'host', 'probe', 'limit']), name: text }),
  z.object({ kind: z.literal('someUnreadable'), of: z.enum(['alarms', 'sessions', 'configurations', 'pictures']), count }),
  z.object({ kind: z.literal('textsLost'), facts: count }),
  /** A row has a value that its column can't have. */
  z.object({ kind: z.literal('valueUnfit'), table: text, column: text }),
] as const
const contentFaultSchema = z.discriminatedUnion('kind', contentFaults)
export type ContentFault = z.infer<typeof contentFaultSchema>

/** What is wrong with a file of the console, or with one part of it. `fileFaultText` puts it into words. */
export const fileFaultSchema = z.discriminatedUnion('kind', [
  ...contentFaults,
  /** `no`: its number in the file; `seal`: that of the seal that it is in. */
  z.object({ kind: z.literal('part'), of: z.enum(fileParts), no: count.nullable(), seal: count.nullable(), fault: contentFaultSchema }),
])
export type FileFault = z.infer<typeof fileFaultSchema>

/** The first faults of a file. Earlier versions stored a sentence. */
export const fileFaultsSchema = z.union([text, z.array(fileFaultSchema).min(1).max(mostFaults)])
export type FileFaults = z.infer<typeof fileFaultsSchema>
