import { z } from 'zod'
import { type PictureReason, pictureReasonSchema } from '../../shared/previews.ts'

/** The parts of an hls.js error that determine the message. Independent of hls.js, so that it can be tested without a browser. */
export interface HlsFailure {
  /** `networkError`, `mediaError`, … */
  readonly type: string
  /** `manifestLoadError`, `bufferAddCodecError`, … */
  readonly details: string
  readonly status: number | null
  /** Body of the HTTP response. */
  readonly text: string | null
}

/** Why no picture comes; `retry`: the same address may work later. */
interface WhyNoPicture {
  readonly why: PictureReason
  readonly retry: boolean
}

const mediaDetails = new Set([
  'bufferAddCodecError',
  'bufferIncompatibleCodecsError',
  'manifestIncompatibleCodecsError',
  'fragParsingError',
  'bufferAppendError',
  'bufferAppendingError',
])

const refusalSchema = z.object({ why: pictureReasonSchema })
/** The reason in the relay's response; null: the response is not from the relay. */
function relayedReason(text: string | null): PictureReason | null {
  try {
    const parsed = refusalSchema.safeParse(JSON.parse(text ?? ''))
    return parsed.success ? parsed.data.why : null
  } catch {
    return null
  }
}

/** Reasons for responses that come from a proxy in front of the relay, by status. */
const byStatus: Readonly<Record<number, WhyNoPicture>> = {
  401: { why: { kind: 'readRefused' }, retry: false },
  403: { why: { kind: 'readRefused' }, retry: false },
  404: { why: { kind: 'noPictureNow' }, retry: true },
  410: { why: { kind: 'closed' }, retry: false },
  502: { why: { kind: 'serverDown' }, retry: true },
  503: { why: { kind: 'serverDown' }, retry: true },
  504: { why: { kind: 'serverDown' }, retry: true },
}
/** Reasons that a retry would not change; each retry would be another refused sign-in on the server. */
const lasting: ReadonlySet<PictureReason['kind']> = new Set(['readRefused', 'hlsNotEncrypted'])

/** Why a fatal error of the player ended a picture. */
export function hlsFailureReason({ type, details, status, text }: HlsFailure): WhyNoPicture {
  const relayed = relayedReason(text)
  if (relayed !== null) return { why: relayed, retry: !lasting.has(relayed.kind) }
  if (mediaDetails.has(details) || type === 'mediaError') return { why: { kind: 'notDecoded' }, retry: false }
  const known = status === null ? undefined : byStatus[status]
  if (known) return known
  if (details.toLowerCase().includes('timeout')) return { why: { kind: 'tooLate' }, retry: true }
  return type === 'networkError' ? { why: { kind: 'brokeOff' }, retry: true } : { why: { kind: 'notPlayable' }, retry: false }
}
