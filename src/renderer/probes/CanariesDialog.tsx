import { toast } from 'sonner'
import { canaryErrorText } from '../../i18n/gradeText.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import {
  type Canary,
  type CanaryReadProtocol,
  type CanarySettings,
  canaryBitsPerSecond,
  canaryCorePercent,
  canaryReadProtocols,
  canarySettingsSchema,
  mostCanaries,
} from '../../shared/canaries.ts'
import { publishProtocols } from '../../shared/media.ts'
import type { Probe } from '../../shared/probes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { formatNumber, formatValue } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { entriesOfIds, type FormField, readEntries, textEntered, type Wrong } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { language, t } from '../app/words.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { ListDialog } from './ListDialog.tsx'
import { soundMessage } from './probeViews.ts'
import { renewCanaries, useCanaries, useProbes } from './useProbes.ts'

type Ticks = { readonly [K in CanaryReadProtocol]: string }
interface Entries extends Ticks {
  readonly server: string
  readonly publishBy: string
  readonly path: string
}
const readersIn = (entered: Ticks): CanaryReadProtocol[] => canaryReadProtocols.filter((protocol) => entered[protocol] === 'yes')
const named = (protocols: readonly string[]) => protocols.map((value) => ({ value, label: { name: value.toUpperCase() } }))
const legend = { label: 'common.readBackBy', help: 'probes.canaries.form.readByWrong' } as const
const ticks: readonly FormField<Entries, Canary>[] = canaryReadProtocols.map((id) => ({
  id,
  kind: 'tick',
  label: { name: id.toUpperCase() },
  half: true,
  legend,
  // Said once, at the first.
  ...(id === canaryReadProtocols[0] && {
    refuse: (entered: Entries) => (readersIn(entered).length === 0 ? ('probes.canaries.form.readByWrong' as const) : null),
  }),
}))

interface CanaryDialogProps {
  /** null: it is new. */
  readonly canary: Canary | null
  /** Servers that have none. */
  readonly servers: readonly { readonly id: string; readonly name: string }[]
  /** The one that is chosen first; empty: none. */
  readonly serverId: string
  readonly onClose: () => void
}
export function CanaryDialog({ canary, servers, serverId, onClose }: CanaryDialogProps) {
  const fields: readonly FormField<Entries, Canary>[] = [
    ...(canary === null
      ? [
          {
            id: 'server',
            kind: 'choice',
            label: 'common.server',
            options: [{ value: '', label: 'probes.canaries.form.serverWrong' }, ...servers.map(({ id, name }) => ({ value: id, label: { name } }))],
            refuse: (entered: Entries) => (entered.server === '' ? 'probes.canaries.form.serverWrong' : null),
          } as const satisfies FormField<Entries, Canary>,
        ]
      : []),
    { id: 'publishBy', kind: 'choice', label: 'probes.canaries.form.publishBy', options: named(publishProtocols) },
    ...ticks,
    { id: 'path', kind: 'text', label: 'common.path', help: 'probes.canaries.form.pathHint', wrong: 'probes.canaries.form.pathHint' },
  ]
  return (
    <SendDialog
      title={canary === null ? t('probes.canaries.add') : t('common.editName', { name: canary.server })}
      description={t('probes.canaries.form.description')}
      submit={t('common.save')}
      fields={fields}
      stored={canary}
      start={entriesOf(canary?.serverId ?? serverId, canary ?? canarySettingsSchema.parse({}))}
      read={(entered: Entries) => readCanary(fields, entered, canary)}
      send={async (input) => {
        await client.canaries.put(input)
        // Not waited for: what is new would be changed then.
        void renewCanaries()
        toast(t('common.saved'))
      }}
      fieldOf={(key) => (key === 'serverId' ? 'server' : key === 'readBy' ? canaryReadProtocols[0] : key)}
      onClose={onClose}
    >
      {(entered) => <Cost readers={readersIn(entered)} />}
    </SendDialog>
  )
}

const entriesOf = (server: string, { publishBy, readBy, path }: CanarySettings): Entries => ({
  server,
  publishBy,
  path: path ?? '',
  ...entriesOfIds(canaryReadProtocols, (protocol) => (readBy.includes(protocol) ? 'yes' : '')),
})

