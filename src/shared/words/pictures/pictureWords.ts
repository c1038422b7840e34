import type { ToolProblem } from '../../media.ts'
import type { PictureReason } from '../../previews.ts'
import type { Texts } from '../texts.ts'

/** Why there is no picture, in one language. */
export interface PictureWords {
  readonly reasons: Texts<Exclude<PictureReason, { kind: 'serverError' | 'noFfmpeg' }>>
  /** `problem` is a sentence, `install` a command. */
  readonly noFfmpeg: (problem: string, install: string) => string
  /** Why an ffmpeg cannot be used. */
  readonly tools: Texts<ToolProblem, [part: string]>
  /** What an ffmpeg may be built without. */
  readonly parts: Readonly<Record<'demuxer' | 'protocol' | 'decoder' | 'filter' | 'encoder', string>>
}
