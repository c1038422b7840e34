import { type Facts, sayIn } from '../../i18n/say.ts'
import { mediaSchemes, type PictureProblem } from '../media.ts'
import type { PictureReason } from '../previews.ts'
import { serverErrorWords } from './errorText.ts'
import type { Language } from './languages.ts'
import { joined } from './texts.ts'

/** How the addresses of a server's endpoints are written, and what their protocols are called. */
const endpoints = {
  hls: { protocol: 'HLS', example: 'http://10.0.0.5:8888' },
  webrtc: { protocol: 'WebRTC', example: 'http://10.0.0.5:8889' },
  rtsp: { protocol: 'RTSP', example: 'rtsp://10.0.0.5:8554' },
  srt: { protocol: 'SRT', example: 'srt://10.0.0.5:8890' },
} as const

/** Why there is no picture, and what to do about it. */
export function pictureText(reason: PictureReason, language: Language): string {
  const say = sayIn(language)
  switch (reason.kind) {
    case 'serverError':
      return joined(...Object.values(serverErrorWords(reason.error, language)))
    case 'noFfmpeg':
      return say('pictures.noFfmpeg', { problem: toolProblemText(reason.problem, language), install: reason.install })
    case 'unreachable':
      return typeof reason.said === 'string'
        ? say('pictures.unreachable', { said: reason.said })
        : say('pictures.unread', { fault: say(`pictures.faults.${reason.said.kind}`, { ...reason.said }) })
    default:
      return say(`pictures.reasons.${reason.kind}`, { ...reason, ...formOf(reason) })
  }
}

function formOf(reason: PictureReason): Facts {
  switch (reason.kind) {
    case 'iceBlocked':
      return { context: reason.relay ? 'relay' : reason.tcp ? 'tcp' : undefined }
    case 'badAddress':
      return endpoints[reason.of]
    case 'refusedAddress':
      return { context: reason.because, schemes: mediaSchemes }
    case 'undecodable':
    case 'unavailable':
      return { context: reason.because }
    case 'timedOut':
      return { seconds: reason.limitMs / 1000 }
    default:
      return {}
  }
}

/** Part that an ffmpeg was built without: `decoder hevc`. */
export function partText(part: string, language: Language): string {
  const [kind = '', ...name] = part.split(' ')
  const isKnown = kind === 'demuxer' || kind === 'protocol' || kind === 'decoder' || kind === 'filter' || kind === 'encoder'
  return isKnown ? [sayIn(language)(`pictures.parts.${kind}`), ...name].join(' ') : part
}

/** Why no ffmpeg can be used. */
export function toolProblemText(problem: PictureProblem, language: Language): string {
  switch (problem.kind) {
    case 'lacks':
      return sayIn(language)('pictures.tools.lacks', { path: problem.path, part: partText(problem.part, language) })
    case 'notOnPath':
    case 'notAbsolute':
    case 'notFfmpeg':
    case 'notRunnable':
    case 'noFfprobe':
    case 'notInSandbox':
    case 'noVersion':
    case 'noAnswer':
    case 'tooOld':
      return sayIn(language)(`pictures.tools.${problem.kind}`, { ...problem })
    default:
      return pictureText(problem, language)
  }
}
