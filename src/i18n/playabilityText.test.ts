import { describe, expect, it } from 'vitest'
import { type PlayabilityReason, playabilityClients, playabilityReasonSchema, playabilityVerdicts } from '../shared/playability.ts'
import { clientName, playabilityReasonText, playabilityVerdictText } from './diagnosisText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const reasons: { readonly [K in PlayabilityReason['kind']]: PlayabilityReason & { kind: K } } = {
  notKnown: { kind: 'notKnown' },
  notOnAir: { kind: 'notOnAir' },
  startsWhenRead: { kind: 'startsWhenRead' },
  switchedOff: { kind: 'switchedOff', setting: 'rtsp' },
  encryptedOnly: { kind: 'encryptedOnly' },
  noTrack: { kind: 'noTrack', codecs: ['M-JPEG'] },
  variantCannot: { kind: 'variantCannot', codecs: ['Opus', 'VP9'] },
  leftOut: { kind: 'leftOut', codecs: ['Opus'], since: '1.15.0' },
  playerLacks: { kind: 'playerLacks', codecs: ['AV1'] },
  fewPlayers: { kind: 'fewPlayers', codecs: ['H265'] },
  mayHaveBFrames: { kind: 'mayHaveBFrames' },
  appleNeedsTls: { kind: 'appleNeedsTls' },
  tried: { kind: 'tried', endpoint: 'rtsp', found: { kind: 'otherProgram' } },
}
const more: readonly PlayabilityReason[] = [
  { ...reasons.leftOut, since: null },
  { ...reasons.noTrack, codecs: ['MPEG-TS'] },
]
const all: readonly PlayabilityReason[] = [...Object.values(reasons), ...more]

describe.each(languages)('where a stream plays, in %s', (language) => {
  it('has a sentence for each reason', () => {
    for (const reason of all) expectSentence(reason.kind, (tag) => playabilityReasonText(reason, tag), language, reason)
  })
  it('has a name for each kind of player, and a word for each verdict', () => {
    expect(new Set(playabilityClients.map((client) => clientName({ client }, language))).size).toBe(playabilityClients.length)
    expect(new Set(playabilityVerdicts.map((verdict) => playabilityVerdictText({ verdict }, language))).size).toBe(playabilityVerdicts.length)
  })
})

it('each sample is one that is sent', () => {
  for (const reason of all) expect(playabilityReasonSchema.parse(reason)).toEqual(reason)
})
