import { toast } from 'sonner'
import { type BundleInput, type BundleSubject, bundledSessions, bundleInputSchema } from '../../shared/bundles.ts'
import { formatDuration, formatStretch, formatValue } from '../../shared/units.ts'
import { saveFrom } from '../app/actions.ts'
import { client } from '../app/client.ts'
import { type FormField, readEntries } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { t } from '../app/words.ts'
import { fleet } from '../fleet/fleet.ts'
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
  readonly pictures: string
  readonly sessions: BundleInput['sessions']
}

/** Packs what is shown into one file, which can be opened where no server can be reached. */
export function BundleDialog({ view, chosen, nameOfProbe, onClose }: BundleDialogProps) {
  const names = chosen.map((one) => {
    if (one.kind === 'probe') return nameOfProbe(one.probeId)
    const server = fleet.server(one.serverId)?.name ?? one.serverId
    return one.kind === 'server' ? server : `${one.path} (${server})`
  })
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
  const start: BundleForm = { what: chosen.length > 0 ? 'chosen' : 'fleet', note: '', pictures: 'yes', sessions: 'all' }
  const period = { from: Math.round(view.from), to: Math.round(view.to) }
  return (
    <SendDialog
      title={t('bundle.title')}
      description={t('bundle.text')}
      submit={t('bundle.make')}
      fields={fields}
      start={start}
      read={(entered: BundleForm) => {
        const { what, note, pictures, sessions } = entered
        const of = what === 'chosen' ? chosen : undefined
        return readEntries(fields, bundleInputSchema, { ...period, of, note: note.trim(), pictures: pictures === 'yes', sessions }, entered, null)
      }}
      send={async (input) => {
        const made = await client.bundles.make(input)
        if (!(await saveFrom(made.name, made.link))) throw new Error(t('bundle.notSaved'))
        toast(t('dossier.made', { name: made.name }), { description: formatValue(made.bytes, 'bytes') })
      }}
      onClose={onClose}
    >
      <p className="text-muted">
        {t('common.timeRange')}: {formatStretch(view.from, view.to)} <span className="text-faint">({formatDuration(view.to - view.from)})</span>
      </p>
    </SendDialog>
  )
}
