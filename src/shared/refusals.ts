import { z } from 'zod'
import { hostFailureSchema } from './errors.ts'
import { pictureProblemSchema } from './media.ts'
import { mistakeSchema } from './mistakes.ts'
import { type Operator, type Permission, permissionSchema } from './permissions.ts'
import { en } from './words/refusals/en.ts'

/** Why a call is not answered, where the kind says it all. */
export const plainRefusals = [
  'noSuchServer',
  'noSuchHost',
  'noSuchStream',
  'nothingKept',
  'serverFromFile',
  'hostFromFile',
  'serverNameTaken',
  'hostNameTaken',
  'secretsUnavailable',
  /** The host shows another key by now than the one that was compared. */
  'otherKey',
  'bundleReadOnly',
  // Of the door for scripts and browsers.
  'notSignedIn',
  'wrongToken',
  'tooManyTries',
  'foreignHost',
  'foreignOrigin',
  'lengthMissing',
  'bodyTooLarge',
  'noSuchRoute',
  'noSuchSocket',
  'noSuchPage',
  'notBuilt',
  'tooManyConsoles',
  'consoleFailed',
] as const
export type PlainRefusal = (typeof plainRefusals)[number]

/** `error`: why; null: it is not watched. */
export const hostNotAskedSchema = z.object({ kind: z.literal('hostNotAsked'), name: z.string(), error: hostFailureSchema.nullable() })
/** An ffmpeg that was named. */
export const toolUnusableSchema = z.object({ kind: z.literal('toolUnusable'), problem: pictureProblemSchema })

/** Why a call is not answered, as its error carries it in `data`. `refusalText` puts it into words. */
export const refusalSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(plainRefusals) }),
  z.object({ kind: z.literal('notAllowed'), name: z.string(), needs: permissionSchema, has: permissionSchema.nullable() }),
  /** Nothing of it was stored. */
  z.object({ kind: z.literal('notStored'), because: z.enum(['full', 'notWritable', 'busy']) }),
  /** What is wrong with the input, field by field: some of it, and how much more there is. */
  z.object({ kind: z.literal('notAccepted'), mistakes: z.array(z.object({ field: z.string(), mistake: mistakeSchema })), more: z.number() }),
  hostNotAskedSchema,
  toolUnusableSchema,
])
export type Refusal = z.infer<typeof refusalSchema>
export type RefusalKind = Refusal['kind']
export type RefusalOf<K extends RefusalKind> = K extends PlainRefusal ? { readonly kind: K } : Extract<Refusal, { kind: K }>

/** One error of the contract; its message is for who reads no `data`. */
export const refused = <K extends PlainRefusal>(status: number, kind: K) => ({
  status,
  message: en[kind](),
  data: z.object({ kind: z.literal(kind) }).default({ kind } as { kind: K }),
})

/** undefined: somebody forgot to say what it needs. */
export const notAllowed = ({ name, permission }: Operator, needs: Permission | undefined): RefusalOf<'notAllowed'> => ({
  kind: 'notAllowed',
  name,
  needs: needs ?? 'administer',
  has: permission,
})
