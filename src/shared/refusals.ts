import { z } from 'zod'
import { sayIn } from '../i18n/say.ts'
import { hostFailureSchema, serverErrorSchema } from './errors.ts'
import { pictureProblemSchema } from './media.ts'
import type { SentenceId } from './messageIds.ts'
import { type Needs, needsSchema, type Operator, permissionSchema, roleSchema } from './permissions.ts'
import { epochMs } from './time.ts'
import { validationErrorSchema } from './validationErrors.ts'

export const plainRefusals = [
  'noSuch',
  'fromFile',
  'tooMany',
  /** Another one has this name. */
  'taken',
  /** Somebody changed it since the caller read it. */
  'changed',
  /** What was made can be fetched for a while only. */
  'gone',
  'running',
  'streamOnSeveralServers',
  'nobodyPublishes',
  'configurationNotKept',
  'pathConfiguredAlready',
  'nothingChanges',
  'probeNotRead',
  'probeOfCanary',
  'remoteProbeTokenMissing',
  /** An address with `***` in place of secrets that are not known. */
  'secretsHidden',
  /** The penalty wall and that of all streams. */
  'wallAlwaysThere',
  'alreadyTakenOver',
  /** The one operator of a console without accounts says who is at the desk. */
  'nameMissing',
  /** Documents go by e-mail only. */
  'channelNotMail',
  /** Its project and tags are not those to which the operator is limited. */
  'cameraOutsideLimit',
  'nothingToUndo',
  'searchForgotten',
  'cameraWithoutAddress',
  'cameraPushedAlready',
  'cameraNotPushed',
  /** It may neither be removed or disabled, nor get a lesser role. */
  'lastAdministrator',
  'firstAdministrator',
  'guestEndWrong',
  /** Asked with a token, which is no account. */
  'noOwnAccount',
  'totpOn',
  'wrongCode',
  /** Passkeys work over https and on this machine alone. */
  'passkeysNeedHttps',
  'passkeyRefused',
  /** Without it the account could not be signed in to. */
  'onlyWayIn',
  /** Asked without a password, by a session that was begun a while ago. */
  'signInAgain',
  /** Each moment of the past that is asked for is read in turn. */
  'tooManyMoments',
  /** The end of a shelf or an acknowledgement has passed, or is too far ahead. */
  'endNotAhead',
  'nothingKept',
  /** alarms.db is damaged and not replaced yet, or its disk fails. */
  'closedUnreadable',
  /** The same of sessions.db, which has the log of views. */
  'viewsUnreadable',
  'secretsUnavailable',
  'bundleReadOnly',
  // From the HTTP server for scripts and browsers.
  'notSignedIn',
  'tokenInClear',
  'wrongToken',
  /** Also where there is no account of this name, and where the one-time code is wrong. */
  'wrongSignIn',
  /** Of whoever is signed in, or of a desk. */
  'wrongPassword',
  /** The password is right, and a one-time code is needed too. */
  'codeNeeded',
  'signInBusy',
  'deskLocked',
  'noDeskLock',
  // From signing in with a provider.
  'oidcUnreachable',
  'oidcRefused',
  'oidcOver',
  'oidcNoGroup',
  'oidcNoAccount',
  'oidcOtherAccount',
  'accountDisabled',
  'tooManyTries',
  'foreignHost',
  'foreignOrigin',
  'bodyTooLarge',
  'bodyUnreadable',
  'noSuchRoute',
  'notBuilt',
  'tooManyConsoles',
  'consoleFailed',
] as const
type PlainRefusal = (typeof plainRefusals)[number]
/** Why a sign-in with a provider does not succeed. */
export type SignInProblem = Extract<PlainRefusal, `oidc${string}`> | 'accountDisabled' | 'lastAdministrator' | 'firstAdministrator' | 'tooMany' | 'signInBusy'

/** `error` says why; null: the host is not watched. */
export const hostNotAskedSchema = z.object({ kind: z.literal('hostNotAsked'), name: z.string(), error: hostFailureSchema.nullable() })
/** The ffmpeg that was entered can't be used. */
export const toolUnusableSchema = z.object({ kind: z.literal('toolUnusable'), problem: pictureProblemSchema })

/** Alarms are kept from `since` on. */
export const alarmsNotKeptSchema = z.object({ kind: z.literal('alarmsNotKept'), since: epochMs })
export type AlarmsNotKept = z.infer<typeof alarmsNotKeptSchema>

/** A search went through `looked` alarms, and too few of them are what was asked for. */
export const searchTooWideSchema = z.object({ kind: z.literal('searchTooWide'), looked: z.number().int() })
export type SearchTooWide = z.infer<typeof searchTooWideSchema>

/** A server could not be asked, or refused to tell; nothing was changed. */
export const serverNotChangedSchema = z.object({ kind: z.literal('serverNotChanged'), name: z.string(), error: serverErrorSchema.nullable() })
/** The server, of this version, has no such setting. */
export const otherSettingSchema = z.object({ kind: z.literal('otherSetting'), setting: z.string() })

/** Why a call is refused; its error carries this in `data`. `refusalText` puts it into words. */
export const refusalSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(plainRefusals) }),
  /** `has` is his role where one is needed, else his permission. */
  z.object({ kind: z.literal('notAllowed'), name: z.string(), needs: needsSchema, has: permissionSchema.or(roleSchema).nullable() }),
  /** Nothing was stored. */
  z.object({ kind: z.literal('notStored'), because: z.enum(['full', 'notWritable', 'busy']) }),
  /** Mistakes in the input by field: the first ones, and how many more there are. */
  z.object({
    kind: z.literal('notAccepted'),
    validationErrors: z.array(z.object({ field: z.string(), validationError: validationErrorSchema })),
    more: z.number(),
  }),
  hostNotAskedSchema,
  toolUnusableSchema,
  alarmsNotKeptSchema,
  searchTooWideSchema,
  serverNotChangedSchema,
  otherSettingSchema,
])
export type Refusal = z.infer<typeof refusalSchema>
export type RefusalKind = Refusal['kind']
export type RefusalOf<K extends RefusalKind> = K extends PlainRefusal ? { readonly kind: K } : Extract<Refusal, { kind: K }>

/** Refusals with the sentence of a reason. */
const elsewhere: Readonly<Partial<Record<RefusalKind, SentenceId>>> = {
  nothingKept: 'reasons.nothingKept',
  configurationNotKept: 'reasons.nothingKept',
  tooManyMoments: 'pictures.tooManyAtOnce',
}
export function messageOf(kind: RefusalKind): SentenceId {
  return elsewhere[kind] ?? (`refusals.${kind}` as SentenceId)
}

/** Defines an error of the contract. Its message is for callers that ignore `data`. */
export function refused<K extends PlainRefusal>(status: number, kind: K) {
  return {
    status,
    // A window reads `data` alone, and has not fetched its words yet.
    message: sayIn('en')(messageOf(kind)),
    data: z.object({ kind: z.literal(kind) }).default({ kind } as { kind: K }),
  }
}

/** Of calls that answer of a moment of the past. */
export const momentErrors = { TOO_MANY_REQUESTS: refused(429, 'tooManyMoments') }

/** `needs` is undefined if a procedure declares no permission by oversight; then `administer` is named. */
export function notAllowed({ name, role, permission, limit, isLocked }: Operator, needs: Needs | undefined): RefusalOf<'notAllowed' | 'deskLocked'> {
  if (isLocked) return { kind: 'deskLocked' }
  return {
    kind: 'notAllowed',
    name,
    needs: needs ?? 'administer',
    has: needs === 'moderate' ? role : limit === null ? permission : null,
  }
}
