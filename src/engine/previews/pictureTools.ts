import type { MediaError, MediaTools, PictureProblem } from '../../shared/media.ts'
import type { PictureTools } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { MediaPort } from '../ports.ts'

interface PictureToolsDeps {
  /** null: no media process is available. */
  readonly media: Pick<MediaPort, 'tools'> | null
  readonly settings: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** The ffmpeg of the configuration file, used if none is set in the console. */
  readonly configured: string
}

const key = 'ffmpeg'

/** The ffmpeg for pictures where the console does not include FFmpeg. */
export function createPictureTools({ media, settings, configured }: PictureToolsDeps) {
  const named = () => settings.read(key) ?? ''
  const ffmpeg = () => named() || configured
  const checkAt = async (path: string, signal: AbortSignal | undefined): Promise<Result<MediaTools, MediaError>> =>
    media === null ? err({ kind: 'unavailable', because: 'noProcess' }) : await media.tools(path, signal)
  const shown = (looked: Result<MediaTools, MediaError>): PictureTools => ({
    named: named(),
    configured,
    ...(looked.ok ? looked.value : { uses: null, ffmpeg: null, problem: looked.error, install: '', sandbox: null }),
  })

  return {
    /** Path for the media process; empty: the one on the PATH. */
    ffmpeg,
    check: async (signal?: AbortSignal): Promise<PictureTools> => shown(await checkAt(ffmpeg(), signal)),
    /** Stores the setting after a successful test run; empty returns to the configuration file's, or the one on the PATH. The error explains a failure. */
    keep: async (path: string, signal?: AbortSignal): Promise<Result<PictureTools, PictureProblem>> => {
      const looked = await checkAt(path || configured, signal)
      if (path !== '') {
        if (!looked.ok) return looked
        if (looked.value.problem !== null) return err(looked.value.problem)
      }
      settings.write(key, path)
      return ok(shown(looked))
    },
  }
}
