import { Pencil, Plus, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { actThen } from '../app/act.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'

interface ListDialogProps<Item> {
  readonly title: string
  readonly description: string
  /** What the button says that adds one. */
  readonly add: string
  readonly none: string
  /** undefined: not known yet. */
  readonly items: readonly Item[] | undefined
  readonly most: number
  /** Why they are not known. */
  readonly failed: string | null
  /** Also tells them apart. */
  readonly nameOf: (item: Item) => string
  /** What went wrong with one, and what to do; null: nothing. */
  readonly wrongOf: (item: Item) => { readonly what: string; readonly todo: string } | null
  /** State, name and address of one. */
  readonly head: (item: Item) => ReactNode
  readonly remove: (item: Item) => Promise<unknown>
  readonly renew: () => void
  readonly onAdd: () => void
  readonly onEdit: (item: Item) => void
  readonly onClose: () => void
  /** What is said of one below. */
  readonly children: (item: Item) => ReactNode
}
/** A short list of what was entered here or stands in the configuration file: how each is, and what to do with it. */
export function ListDialog<Item extends { readonly origin: 'stored' | 'yaml' }>(props: ListDialogProps<Item>) {
  const { title, description, add, none, items, most, failed, nameOf, wrongOf, head, remove, renew, onAdd, onEdit, onClose, children } = props
  const [removing, setRemoving] = useState<Item | null>(null)
  const act = actThen(renew)
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
      {failed !== null ? (
        <p>{t('common.failedReason', { reason: failed })}</p>
      ) : items === undefined || items.length === 0 ? (
        <p className="text-muted">{items === undefined ? t('common.loading') : none}</p>
      ) : (
        <ul className="flex flex-col gap-4">
          {items.map((item) => {
            const name = nameOf(item)
            const wrong = wrongOf(item)
            return (
              <li key={name} className="flex items-start gap-2">
                <div className="min-w-0 flex-1">
                  <p className="flex flex-wrap items-baseline gap-x-2">{head(item)}</p>
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
