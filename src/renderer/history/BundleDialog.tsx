import { useState } from 'react'
import { type BundleInput, type BundleMade, type BundleSubject, bundledSessions } from '../../shared/bundles.ts'
import { formatDuration, formatStretch, formatValue } from '../../shared/units.ts'
import { saveFrom } from '../app/actions.ts'
import { client } from '../app/client.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import type { FormField } from '../app/editing/fields.ts'
import { failureText } from '../app/failureText.ts'
import { zone } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { fleet } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { bundleInputOf } from './chosen.ts'
import type { View } from './timelineView.ts'

interface BundleDialogProps {
  readonly view: View
  readonly chosen: readonly BundleSubject[]
  readonly nameOfProbe: (id: string) => string
  readonly onClose: () => void
}
interface BundleForm {
  readonly what: 'chosen' | 'fleet'
  readonly note: string
  /** `yes`, or empty. */
  readonly pictures: string
  readonly sessions: BundleInput['sessions']
}
type Making =
  | { readonly state: 'asking'; readonly words: string | null }
  | { readonly state: 'making' }
  | { readonly state: 'made'; readonly made: BundleMade; readonly words: string | null }

/** Packs the period and the selection shown into one file, which can be opened where no server can be reached. */
export function BundleDialog({ view, chosen, nameOfProbe, onClose }: BundleDialogProps) {
  const [entered, setEntered] = useState<BundleForm>({ what: chosen.length > 0 ? 'chosen' : 'fleet', note: '', pictures: 'yes', sessions: 'all' })
  const [making, setMaking] = useState<Making>({ state: 'asking', words: null })
  const names = chosen.map((one) => {
    if (one.kind === 'probe') return nameOfProbe(one.probeId)
    const server = fleet.server(one.serverId)?.name ?? one.serverId
    return one.kind === 'server' ? server : `${one.path} (${server})`
  })
  const make = async () => {
    setMaking({ state: 'making' })
    try {
      const made = await client.bundles.make(
        bundleInputOf(view, entered.what === 'chosen' ? chosen : [], {
          note: entered.note.trim(),
          pictures: entered.pictures === 'yes',
          sessions: entered.sessions,
        }),
      )
      setMaking({ state: 'made', made, words: null })
      await fetchMade(made)
    } catch (error) {
      setMaking({ state: 'asking', words: failureText(error) })
    }
  }
  const fetchMade = async (made: BundleMade) => {
    try {
      await saveFrom(made.name, made.link)
      setMaking({ state: 'made', made, words: null })
    } catch (error) {
      setMaking({ state: 'made', made, words: failureText(error) })
    }
  }
  const fields: readonly FormField<BundleForm>[] = [
    {
      id: 'what',
      kind: 'choice',
      label: 'bundle.what',
      help: (_t, { what }) => (what === 'chosen' ? names.join(', ') : undefined),
      options: [
        ...(chosen.length > 0 ? [{ value: 'chosen', label: { name: t('bundle.chosen', { count: chosen.length }) } }] : []),
        { value: 'fleet', label: 'bundle.fleet' },
      ],
    },
    {
      id: 'sessions',
      kind: 'choice',
      label: 'common.sessions',
      help: 'bundle.sessionsHint',
      options: bundledSessions.map((value) => ({ value, label: `bundle.sessionsOf.${value}` as const })),
    },
    { id: 'pictures', kind: 'tick', label: 'bundle.pictures', help: 'bundle.picturesHint' },
    { id: 'note', kind: 'lines', label: 'bundle.note', input: { rows: 3, maxLength: 2000 } },
  ]
  const busy = making.state === 'making'
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('bundle.title')}
      description={t('bundle.text')}
      closeLabel={t('common.close')}
      width={520}
      footer={
        making.state === 'made' ? (
          <>
            <Button onClick={() => void fetchMade(making.made)}>{t('recordings.download')}</Button>
            <Button look="primary" onClick={onClose} text={t('common.close')} />
          </>
        ) : (
          <>
            <Button onClick={onClose}>{t('common.cancel')}</Button>
            <Button look="primary" onClick={() => void make()} disabled={busy} text={t('bundle.make')} />
          </>
        )
      }
    >
      {making.state === 'made' ? (
        <div role="status" className="flex flex-col gap-1">
          <p className="font-medium">{making.made.name}</p>
          <p className="text-muted">
            {t('bundle.holds', {
              size: formatValue(making.made.bytes, 'bytes'),
              servers: formatValue(making.made.servers, 'count'),
              streams: formatValue(making.made.streams, 'count'),
              samples: formatValue(making.made.samples, 'count'),
              events: formatValue(making.made.events, 'count'),
              probes: formatValue(making.made.probes, 'count'),
              pictures: formatValue(making.made.pictures, 'count'),
              sessions: formatValue(making.made.sessions, 'count'),
            })}
          </p>
          <p className="text-faint">{t('bundle.open', { name: making.made.name })}</p>
          {making.words !== null && (
            <p role="alert" className="font-medium text-critical">
              {t('common.failedReason', { reason: making.words })}
            </p>
          )}
        </div>
      ) : (
        <div className="flex flex-col gap-3">
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3.5 gap-y-1">
            <dt className="text-faint">{t('common.timeRange')}</dt>
            <dd>
              {formatStretch(view.from, view.to, zone)} <span className="text-faint">({formatDuration(view.to - view.from)})</span>
            </dd>
          </dl>
          <FormFields
            fields={fields}
            entered={entered}
            stored={null}
            wrong={{}}
            disabled={busy}
            onEnter={({ id }, text) => setEntered((before) => ({ ...before, [id]: text }))}
          />
          {making.state === 'asking' && making.words !== null && (
            <p role="alert" className="font-medium text-critical">
              {t('common.failedReason', { reason: making.words })}
            </p>
          )}
        </div>
      )}
    </Dialog>
  )
}
