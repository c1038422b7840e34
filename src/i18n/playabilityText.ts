import type { PlayabilityReason, PlayabilityRow } from '../shared/playability.ts'
import { findingText } from './diagnosisText.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

const protocols = { browserWebrtc: 'WebRTC', browserHls: 'HLS', vlcRtsp: 'VLC · RTSP', srt: 'SRT', rtmp: 'RTMP' } as const

/** A kind of player, such as `Browser · WebRTC`. */
export function clientName({ client }: Pick<PlayabilityRow, 'client'>, language: Language): string {
  const isBrowser = client === 'browserWebrtc' || client === 'browserHls'
  return isBrowser ? `${sayIn(language)('playability.browser')} · ${protocols[client]}` : protocols[client]
}

/** Whether it plays, in a word or two. */
export function playabilityVerdictText({ verdict }: Pick<PlayabilityRow, 'verdict'>, language: Language): string {
  return sayIn(language)(`playability.verdicts.${verdict}`)
}

/** Why it does not play, or not all of it. */
export function playabilityReasonText(reason: PlayabilityReason, language: Language): string {
  if (reason.kind === 'tried') return findingText(reason, language)
  const isPacked = reason.kind === 'noTrack' && reason.codecs.includes('MPEG-TS')
  const isNewer = reason.kind === 'leftOut' && reason.since !== null
  return sayIn(language)(`playability.reasons.${reason.kind}`, { ...reason, context: isPacked ? 'mpegTs' : isNewer ? 'since' : undefined })
}
