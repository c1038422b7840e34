import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { type NameField, type Naming, sortOfField, timeOfField } from '../../shared/naming.ts'
import { type Severity, severityRank, worseSeverity } from '../../shared/severities.ts'
import { addKnown } from '../../shared/statistics.ts'
import { formatDateTime, formatNumber } from '../../shared/units.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { column, figureColumn } from '../ui/plainColumns.tsx'

interface Group {
  readonly value: string
  readonly streams: number
  readonly live: number
  /** The worst of its streams. */
  readonly severity: Severity | null
  readonly readers: number | null
  readonly bitrateInBps: number | null
}

interface FieldGroupsProps {
  readonly field: NameField
  readonly rows: readonly StreamRow[]
  readonly naming: Naming
  /** Changes when figures may have changed. */
  readonly tick: number
  readonly onOpen: (value: string) => void
}
/** The listed streams by the values of one field of their names. Streams without the field are in none. */
export function FieldGroups({ field, rows, naming, tick, onOpen }: FieldGroupsProps) {
  const { t } = useTranslation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; tick says when
  const groups = useMemo(() => groupsOf(rows, field.name, naming), [rows, field, naming, tick])
  const columns = useMemo(() => groupColumns(field, t), [field, t])
  return (
    <DataTable
      label={t('common.groupBy')}
      columns={columns}
      rows={groups}
      keyOf={({ value }) => value}
      context={null}
      rowPx={31}
      onOpen={({ value }) => onOpen(value)}
      empty={<EmptyState title={t('common.nothingFound')} />}
    />
  )
}

function groupsOf(rows: readonly StreamRow[], name: string, { fieldsOf }: Naming): readonly Group[] {
  const groups = new Map<string, { -readonly [K in keyof Group]: Group[K] }>()
  for (const { facts, figures, severity } of rows) {
    const fields = fieldsOf(facts.path)
    if (fields === null || !Object.hasOwn(fields, name)) continue
    const value = fields[name] as string
    const group = groups.get(value) ?? { value, streams: 0, live: 0, severity: null, readers: null, bitrateInBps: null }
    groups.set(value, group)
    group.streams++
    if (facts.state === 'live') group.live++
    group.severity = worseSeverity(group.severity, severity)
    group.readers = addKnown(group.readers, figures.readers)
    group.bitrateInBps = addKnown(group.bitrateInBps, figures.bitrateInBps)
  }
  return [...groups.values()].sort((a, b) => b.streams - a.streams)
}

function groupColumns(field: NameField, t: TFunction): readonly Column<Group>[] {
  const count = (id: 'streams' | 'live' | 'readers', head: string): Column<Group> =>
    figureColumn(id, head, (group) => group[id], { rank: 1, width: widthOf(head, '000 000'), unit: 'count' })
  return [
    column('value', field.name, { rank: 0, width: 180, share: 4, value: ({ value }) => sortOfField(field.type, value) }, ({ value }) => {
      const at = field.type === 'date' ? null : timeOfField(field.type, value)
      return <b className="font-medium">{at === null ? value : formatDateTime(at)}</b>
    }),
    column(
      'severity',
      t('common.worst'),
      { rank: 0, width: 130, value: ({ severity }) => (severity === null ? null : severityRank[severity]) },
      ({ severity }) => severity !== null && <Mark kind={severity} word={t(`severity.${severity}`)} />,
    ),
    { ...count('streams', t('pages.streams')), cell: ({ streams }) => formatNumber(streams, 0) },
    count('live', t('streamState.live')),
    count('readers', t('common.readers')),
    figureColumn('bitrateIn', t('common.in'), ({ bitrateInBps }) => bitrateInBps, { rank: 2, width: widthOf(t('common.in'), '000.0 Mbit/s'), unit: 'bps' }),
  ]
}
