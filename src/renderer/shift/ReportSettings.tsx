import { useQuery } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { sendFailureText } from '../../i18n/reasonText.ts'
import { type Report, type ReportInput, reportInputSchema, reportSteps } from '../../shared/reports.ts'
import type { Result } from '../../shared/result.ts'
import { formatMoment, zoneOf } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { openPage } from '../app/actions.ts'
import { client, orpc, renew } from '../app/client.ts'
import { entriesOfIds, type FormField, listEntered, readEntries, type Wrong } from '../app/editing/fields.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { languages } from '../app/languages.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'

const lists = ['channels', 'tags', 'servers'] as const
const choices = ['every', 'language'] as const
/** What is entered about a report. Lists are by commas, a tick is `yes`, or empty. */
type ReportEntries = Readonly<Record<(typeof lists)[number] | (typeof choices)[number] | 'name' | 'enabled' | 'at' | 'zone', string>>

function reportEntries(input: ReportInput): ReportEntries {
  return {
    ...{ name: input.name, enabled: input.enabled ? 'yes' : '', at: input.at, zone: input.zone },
    ...entriesOfIds(choices, (id) => input[id]),
    ...entriesOfIds(lists, (id) => input[id].join(', ')),
  }
}

function reportFields(): readonly FormField<ReportEntries>[] {
  return [
    { id: 'name', kind: 'text', label: 'common.name' },
    { id: 'enabled', kind: 'tick', label: 'shift.reports.enabled' },
    {
      id: 'every',
      kind: 'choice',
      label: 'shift.reports.every',
      half: true,
      options: reportSteps.map((value) => ({ value, label: `shift.reports.steps.${value}` })),
    },
    { id: 'at', kind: 'text', label: 'shift.reports.at', placeholder: '07:00', half: true },
    { id: 'zone', kind: 'text', label: 'common.timeZone', placeholder: 'Europe/Berlin', half: true },
    {
      ...{ id: 'language', kind: 'choice', label: 'common.language', half: true },
      options: Object.entries(languages).map(([value, { name }]) => ({ value, label: { name } })),
    },
    { id: 'channels', kind: 'text', label: 'shift.reports.channels', help: 'shift.reports.channelsHint' },
    { id: 'tags', kind: 'text', label: 'common.tags', wrong: 'maintenance.form.scopeWrong', half: true },
    { id: 'servers', kind: 'text', label: 'common.servers', help: 'maintenance.form.forHint', wrong: 'maintenance.form.scopeWrong', half: true },
  ]
}

function readReport(entered: ReportEntries): Result<ReportInput, Wrong> {
  const input = {
    ...entered,
    enabled: entered.enabled === 'yes',
    ...Object.fromEntries(lists.map((id) => [id, listEntered(entered[id])])),
  }
  return readEntries(reportFields(), reportInputSchema, input, entered, null)
}

const act = actThen('reports')

const everyMs = 5_000

