import { X } from 'lucide-react'
import { createContext, type ReactNode, useContext } from 'react'
import { createPortal } from 'react-dom'
import { formatDateTime, formatTime } from '../../shared/units.ts'
import { Button } from '../ui/Button.tsx'
import { Chip, toggled } from '../ui/Chip.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { FacetCount } from './FacetMenu.tsx'
import { useKeys } from './keys.ts'
import { t } from './words.ts'

/** Where lists of a page with tabs put their actions, beside the tabs; null until it is there. */
export const ListBar = createContext<HTMLElement | null>(null)
export function InBar({ children }: { readonly children: ReactNode }) {
  const bar = useContext(ListBar)
  return bar && createPortal(children, bar)
}

export function ListSearch({ text, onText, children }: { readonly text: string; readonly onText: (text: string) => void; readonly children?: ReactNode }) {
  return (
    <search className="flex min-w-0 flex-wrap items-center gap-1.5">
      <SearchField label={t('common.search')} width={220} className="mr-1" text={text} onText={onText} />
      {text !== '' && <Button look="quiet" onClick={() => onText('')} text={t('common.clearFilters')} />}
      {children}
    </search>
  )
}

interface FilterChipsProps<T> {
  readonly values: readonly T[]
  readonly countOf: (value: T) => number
  readonly wanted: readonly T[]
  readonly onWanted: (wanted: readonly T[]) => void
  readonly markOf: (value: T) => MarkKind
  readonly nameOf: (value: T) => string
}
/** Values that no row has are left out. */
export function FilterChips<T extends string>({ values, countOf, wanted, onWanted, markOf, nameOf }: FilterChipsProps<T>) {
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {values
        .filter((value) => countOf(value) > 0 || wanted.includes(value))
        .map((value) => (
          <Chip key={value} on={wanted.includes(value)} onClick={() => onWanted(toggled(wanted, value))}>
            <Mark kind={markOf(value)} size={10} /> {nameOf(value)} <FacetCount count={countOf(value)} />
          </Chip>
        ))}
    </div>
  )
}

interface ListAndDetailsProps {
  readonly details: ReactNode | null
  readonly onClose: () => void
  readonly children: ReactNode
}
/** A list with the details of a row: beside it, below it in a narrow window, or in its place on a telephone. */
export function ListAndDetails({ details, onClose, children }: ListAndDetailsProps) {
  useKeys('page', details === null ? [] : [{ keys: 'Escape', words: t('common.close'), run: onClose }])
  return (
    <div
      className={`grid min-h-0 flex-1 gap-3.5 ${
        details === null
          ? 'min-[1600px]:grid-cols-[minmax(0,1fr)_clamp(340px,27%,520px)]'
          : 'max-[1179px]:min-[700px]:grid-rows-[minmax(200px,1fr)_minmax(0,1.2fr)] min-[1180px]:grid-cols-[minmax(0,1fr)_clamp(340px,27%,520px)]'
      }`}
    >
      <div className={`flex min-h-0 min-w-0 flex-col gap-2 ${details === null ? '' : 'max-[699px]:hidden'}`}>{children}</div>
      <Panel className={details === null ? 'max-[1599px]:hidden' : ''} bodyClassName="overflow-y-auto">
        {details === null ? <p className="text-faint">{t('common.selectRow')}</p> : <section aria-label={t('common.details')}>{details}</section>}
      </Panel>
    </div>
  )
}

export function DetailsHead({ children, onClose }: { readonly children: ReactNode; readonly onClose: () => void }) {
  return (
    <div className="flex items-start gap-2">
      <h2 className="min-w-0 font-semibold text-lg">{children}</h2>
      <Button look="quiet" label={t('common.close')} onClick={onClose} className="ml-auto flex-none" icon={X} />
    </div>
  )
}

export function TimedItem({ at, mark, children }: { readonly at: number; readonly mark: MarkKind; readonly children: ReactNode }) {
  return (
    <li className="grid grid-cols-[auto_14px_minmax(0,1fr)] items-baseline gap-x-2">
      <time dateTime={new Date(at).toISOString()} title={formatDateTime(at)} className="text-faint">
        {formatTime(at)}
      </time>
      <Mark kind={mark} size={10} />
      <span className="break-words">{children}</span>
    </li>
  )
}

export function Totals({ facts }: { readonly facts: readonly (readonly [name: string, value: string, tip?: string])[] }) {
  return (
    <dl className="flex flex-none flex-wrap gap-x-8 gap-y-2 rounded-lg border border-line bg-surface px-3.5 py-2.5">
      {facts.map(([name, value, tip]) => (
        <div key={name} title={tip}>
          <dt className="text-muted text-sm">{name}</dt>
          <dd className="font-semibold text-lg tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
