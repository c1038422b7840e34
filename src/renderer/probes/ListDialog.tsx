import type { UseQueryResult } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { actThen } from '../app/act.ts'
import type { Noun } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'

interface ListDialogProps<Item> {
  readonly title: string
  readonly description: string
  readonly add: string
  readonly none: string
  readonly read: Pick<UseQueryResult<readonly Item[]>, 'data' | 'error'>
  readonly most: number
  /** Also tells them apart. */
  readonly nameOf: (item: Item) => string
  /** What went wrong with one, and what to do; null: nothing. */
  readonly wrongOf: (item: Item) => { readonly what: string; readonly todo: string } | null
  /** Its state, which stands before its name, and its address, which stands behind. */
  readonly markOf: (item: Item) => ReactNode
  readonly addressOf: (item: Item) => string
  readonly remove: (item: Item) => Promise<unknown>
  readonly renews: Noun | (() => unknown)
  readonly onAdd: () => void
  readonly onEdit: (item: Item) => void
  readonly onClose: () => void
  readonly children: (item: Item) => ReactNode
}
/** A short list of what was entered here or stands in the configuration file: how each is, and what to do with it. */
export function ListDialog<Item extends { readonly origin: 'stored' | 'yaml' }>(props: ListDialogProps<Item>) {
  const { title, description, add, none, read, most, nameOf, wrongOf, markOf, addressOf, remove, renews, onAdd, onEdit, onClose, children } = props
  const items = read.data
  const [removing, setRemoving] = useState<Item | null>(null)
  const act = actThen(renews)
  if (removing !== null) {
    const name = nameOf(removing)
    return (
      <RemoveDialog
        title={t('common.removeName', { name })}
        description={t('common.removeText')}
        onRemove={() => void act(remove(removing), t('common.removedName', { name }))}
        onClose={() => setRemoving(null)}
      />
    )
  }
  const button = (item: Item, label: string, Icon: typeof Pencil, onClick: (item: Item) => void) => (
    <Button look="quiet" label={label} onClick={() => onClick(item)} icon={Icon} />
  )
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width={600}
      title={title}
      description={description}
      closeLabel={t('common.close')}
      footer={
        <Button look="primary" onClick={onAdd} disabled={items === undefined || items.length >= most}>
          <Plus size={14} aria-hidden="true" /> {add}
        </Button>
      }
    >
      {items === undefined ? (
        <p className="text-muted">{read.error ? t('common.failedReason', { reason: failureText(read.error) }) : t('common.loading')}</p>
      ) : items.length === 0 ? (
        <p className="text-muted">{none}</p>
      ) : (
        <ul className="flex flex-col gap-4">
          {items.map((item) => {
            const name = nameOf(item)
            const wrong = wrongOf(item)
            return (
              <li key={name} className="flex items-start gap-2">
                <div className="min-w-0 flex-1">
                  <p className="flex flex-wrap items-baseline gap-x-2">
                    {markOf(item)}
                    <b className="break-words font-semibold">{name}</b>
                    <span className="break-all text-muted">{addressOf(item)}</span>
                  </p>
                  {wrong !== null && (
                    <p className="break-words">
                      {wrong.what} <span className="text-muted">{wrong.todo}</span>
                    </p>
                  )}
                  {children(item)}
                  {item.origin === 'yaml' && <p className="text-faint">{t('settings.yaml')}</p>}
                </div>
                {item.origin === 'stored' && (
                  <>
                    {button(item, t('common.editName', { name }), Pencil, onEdit)}
                    {button(item, t('common.removeName', { name }), Trash2, setRemoving)}
                  </>
                )}
              </li>
            )
          })}
        </ul>
      )}
    </Dialog>
  )
}