export function ReportSettings() {
  const query = useQuery({ ...orpc.reports.list.queryOptions(), refetchInterval: everyMs })
  const [params, change] = usePageParams()
  const editedId = params.get('edit')
  const edit = (id: string | null) => change({ edit: id }, false)
  const edited = query.data?.find(({ id }) => id === editedId)
  const [removing, setRemoving] = useState<Report | null>(null)
  const found = useQuery(orpc.channels.list.queryOptions())
  // Without them, a report can be entered all the same.
  const channels = found.data?.flatMap(({ name, kind }) => (kind === 'email' ? [name] : [])) ?? (found.isError ? [] : undefined)
  const add = <Button icon={Plus} look="primary" onClick={() => edit('new')} text={t('shift.reports.add')} />
  return (
    <Panel title={t('shift.reports.title')} hint={t('shift.reports.hint')} actions={add}>
      <Loaded query={query} rows={3}>
        {(reports) =>
          reports.length === 0 ? (
            <EmptyState title={t('shift.reports.none')} />
          ) : (
            <ul className="flex flex-col">
              {reports.map((report) => (
                <ReportRow key={report.id} report={report} onEdit={() => edit(report.id)} onRemove={() => setRemoving(report)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {(editedId === 'new' || edited !== undefined) && channels !== undefined && (
        <ReportDialog key={editedId} edited={edited ?? null} mailChannels={channels} onClose={() => edit(null)} />
      )}
      {removing !== null && (
        <RemoveDialog
          title={t('common.removeName', { name: removing.name })}
          description={t('shift.reports.removeText')}
          onRemove={() => void act(client.reports.remove({ id: removing.id }), t('common.removedName', { name: removing.name }))}
          onClose={() => setRemoving(null)}
        />
      )}
    </Panel>
  )
}

function ReportRow({ report, onEdit, onRemove }: { readonly report: Report; readonly onEdit: () => void; readonly onRemove: () => void }) {
  const [busy, setBusy] = useState(false)
  const { id, name, every, at, zone: named, channels, nextAt, last, failingSince, noChannels } = report
  const moment = (when: number) => formatMoment(when, 'minute')
  const during = async (work: Promise<unknown>) => {
    setBusy(true)
    await work
    setBusy(false)
  }
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1 border-line py-2 not-last:border-b">
      <div className="min-w-0 flex-1">
        <div className="font-medium">{name}</div>
        <div className="text-muted">
          {t(`shift.reports.steps.${every}`)}, {at} {named} · {[...report.tags, ...report.servers].join(', ') || t('common.all')} → {channels.join(', ')}
        </div>
        <div className="text-muted text-sm">
          {t('shift.reports.next')}: {nextAt === null ? t('shift.reports.off') : moment(nextAt)} · {t('shift.reports.last')}:{' '}
          {last === null ? t('common.never') : [moment(last.at), ...last.sent.map((one) => sentText(one))].join(' · ')}
        </div>
        {failingSince !== null && <Mark kind="major" word={t('shift.reports.failing', { time: moment(failingSince) })} />}
        {noChannels.length > 0 && <Mark kind="minor" word={t('shift.reports.noChannel', { names: noChannels.join(', ') })} />}
      </div>
      <div className="flex flex-none gap-1.5">
        <Button disabled={busy} onClick={() => void during(act(openPage(client.reports.show({ id }))))} text={t('shift.reports.show')} />
        <Button disabled={busy} onClick={() => void during(act(client.reports.send({ id }), t('shift.reports.made')))} text={t('shift.reports.sendNow')} />
        <Button look="quiet" label={t('common.editName', { name })} onClick={onEdit} icon={Pencil} />
        <Button look="quiet" label={t('common.removeName', { name })} onClick={onRemove} icon={Trash2} />
      </div>
    </li>
  )
}

type Sent = NonNullable<Report['last']>['sent'][number]
function sentText({ channel, state, failure }: Sent): string {
  if (state === 'delivered') return t('shift.reports.delivered', { name: channel })
  return failure === null
    ? t('shift.reports.sending', { name: channel })
    : t('shift.reports.notSent', { name: channel, reason: sendFailureText(failure, language) })
}

interface ReportDialogProps {
  /** null: a new one. */
  readonly edited: Report | null
  readonly mailChannels: readonly string[]
  readonly onClose: () => void
}
function ReportDialog({ edited, mailChannels, onClose }: ReportDialogProps) {
  // The first mail channel, where there is one.
  const fresh = {
    ...reportInputSchema.parse({ name: '-', zone: zoneOf(), language, channels: ['-'] }),
    name: '',
    channels: mailChannels.slice(0, 1),
  }
  return (
    <SendDialog
      title={edited === null ? t('shift.reports.add') : t('common.editName', { name: edited.name })}
      submit={t(edited === null ? 'common.add' : 'common.save')}
      fields={reportFields()}
      start={reportEntries(edited ?? fresh)}
      read={readReport}
      send={async (input) => {
        await (edited === null ? client.reports.add(input) : client.reports.update({ id: edited.id, change: input }))
        await renew('reports')
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    />
  )
}
