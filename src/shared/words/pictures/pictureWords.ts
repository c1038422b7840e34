import type { MediaStep, ReadFault, ToolProblem } from '../../media.ts'
import type { PictureReason } from '../../previews.ts'
import type { Texts } from '../texts.ts'

/** How addresses are written. */
export const addressExamples = {
  hls: 'http://10.0.0.5:8888',
  webrtc: 'http://10.0.0.5:8889',
  rtsp: 'rtsp://10.0.0.5:8554',
  srt: 'srt://10.0.0.5:8890',
} as const

/** What doors are called, in every language. */
export const doorNames = { hls: 'HLS', webrtc: 'WebRTC', rtsp: 'RTSP', srt: 'SRT' } as const

/** Why there is no picture, in one language. */
export interface PictureWords {
  readonly reasons: Texts<Exclude<PictureReason, { kind: 'serverError' | 'noFfmpeg' | 'unreachable' }>>
  /** `said`: what FFmpeg or the system reported. */
  readonly unreachable: (doing: MediaStep, said: string) => string
  /** `fault`: one of those below. */
  readonly unread: (fault: string) => string
  /** What this console itself found where a stream could not be read. */
  readonly faults: Texts<ReadFault>
  /** `problem` is a sentence, `install` a command. */
  readonly noFfmpeg: (problem: string, install: string) => string
  /** Why an ffmpeg cannot be used. */
  readonly tools: Texts<ToolProblem, [part: string]>
  /** What an ffmpeg may be built without. */
  readonly parts: Readonly<Record<'demuxer' | 'protocol' | 'decoder' | 'filter' | 'encoder', string>>
}
