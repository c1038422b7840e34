import type { MediaError, MediaTools, PictureProblem } from '../../shared/media.ts'
import type { PictureTools } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { MediaPort } from '../ports.ts'

export interface PictureToolsDeps {
  /** null where nobody lends one. */
  readonly media: Pick<MediaPort, 'tools'> | null
  readonly settings: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** The ffmpeg of the configuration file, where none is named in the console. */
  readonly configured: string
}

/** Which ffmpeg makes pictures where the console brings no FFmpeg of its own. */
export interface PictureToolsSetting {
  /** As it is given to the media process; empty: whichever is on the PATH. */
  readonly ffmpeg: () => string
  readonly look: (signal?: AbortSignal) => Promise<PictureTools>
  /** Keeps it once it has run; empty goes back to the one of the configuration file, or on the PATH. The error says why not. */
  readonly keep: (ffmpeg: string, signal?: AbortSignal) => Promise<Result<PictureTools, PictureProblem>>
}

const key = 'ffmpeg'

export function createPictureTools({ media, settings, configured }: PictureToolsDeps): PictureToolsSetting {
  const named = () => settings.read(key) ?? ''
  const ffmpeg = () => named() || configured
  const lookAt = async (path: string, signal: AbortSignal | undefined): Promise<Result<MediaTools, MediaError>> =>
    media === null ? err({ kind: 'unavailable', because: 'noProcess' }) : await media.tools(path, signal)
  const shown = (looked: Result<MediaTools, MediaError>): PictureTools => ({
    named: named(),
    configured,
    ...(looked.ok ? looked.value : { uses: null, ffmpeg: null, problem: looked.error, install: '' }),
  })

  return {
    ffmpeg,
    look: async (signal) => shown(await lookAt(ffmpeg(), signal)),
    keep: async (path, signal) => {
      const looked = await lookAt(path || configured, signal)
      if (path !== '') {
        if (!looked.ok) return looked
        if (looked.value.problem !== null) return err(looked.value.problem)
      }
      settings.write(key, path)
      return ok(shown(looked))
    },
  }
}
