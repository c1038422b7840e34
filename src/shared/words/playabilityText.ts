import { type Facts, sayIn } from '../../i18n/say.ts'
import type { PlayabilityReason, PlayabilityRow } from '../playability.ts'
import { serverErrorWords } from './errorText.ts'
import type { Language } from './languages.ts'
import { joined } from './texts.ts'

/** A kind of player, such as `Browser · WebRTC`. */
export function clientName({ client }: Pick<PlayabilityRow, 'client'>, language: Language): string {
  return sayIn(language)(`playability.clients.${client}`)
}

/** Whether it plays, in a word or two. */
export function playabilityVerdictText({ verdict }: Pick<PlayabilityRow, 'verdict'>, language: Language): string {
  return sayIn(language)(`playability.verdicts.${verdict}`)
}

/** Why it does not play, or not all of it. */
export function playabilityReasonText(reason: PlayabilityReason, language: Language): string {
  if (reason.kind === 'doorFails') return serverErrorWords(reason.error, language).what
  const say = sayIn(language)
  if (reason.kind === 'late')
    return joined(
      reason.seconds !== null && say('playability.reasons.late', { seconds: reason.seconds }),
      !reason.lowLatency && say('playability.reasons.late', { context: 'segments' }),
    )
  return say(`playability.reasons.${reason.kind}`, { ...reason, context: formOf(reason) })
}

function formOf(reason: PlayabilityReason): Facts['context'] {
  switch (reason.kind) {
    case 'noTrack':
      return reason.codecs.includes('MPEG-TS') ? 'mpegTs' : undefined
    case 'leftOut':
      return reason.since === null ? undefined : 'since'
    case 'mayHaveBFrames':
      return reason.profile === null ? 'unknown' : undefined
    case 'noSegment':
      return reason.seconds === null ? 'unknown' : undefined
    default:
      return undefined
  }
}
