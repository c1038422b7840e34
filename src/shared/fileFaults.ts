import { z } from 'zod'
import { mostFaults } from './partFault.ts'
import { tiers } from './tiers.ts'

/** Kinds of parts of a history file; a part is identified by its number within the file. */
export const fileParts = [
  /** Metadata of the file. */
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
  /** What a bundle contains besides history. */
  'more',
  'seal',
  'chunk',
  'minutes',
  'journal',
] as const
export type FilePart = (typeof fileParts)[number]

/** Faults of a file, or of a part of it, that have no further details. */
export const plainFileFaults = [
  'notThere',
  'notAFile',
  'cutOff',
  'empty',
  'notOurs',
  /** Its tables are not those that mtxdeck makes. */
  'otherTables',
  /** Its checksum does not match the stored one. */
  'changed',
  'undecodable',
  /** The content has a different form than expected there. */
  'wrongForm',
  'noOrder',
  'tooLong',
  'incomplete',
  'endsBeforeBegin',
  'outsidePeriod',
  'wrongPeriod',
  'wrongNumber',
  'ofNobody',
  /** It is stored under the wrong hour or block. */
  'otherPlace',
  'notFinite',
  'twice',
  'contradicts',
  /** The file contains pictures although it is not a bundle. */
  'picturesInArchive',
  'noTime',
  'noSize',
  'noJpeg',
  /** The bundle spans more than ten years. */
  'tooManyYears',
  /** A bug in mtxdeck; see its log. */
  'internal',
] as const

const count = z.number()
const text = z.string().max(4_000)
export const archiveKinds = [...tiers, 'bundle'] as const
const contentFaults = [
  z.object({ kind: z.enum(plainFileFaults) }),
  /** An error message of SQLite or the operating system. */
  z.object({ kind: z.literal('quoted'), text }),
  z.object({ kind: z.literal('size'), bytes: count, expected: count }),
  z.object({ kind: z.literal('newer'), form: count, known: count }),
  z.object({ kind: z.literal('noForm'), form: count }),
  /** The table or index `name` differs from the schema of this form of the database. */
  z.object({ kind: z.literal('otherShape'), name: text, form: count }),
  z.object({ kind: z.literal('otherPeriod'), of: z.enum(archiveKinds), period: text }),
  /** It refers to something that does not exist; `no`: the number of that, or null if it has none. */
  z.object({ kind: z.literal('missing'), what: z.enum(['layout', 'subject', 'seal', 'column', 'rounds', 'server']), no: count.nullable() }),
  /** It has a different number of rounds than expected. */
  z.object({ kind: z.literal('roundCount'), rounds: count, expected: count }),
  z.object({ kind: z.literal('otherStep'), stepMs: count }),
  z.object({ kind: z.literal('tooManyPictures'), count, most: count }),
  z.object({ kind: z.literal('tooManySubjects'), subjects: count, days: count }),
  /** An entry of the file's metadata is missing or invalid. */
  z.object({ kind: z.literal('entryWrong'), entry: text }),
  /** The stored data of the item `name` can't be read. */
  z.object({ kind: z.literal('unreadable'), of: z.enum(['server', 'host', 'probe', 'limit']), name: text }),
  z.object({ kind: z.literal('someUnreadable'), of: z.enum(['alarms', 'sessions', 'configurations', 'pictures']), count }),
  z.object({ kind: z.literal('textsLost'), facts: count }),
  /** A row has a value that is invalid for its column. */
  z.object({ kind: z.literal('valueUnfit'), table: text, column: text }),
] as const
const contentFaultSchema = z.discriminatedUnion('kind', contentFaults)
export type ContentFault = z.infer<typeof contentFaultSchema>

/** A fault of one of the console's files, or of a part of it. `fileFaultText` renders it as text. */
export const fileFaultSchema = z.discriminatedUnion('kind', [
  ...contentFaults,
  /** `no`: number of the part in the file; `seal`: number of the seal that contains it. */
  z.object({ kind: z.literal('part'), of: z.enum(fileParts), no: count.nullable(), seal: count.nullable(), fault: contentFaultSchema }),
])
export type FileFault = z.infer<typeof fileFaultSchema>

/** The first faults of a file. */
export const fileFaultsSchema = z.array(fileFaultSchema).min(1).max(mostFaults)
export type FileFaults = z.infer<typeof fileFaultsSchema>
