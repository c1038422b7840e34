import { describe, expect, it } from 'vitest'
import { addressFaults, mediaErrorSchema, readFaults, type ToolProblem } from '../shared/media.ts'
import { type PictureReason, pictureReasonSchema, plainPictureReasons } from '../shared/previews.ts'
import { type Language, languages } from './languages.ts'
import { pictureText, toolProblemText } from './pictureText.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const problems: { readonly [K in ToolProblem['kind']]: ToolProblem & { kind: K } } = {
  notOnPath: { kind: 'notOnPath' },
  notAbsolute: { kind: 'notAbsolute', path: 'ffmpeg' },
  notFfmpeg: { kind: 'notFfmpeg', path: '/bin/sh' },
  notRunnable: { kind: 'notRunnable', path: '/opt/ffmpeg' },
  noFfprobe: { kind: 'noFfprobe', path: '/opt/ffmpeg' },
  noVersion: { kind: 'noVersion', path: '/opt/ffmpeg' },
  notInSandbox: { kind: 'notInSandbox', path: '/snap/bin/ffmpeg' },
  noAnswer: { kind: 'noAnswer', path: '/opt/ffmpeg' },
  tooOld: { kind: 'tooOld', path: '/opt/ffmpeg', version: '4.4.2' },
  lacks: { kind: 'lacks', path: '/opt/ffmpeg', part: 'demuxer rtsp' },
}
type WithFacts = Exclude<PictureReason['kind'], (typeof plainPictureReasons)[number]>
const withFacts: { readonly [K in WithFacts]: PictureReason & { kind: K } } = {
  codecUnsupported: { kind: 'codecUnsupported', codecs: ['G711', 'M-JPEG'] },
  badAddress: { kind: 'badAddress', of: 'hls', address: '10.0.0.5:8888' },
  notHls: { kind: 'notHls', host: '10.0.0.5:8888' },
  notPlayback: { kind: 'notPlayback', host: '10.0.0.5:9996' },
  notWebrtc: { kind: 'notWebrtc', host: '10.0.0.5:8889' },
  webrtcCodecs: { kind: 'webrtcCodecs', codecs: ['M-JPEG', 'MPEG-4 Video'] },
  bFrames: { kind: 'bFrames', codec: 'H264' },
  soundByHls: { kind: 'soundByHls', codec: 'MPEG-4 Audio' },
  iceNoCandidates: { kind: 'iceNoCandidates' },
  iceUnreachable: { kind: 'iceUnreachable', addresses: ['10.0.0.5', '172.17.0.2'] },
  iceBlocked: { kind: 'iceBlocked', addresses: ['203.0.113.5:8189'], tcp: false, relay: false },
  offerTypeWrong: { kind: 'offerTypeWrong', type: 'application/sdp' },
  otherMethod: { kind: 'otherMethod', methods: ['OPTIONS', 'POST'] },
  serverError: { kind: 'serverError', error: { kind: 'unreachable', reason: 'refused' } },
  refusedAddress: { kind: 'refusedAddress', because: 'noHost' },
  timedOut: { kind: 'timedOut', limitMs: 1500 },
  unreachable: { kind: 'unreachable', doing: 'opening', said: 'Connection refused' },
  unauthorized: { kind: 'unauthorized' },
  refused: { kind: 'refused' },
  addressUnreadable: { kind: 'addressUnreadable' },
  notFound: { kind: 'notFound' },
  noVideo: { kind: 'noVideo' },
  undecodable: { kind: 'undecodable', because: 'notMedia' },
  decoderFailed: { kind: 'decoderFailed', said: 'Invalid data' },
  crashed: { kind: 'crashed' },
  setAside: { kind: 'setAside', untilMs: 0 },
  noFfmpeg: { kind: 'noFfmpeg', problem: problems.tooOld, install: 'apt install ffmpeg' },
  unavailable: { kind: 'unavailable', because: 'noProcess' },
  cancelled: { kind: 'cancelled' },
}
const reasons: readonly PictureReason[] = [
  ...plainPictureReasons.map((kind) => ({ kind })),
  ...Object.values(withFacts),
  { kind: 'badAddress', of: 'webrtc', address: '10.0.0.5:8889' },
  { kind: 'badAddress', of: 'rtsp', address: '10.0.0.5:8554' },
  { kind: 'badAddress', of: 'srt', address: '10.0.0.5:8890' },
  { kind: 'iceBlocked', addresses: ['203.0.113.5:8189'], tcp: true, relay: false },
  { kind: 'iceBlocked', addresses: ['203.0.113.5:8189'], tcp: true, relay: true },
  ...addressFaults.map((because) => ({ kind: 'refusedAddress', because }) as const),
  ...(['inspecting', 'reading', 'decoding'] as const).map((doing) => ({ kind: 'unreachable', doing, said: 'End of file' }) as const),
  ...readFaults.map((kind) => ({ kind: 'unreachable', doing: 'opening', said: { kind } }) as const),
  { kind: 'unreachable', doing: 'opening', said: { kind: 'status', status: 502 } },
  ...(['noDecoder', 'endedEarly', 'noWholePicture', 'webPage'] as const).map((because) => ({ kind: 'undecodable', because }) as const),
  ...(['keepsEnding', 'onlyNodeAv', 'needsNodeAv'] as const).map((because) => ({ kind: 'unavailable', because }) as const),
]

describe.each(languages)('why there is no picture, in %s', (language) => {
  it('has a sentence for each kind', () => {
    for (const reason of reasons) expectSentence(reason.kind, (tag) => pictureText(reason, tag), language, reason)
  })
  it('has a sentence for each reason why an ffmpeg cannot be used', () => {
    for (const problem of Object.values(problems)) expectSentence(problem.kind, (tag) => toolProblemText(problem, tag), language, problem)
  })
})

it('each is one that is sent', () => {
  for (const reason of reasons) expect(pictureReasonSchema.parse(reason)).toEqual(reason)
})

it('every error of the media process has its own sentence', () => {
  const kinds = mediaErrorSchema.options.map((option) => option.shape.kind.value)
  const words = (language: Language) => kinds.map((kind) => pictureText(withFacts[kind], language))
  for (const language of languages) expect(new Set(words(language)).size).toBe(kinds.length)
})
