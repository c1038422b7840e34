import { mediaSchemes, type PictureProblem } from '../shared/media.ts'
import type { PictureReason } from '../shared/previews.ts'
import { serverErrorText } from './errorText.ts'
import type { Language } from './languages.ts'
import { type Facts, sayIn } from './say.ts'
import { joined } from './texts.ts'

/** How the addresses of a server's endpoints are written, and what their protocols are called. */
const endpoints = {
  hls: { protocol: 'HLS', example: 'http://10.0.0.5:8888' },
  webrtc: { protocol: 'WebRTC', example: 'http://10.0.0.5:8889' },
  rtsp: { protocol: 'RTSP', example: 'rtsp://10.0.0.5:8554' },
  srt: { protocol: 'SRT', example: 'srt://10.0.0.5:8890' },
} as const

export function pictureText(reason: PictureReason, language: Language): string {
  const say = sayIn(language)
  switch (reason.kind) {
    case 'serverError': {
      const { what, todo } = serverErrorText(reason.error, language)
      // What to do where nothing listens is about the port of the API, which answers.
      return reason.error.kind === 'unreachable' && reason.error.reason === 'refused' ? what : joined(what, todo)
    }
    case 'noFfmpeg':
      return say('pictures.noFfmpeg', { problem: toolProblemText(reason.problem, language), install: reason.install })
    case 'unreachable':
      return typeof reason.said === 'string'
        ? say('pictures.unread', { fault: `“${reason.said}”` })
        : say('pictures.unread', {
            fault: say(`pictures.faults.${reason.said.kind === 'noWebrtcConnection' ? 'noConnection' : reason.said.kind}`, { ...reason.said }),
          })
    default: {
      const [id, facts] = reason.kind in generalText ? generalText[reason.kind as keyof typeof generalText] : [reason.kind as OwnText, {}]
      return say(`pictures.${id}`, { ...reason, ...facts, ...formOf(reason) })
    }
  }
}

/** Reasons that are said by a sentence which serves several, with the facts in which they differ. */
const generalText = {
  settingsChanged: ['closed', {}],
  lastViewerLeft: ['closed', {}],
  notFound: ['notLive', {}],
  webrtcNotServed: ['noPictureNow', {}],
  timedOut: ['tooLate', {}],
  noSuchPart: ['gone', {}],
  noSuchServer: ['gone', {}],
  sessionGone: ['gone', {}],
  offerTypeWrong: ['offerUnusable', {}],
  webrtcNoFrames: ['tooLate', {}],
  webrtcBroke: ['brokeOff', {}],
  webrtcH265: ['codecH265', {}],
  notDecoded: ['notPlayable', {}],
  hlsOff: ['off', { protocol: 'HLS', setting: 'hls' }],
  webrtcOff: ['off', { protocol: 'WebRTC', setting: 'webrtc' }],
  playbackOff: ['off', { protocol: 'Playback', setting: 'playback' }],
  hlsNotEncrypted: ['notEncrypted', { protocol: 'HLS', setting: 'hlsEncryption' }],
  webrtcNotEncrypted: ['notEncrypted', { protocol: 'WebRTC', setting: 'webrtcEncryption' }],
  playbackNotEncrypted: ['notEncrypted', { protocol: 'Playback', setting: 'playbackEncryption' }],
  notHls: ['notMediamtx', { protocol: 'HLS' }],
  notWebrtc: ['notMediamtx', { protocol: 'WebRTC' }],
  notPlayback: ['notMediamtx', { protocol: 'Playback' }],
  readRefused: ['accessRefused', { action: 'read' }],
  rtspReadRefused: ['accessRefused', { action: 'read' }],
  playbackRefused: ['accessRefused', { action: 'playback' }],
  publishRefused: ['accessRefused', { action: 'publish' }],
  webrtcCodecs: ['notCarried', { protocol: 'WebRTC' }],
  codecUnsupported: ['notCarried', { protocol: 'HLS' }],
  browserWithoutHls: ['browserWithout', { protocol: 'HLS' }],
  browserWithoutWebrtc: ['browserWithout', { protocol: 'WebRTC' }],
} as const satisfies { readonly [Kind in PictureReason['kind']]?: readonly [id: string, facts: Facts] }
type OwnText = Exclude<PictureReason['kind'], keyof typeof generalText | 'serverError' | 'addressUnreadable' | 'noFfmpeg' | 'unreachable'>

function formOf(reason: PictureReason): Facts {
  switch (reason.kind) {
    case 'badAddress':
      return endpoints[reason.of]
    case 'refusedAddress':
      return { context: reason.because === 'linkLocal' ? 'leadsInside' : reason.because, schemes: mediaSchemes }
    case 'undecodable':
      return { context: reason.because }
    case 'unavailable':
      return { context: reason.because === 'keepsEnding' ? 'noProcess' : reason.because }
    default:
      return {}
  }
}

export function toolProblemText(problem: PictureProblem, language: Language): string {
  const say = sayIn(language)
  switch (problem.kind) {
    case 'notAbsolute':
    case 'notFfmpeg':
    case 'notRunnable':
    case 'noVersion':
    case 'noAnswer':
      return say('pictures.tools.notUsable', { path: problem.path })
    case 'notOnPath':
    case 'noFfprobe':
    case 'notInSandbox':
    case 'tooOld':
    case 'lacks':
      return say(`pictures.tools.${problem.kind}`, { ...problem })
    default:
      return pictureText(problem, language)
  }
}
