import { useQuery } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDuration } from '../../shared/units.ts'
import { mostVantages, type Vantage } from '../../shared/vantages.ts'
import { vantageErrorWords } from '../../shared/words/vantageText.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { RemoveDialog } from '../ui/RemoveDialog.tsx'

const everyMs = 5_000

/** Other consoles that probe the same streams, refreshed while a component needs them. `failed`: why they are not known. */
export function useVantages(): { readonly vantages: readonly Vantage[] | undefined; readonly failed: string | null } {
  const query = useQuery({ ...orpc.vantages.list.queryOptions(), refetchInterval: everyMs })
  return { vantages: query.data, failed: query.isError && query.data === undefined ? failureWords(query.error) : null }
}
/** Refetches at once, after a change. */
export function renewVantages(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.vantages.key() })
}

const marks: Readonly<Record<Vantage['state'], MarkKind>> = { up: 'ok', down: 'minor', connecting: 'idle' }

interface VantagesDialogProps {
  readonly onAdd: () => void
  readonly onEdit: (name: string) => void
  readonly onClose: () => void
}
/** Other consoles that probe the same streams: how each is, and what to do with it. */
export function VantagesDialog({ onAdd, onEdit, onClose }: VantagesDialogProps) {
  const { t } = useTranslation()
  const { vantages, failed } = useVantages()
  const [removing, setRemoving] = useState<string | null>(null)
  const act = useAct('hosts.actionFailed', () => void renewVantages())
  if (removing !== null)
    return (
      <RemoveDialog
        title={t('probes.vantages.remove', { name: removing })}
        description={t('probes.vantages.removeText')}
        removeLabel={t('probes.vantages.removeIt')}
        cancelLabel={t('common.cancel')}
        closeLabel={t('common.close')}
        onRemove={() => void act(client.vantages.remove({ name: removing }), t('probes.vantages.removed', { name: removing }))}
        onClose={() => setRemoving(null)}
      />
    )
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width={560}
      title={t('probes.vantages.title')}
      description={t('probes.vantages.description')}
      closeLabel={t('common.close')}
      footer={
        <Button look="primary" onClick={onAdd} disabled={vantages === undefined || vantages.length >= mostVantages}>
          <Plus size={14} aria-hidden="true" /> {t('probes.vantages.add')}
        </Button>
      }
    >
      {failed !== null ? (
        <p>{t('probes.vantages.failed', { reason: failed })}</p>
      ) : vantages === undefined ? (
        <p className="text-muted">{t('common.loading')}</p>
      ) : vantages.length === 0 ? (
        <p className="text-muted">{t('probes.vantages.none')}</p>
      ) : (
        <ul className="flex flex-col gap-3">
          {vantages.map((vantage) => (
            <Listed key={vantage.name} vantage={vantage} onEdit={() => onEdit(vantage.name)} onRemove={() => setRemoving(vantage.name)} />
          ))}
        </ul>
      )}
    </Dialog>
  )
}

interface ListedProps {
  readonly vantage: Vantage
  readonly onEdit: () => void
  readonly onRemove: () => void
}
function Listed({ vantage, onEdit, onRemove }: ListedProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const now = useNow()
  const { name, url, origin, state, error, readAt, shared, probes } = vantage
  const words = error && vantageErrorWords(error, language)
  return (
    <li className="flex items-start gap-2">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <Mark kind={marks[state]} size={11} word={t(`probes.vantages.state.${state}`)} quiet={state !== 'down'} />
          <b className="break-words font-semibold">{name}</b>
          <span className="break-all text-muted">{url}</span>
        </p>
        {state === 'up' && <p className="text-muted">{t('probes.vantages.shares', { shared, count: probes })}</p>}
        {words !== null && (
          <p className="break-words">
            {words.what} <span className="text-muted">{words.todo}</span>
          </p>
        )}
        {state === 'down' && (
          <p className="text-faint">{readAt === null ? t('common.neverRead') : t('probes.lastRead', { age: formatDuration(now - readAt) })}</p>
        )}
        {origin === 'yaml' && <p className="text-faint">{t('settings.yaml')}</p>}
      </div>
      {origin === 'stored' && (
        <>
          <Button look="quiet" aria-label={t('probes.vantages.edit', { name })} title={t('probes.vantages.edit', { name })} onClick={onEdit}>
            <Pencil size={14} />
          </Button>
          <Button look="quiet" aria-label={t('probes.vantages.remove', { name })} title={t('probes.vantages.remove', { name })} onClick={onRemove}>
            <Trash2 size={14} />
          </Button>
        </>
      )}
    </li>
  )
}
