/**
 * Who this operator's pictures belong to, and which of them were closed for newer ones. The engine allows a few live pictures
 * an operator and closes the oldest; the tile of the closed one must say so.
 */
const storageKey = 'mtxdeck.viewer'

/** Names this window to the engine. Kept for the window's life, so that loading it anew does not double its pictures. */
export const viewerId = (): string => {
  const kept = sessionStorage.getItem(storageKey)
  if (kept) return kept
  const made = crypto.randomUUID()
  sessionStorage.setItem(storageKey, made)
  return made
}

const listeners = new Set<(previewId: string) => void>()
/** Told when a picture was closed because another one was opened. */
export const onPictureClosed = (listener: (previewId: string) => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
export const tellPictureClosed = (previewId: string): void => {
  for (const listener of listeners) listener(previewId)
}

/** Whether this browser decodes H265 in fragmented MP4. */
export const playsH265 = (): boolean => typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"')
