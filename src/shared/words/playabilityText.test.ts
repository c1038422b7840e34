import { describe, expect, it } from 'vitest'
import { type PlayabilityReason, playabilityClients, playabilityReasonSchema, playabilityVerdicts } from '../playability.ts'
import { languages } from './languages.ts'
import { clientName, playabilityReasonText, playabilityVerdictText } from './playabilityText.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const reasons: { readonly [K in PlayabilityReason['kind']]: PlayabilityReason & { kind: K } } = {
  serverUnknown: { kind: 'serverUnknown' },
  notOnAir: { kind: 'notOnAir' },
  startsWhenRead: { kind: 'startsWhenRead' },
  tracksUnknown: { kind: 'tracksUnknown' },
  switchedOff: { kind: 'switchedOff', setting: 'rtsp' },
  settingsUnknown: { kind: 'settingsUnknown' },
  encryptedOnly: { kind: 'encryptedOnly' },
  noTrack: { kind: 'noTrack', codecs: ['M-JPEG'] },
  onlyData: { kind: 'onlyData', codecs: ['KLV'] },
  unknownCodec: { kind: 'unknownCodec' },
  noSegment: { kind: 'noSegment', seconds: 20 },
  variantCannot: { kind: 'variantCannot', codecs: ['Opus', 'VP9'] },
  leftOut: { kind: 'leftOut', codecs: ['Opus'], since: '1.15.0' },
  playerLacks: { kind: 'playerLacks', codecs: ['AV1'] },
  someBrowsers: { kind: 'someBrowsers', codecs: ['H265'] },
  enhancedRtmp: { kind: 'enhancedRtmp', codecs: ['Opus'] },
  mayHaveBFrames: { kind: 'mayHaveBFrames', profile: 'High' },
  appleNeedsTls: { kind: 'appleNeedsTls' },
  late: { kind: 'late', seconds: 10, lowLatency: false },
  doorFails: { kind: 'doorFails', error: { kind: 'unreachable', reason: 'refused' } },
  noAnswer: { kind: 'noAnswer' },
  loopbackOnly: { kind: 'loopbackOnly', bound: '127.0.0.1:8554' },
  otherProgram: { kind: 'otherProgram' },
  refusedHere: { kind: 'refusedHere', status: 401 },
  readFails: { kind: 'readFails', status: 461, message: 'no' },
}
const more: readonly PlayabilityReason[] = [
  { ...reasons.leftOut, since: null },
  { ...reasons.mayHaveBFrames, profile: null },
  { ...reasons.late, seconds: null },
  { ...reasons.late, lowLatency: true },
  { ...reasons.readFails, message: '' },
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
