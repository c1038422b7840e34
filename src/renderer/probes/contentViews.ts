import type { ParseKeys } from 'i18next'
import { type ContentCheck, type ContentWatch, isSoundCheck } from '../../shared/probeContent.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'

type WhyKey<Key> = Key extends `probes.content.why.${infer Why}` ? Why : never
/** Why something could not be judged. */
type NotEvaluatedWhy = WhyKey<ParseKeys>

/** What could not be judged in a reading, by reason, in the order of the checks. */
export function notJudged(watch: ContentWatch, reading: ProbeReading): readonly { readonly why: NotEvaluatedWhy; readonly checks: readonly ContentCheck[] }[] {
  const evaluated = reading.content?.evaluated ?? []
  const byWhy = new Map<NotEvaluatedWhy, ContentCheck[]>()
  for (const check of watch.checks) {
    if (evaluated.includes(check)) continue
    const why = whyNot(check, reading)
    byWhy.set(why, [...(byWhy.get(why) ?? []), check])
  }
  return [...byWhy].map(([why, checks]) => ({ why, checks }))
}

function whyNot(check: ContentCheck, { content, video, audio, keyframes }: ProbeReading): NotEvaluatedWhy {
  if (content === null) return 'notYet'
  const { undecoded } = content
  if (isSoundCheck(check)) return audio === null ? 'noAudio' : undecoded.includes('audio') ? 'undecoded' : 'tooLittle'
  if (video === null) return 'noVideo'
  if (undecoded.includes('video')) return 'undecoded'
  // Only a program gives no pixels to look at.
  return check === 'colourBars' && keyframes !== 0 ? 'noBars' : 'tooLittle'
}
