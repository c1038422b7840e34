/**
 * Identifies the owner of this desk's pictures, and reports pictures closed for newer ones. The engine allows a few live pictures
 * per operator and closes the oldest; the tile of the closed one must say so.
 */
const storageKey = 'mtxdeck.viewer'

/** Id of this operator for the engine, shared by all windows of this desk. */
export function viewerId(): string {
  try {
    const kept = localStorage.getItem(storageKey)
    if (kept) return kept
    localStorage.setItem(storageKey, fresh)
  } catch {
    // Storage forbidden: each window counts separately.
  }
  return fresh
}
const fresh = crypto.randomUUID()

const listeners = new Set<(previewId: string) => void>()
/** Channel to other windows of this desk, which show pictures of the same operator. */
const otherWindows = new BroadcastChannel('mtxdeck.pictures')
function notify(previewId: string) {
  for (const listener of listeners) listener(previewId)
}
otherWindows.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (typeof event.data === 'string') notify(event.data)
})
/** Calls back when a picture is closed because another one was opened, here or in another window. */
export function onPictureClosed(listener: (previewId: string) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
export function notifyPictureClosed(previewId: string): void {
  notify(previewId)
  otherWindows.postMessage(previewId)
}

/** Whether this browser decodes H265 in fragmented MP4. */
export function playsH265(): boolean {
  return typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"')
}
