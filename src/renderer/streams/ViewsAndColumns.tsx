import { Bookmark, Columns3, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { deskKey } from '../app/consoleAddress.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { toggledIn } from '../ui/Chip.tsx'
import { inputClass } from '../ui/Field.tsx'
import { Menu, MenuCheck, MenuClose } from '../ui/Menu.tsx'
import type { StreamColumn } from './streamColumns.tsx'

export function ViewsMenu({ query, onOpen }: { readonly query: string; readonly onOpen: (query: string) => void }) {
  const [views, setViews] = useState(() => readViews(localStorage))
  const [name, setName] = useState('')
  const shown = inOrder(query)
  const isShown = (view: SavedView) => inOrder(view.query) === shown
  const current = views.find(isShown)
  return (
    <Menu width={260} trigger={<Button icon={Bookmark}>{current?.name ?? t('streams.views')}</Button>}>
      {views.map((view) => (
        <div key={view.name} className="flex items-center gap-1">
          <MenuClose asChild>
            <button
              type="button"
              onClick={() => onOpen(view.query)}
              className="min-w-0 flex-1 truncate rounded px-1.5 py-1 text-left hover:bg-hover"
              aria-current={isShown(view)}
            >
              {view.name}
            </button>
          </MenuClose>
          <Button
            look="quiet"
            label={t('common.removeName', { name: view.name })}
            onClick={() => setViews(removeView(localStorage, view.name))}
            icon={Trash2}
          />
        </div>
      ))}
      {views.length === 0 && <p className="px-1.5 py-1 text-faint">{t('streams.noViews')}</p>}
      <form
        className="mt-1 flex gap-1.5 border-t border-line pt-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (!name.trim()) return
          setViews(saveView(localStorage, { name: name.trim().slice(0, 60), query }))
          setName('')
        }}
      >
        <input
          aria-label={t('streams.viewName')}
          placeholder={t('streams.viewName')}
          value={name}
          maxLength={60}
          onChange={(event) => setName(event.target.value)}
          className={inputClass}
        />
        <Button type="submit" disabled={!name.trim()} text={t('common.save')} />
      </form>
    </Menu>
  )
}

interface ColumnsMenuProps {
  readonly columns: readonly StreamColumn[]
  readonly chosen: ReadonlySet<string>
  readonly onChoose: (chosen: ReadonlySet<string>) => void
}
/** Columns that do not fit are dropped all the same. */
export function ColumnsMenu({ columns, chosen, onChoose }: ColumnsMenuProps) {
  return (
    <Menu width={260} trigger={<Button icon={Columns3}>{t('common.columns')}</Button>}>
      {columns
        .filter((column) => column.rank > 0)
        .map(({ id, head }) => (
          <MenuCheck key={id} checked={chosen.has(id)} onToggle={() => onChoose(toggledIn(chosen, id))}>
            {head}
          </MenuCheck>
        ))}
    </Menu>
  )
}

/** A view is the same whichever of its parameters was chosen first. */
function inOrder(query: string): string {
  const params = new URLSearchParams(query)
  params.sort()
  return params.toString()
}

/** A named set of filters, sort and columns: the query of the Streams page. Kept on this desk. */
const savedViewSchema = z.object({ name: z.string().min(1).max(60), query: z.string().max(4000) })
type SavedView = z.infer<typeof savedViewSchema>
const storageKey = deskKey('streams.views')
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
