import { z } from 'zod'

/** A named set of filters, sort and columns: the query of the Streams page. Kept on this desk. */
const savedViewSchema = z.object({ name: z.string().min(1).max(60), query: z.string().max(4000) })
type SavedView = z.infer<typeof savedViewSchema>
const storageKey = 'mtxdeck.streams.views'

/** The required parts of the browser's storage; a plain map in tests. */
type ViewStorage = Pick<Storage, 'getItem' | 'setItem'>

/** All saved views; none if the storage is damaged. */
export function readViews(storage: ViewStorage): readonly SavedView[] {
  try {
    return z.array(savedViewSchema).parse(JSON.parse(storage.getItem(storageKey) ?? '[]'))
  } catch {
    return []
  }
}
/** Stores a view under its name; one of the same name is replaced. */
export function saveView(storage: ViewStorage, view: SavedView): readonly SavedView[] {
  const views = [...readViews(storage).filter((other) => other.name !== view.name), view].sort((a, b) => a.name.localeCompare(b.name))
  write(storage, views)
  return views
}
export function removeView(storage: ViewStorage, name: string): readonly SavedView[] {
  const views = readViews(storage).filter((view) => view.name !== name)
  write(storage, views)
  return views
}
function write(storage: ViewStorage, views: readonly SavedView[]) {
  try {
    storage.setItem(storageKey, JSON.stringify(views))
  } catch {
    // Storage forbidden or full: the views last until the page is closed.
  }
}
