import { X } from 'lucide-react'
import type { NameField } from '../../shared/naming.ts'
import { severities } from '../../shared/severities.ts'
import { FacetCount, FacetMenu } from '../app/FacetMenu.tsx'
import { t } from '../app/words.ts'
import { markOfStream } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { Mark } from '../ui/Mark.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { type FacetCounts, fieldFilter, isFiltered, noFilter, type StreamFilter, toggled } from './streamFilter.ts'
import { statesBySeverity } from './streamSort.ts'

interface StreamFiltersProps {
  readonly filter: StreamFilter
  readonly onFilter: (filter: StreamFilter) => void
  readonly counts: FacetCounts
  readonly serverName: (id: string) => string
  readonly fields: readonly NameField[]
  /** Whether to offer a filter by server; not on the page of one server. */
  readonly withServers?: boolean
}

export function StreamFilters({ filter, onFilter, counts, serverName, fields, withServers = true }: StreamFiltersProps) {
  const states = statesBySeverity.filter((state) => counts.states.has(state) || filter.states.includes(state))
  return (
    <search className="flex min-w-0 flex-wrap items-center gap-1.5">
      <SearchField label={t('streams.search')} width={210} className="mr-1" text={filter.text} onText={(text) => onFilter({ ...filter, text })} />
      {severities
        .filter((severity) => filter.severities.includes(severity))
        .map((severity) => (
          <Chip key={severity} on onClick={() => onFilter(toggled(filter, 'severities', severity))} title={t('streams.removeFilter')}>
            <Mark kind={severity} size={11} /> {t(`severity.${severity}`)} <FacetCount count={counts.severities.get(severity) ?? 0} />{' '}
            <X size={12} aria-hidden="true" />
          </Chip>
        ))}
      {states.map((state) => (
        <Chip key={state} on={filter.states.includes(state)} onClick={() => onFilter(toggled(filter, 'states', state))}>
          <Mark kind={markOfStream(state, null)} size={11} /> {t(`streamState.${state}`)} <FacetCount count={counts.states.get(state) ?? 0} />
        </Chip>
      ))}
      {withServers && (
        <FacetMenu
          label={t('common.server')}
          values={[...counts.servers].map(([value, count]) => ({ value, count, name: serverName(value) }))}
          chosen={filter.serverIds}
          nameOf={serverName}
          onToggle={(value) => onFilter(toggled(filter, 'serverIds', value))}
        />
      )}
      {(counts.tags.size > 0 || filter.tags.length > 0) && (
        <FacetMenu
          label={t('common.tags')}
          values={[...counts.tags].map(([value, count]) => ({ value, count, name: value }))}
          chosen={filter.tags}
          onToggle={(value) => onFilter(toggled(filter, 'tags', value))}
        />
      )}
      <FacetMenu
        label={t('common.source')}
        values={[...counts.sources].map(([value, count]) => ({ value, count, name: value === 'none' ? t('streams.noSource') : value }))}
        chosen={filter.sources}
        nameOf={(value) => (value === 'none' ? t('streams.noSource') : value)}
        onToggle={(value) => onFilter(toggled(filter, 'sources', value))}
      />
      {fields.map(({ name }) => (
        <FacetMenu
          key={name}
          label={name}
          values={(counts.fields.get(name) ?? []).map(([value, count]) => ({ value: fieldFilter(name, value), count, name: value }))}
          chosen={filter.fields.filter((chosen) => chosen.startsWith(fieldFilter(name, '')))}
          nameOf={(value) => value.slice(name.length + 1)}
          onToggle={(value) => onFilter(toggled(filter, 'fields', value))}
        />
      ))}
      {isFiltered(filter) && <Button look="quiet" onClick={() => onFilter(noFilter)} text={t('common.clearFilters')} />}
    </search>
  )
}