function readCanary(
  fields: readonly FormField<Entries, Canary>[],
  entered: Entries,
  canary: Canary | null,
): Result<CanarySettings & { readonly serverId: string }, Wrong> {
  const readBy = readersIn(entered)
  const input = { publishBy: entered.publishBy, path: textEntered(entered.path), readBy: readBy.length === 0 ? undefined : readBy }
  const read = readEntries(fields, canarySettingsSchema, input, entered, canary)
  return read.ok ? ok({ serverId: entered.server, ...read.value }) : err(read.error)
}

function Cost({ readers }: { readonly readers: readonly CanaryReadProtocol[] }) {
  return (
    <p aria-live="polite" className="text-muted">
      {t('probes.canaries.form.cost', {
        rate: formatValue(canaryBitsPerSecond, 'bps'),
        out: formatValue(readers.length * canaryBitsPerSecond, 'bps'),
        percent: formatNumber(canaryCorePercent.publishing + readers.length * canaryCorePercent.reader, 0),
      })}
    </p>
  )
}

const marks: Readonly<Record<Canary['state'], MarkKind>> = { publishing: 'ok', failed: 'major', connecting: 'idle', paused: 'idle' }

interface CanariesDialogProps {
  readonly onAdd: () => void
  readonly onEdit: (serverId: string) => void
  readonly onOpen: (probeId: string) => void
  readonly onClose: () => void
}
export function CanariesDialog({ onAdd, onEdit, onOpen, onClose }: CanariesDialogProps) {
  const read = useCanaries()
  const { probes } = useProbes()
  return (
    <ListDialog
      title={t('probes.canaries.title')}
      description={t('probes.canaries.description')}
      add={t('probes.canaries.add')}
      none={t('common.noneYet')}
      read={read}
      most={mostCanaries}
      nameOf={({ server }) => server}
      wrongOf={({ error, publishBy }) => error && canaryErrorText(error, publishBy, language)}
      markOf={({ state, publishBy }) => (
        <Mark
          kind={marks[state]}
          size={11}
          word={state === 'paused' ? t('probes.verdict.paused') : t(`probes.canaries.state.${state}`, { by: publishBy.toUpperCase() })}
          quiet={state !== 'failed'}
        />
      )}
      addressOf={({ path }) => path}
      remove={({ serverId }) => client.canaries.remove({ serverId })}
      renews={renewCanaries}
      onAdd={onAdd}
      onEdit={({ serverId }) => onEdit(serverId)}
      onClose={onClose}
    >
      {({ skipped, readers }) => (
        <>
          {skipped > 0 && <p className="text-muted">{t('probes.canaries.skipped', { count: skipped })}</p>}
          <ul aria-label={t('common.readBackBy')} className="mt-0.5 flex flex-col">
            {readers.map((reader) => (
              <Reader key={reader.protocol} reader={reader} probe={probes.find(({ id }) => id === reader.probeId) ?? null} onOpen={onOpen} />
            ))}
          </ul>
        </>
      )}
    </ListDialog>
  )
}

interface ReaderProps {
  readonly reader: Canary['readers'][number]
  /** null: there is none, or it is not known yet. */
  readonly probe: Probe | null
  readonly onOpen: (probeId: string) => void
}
function Reader({ reader: { protocol, error }, probe, onOpen }: ReaderProps) {
  const by = protocol.toUpperCase()
  if (error !== null) return <li className="break-words text-faint">{`${by}: ${canaryErrorText(error, protocol, language).what}`}</li>
  const delayMs = probe?.state === 'up' ? (probe.reading?.canary?.delayMs ?? null) : null
  const soundMs = probe?.state === 'up' ? (probe.reading?.canary?.soundAheadMs ?? null) : null
  const isLost = probe !== null && (probe.state === 'down' || probe.state === 'retrying')
  const late = delayMs === null ? null : t('probes.canaries.late', { delay: formatValue(delayMs, 'ms') })
  const said = (isLost ? probe.why && pictureText(probe.why, language) : late) ?? t('common.notReadYet')
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <Mark kind={probe?.state === 'up' ? 'ok' : isLost ? 'minor' : 'idle'} size={9} />
      {probe === null ? (
        <span>{by}</span>
      ) : (
        <button type="button" className="cursor-pointer text-accent hover:underline" onClick={() => onOpen(probe.id)}>
          {by}
        </button>
      )}
      <span className={isLost ? '' : 'text-muted'}>{said}</span>
      {soundMs !== null && delayMs !== null && <span className="text-faint">{soundMessage(soundMs)}</span>}
    </li>
  )
}
