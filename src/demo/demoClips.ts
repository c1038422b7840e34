/** A short clip cut into segments that any number of playlists can repeat without end. */
export interface Clip {
  /** Initialisation and media segments (fMP4), one rendition each. */
  readonly video: Rendition
  readonly audio: Rendition
  /** Length of every segment, ms. */
  readonly segmentMs: number
}
export interface Rendition {
  readonly init: Buffer
  readonly segments: readonly Buffer[]
}

/** Clips by the name that stands in their picture. */
export interface ClipSource {
  readonly clip: (name: string) => Promise<Clip>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
export const createClips = (_log: (text: string) => void): ClipSource => ({
  clip: () => Promise.reject(new Error('not yet')),
  [Symbol.asyncDispose]: async () => {},
})
