import type { ToolProblem } from '../../media.ts'
import type { PictureReason } from '../../previews.ts'

/** Why there is no picture, in one language. */
export interface PictureWords {
  readonly reasons: { readonly [K in Exclude<PictureReason['kind'], 'serverError' | 'noFfmpeg'>]: (facts: PictureReason & { kind: K }) => string }
  /** `problem` is a sentence, `install` a command. */
  readonly noFfmpeg: (problem: string, install: string) => string
  /** Why an ffmpeg cannot be used. */
  readonly tools: { readonly [K in ToolProblem['kind']]: (facts: ToolProblem & { kind: K }, part: string) => string }
  /** What an ffmpeg may be built without. */
  readonly parts: Readonly<Record<'demuxer' | 'protocol' | 'decoder' | 'filter' | 'encoder', string>>
}
