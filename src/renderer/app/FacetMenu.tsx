import { ChevronDown, X } from 'lucide-react'
import { useState } from 'react'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { formatValue } from '../../shared/units.ts'
import { Chip } from '../ui/Chip.tsx'
import { inputClass } from '../ui/Field.tsx'
import { Menu, MenuCheck } from '../ui/Menu.tsx'
import { t } from './words.ts'

export function FacetCount({ count }: { readonly count: number }) {
  return <span className="text-faint">{formatValue(count, 'count')}</span>
}

const inOrder = new Intl.Collator('en', { numeric: true })

interface FacetMenuProps {
  readonly label: string
  readonly values: readonly { readonly value: string; readonly name: string; readonly count: number | null }[]
  readonly chosen: readonly string[]
  readonly nameOf?: (value: string) => string
  readonly onToggle: (value: string) => void
}
export function FacetMenu({ label, values, chosen, nameOf = (value) => value, onToggle }: FacetMenuProps) {
  const [text, setText] = useState('')
  const wanted = searchTerms(text)
  const listed = values.filter(({ name }) => wanted.every((word) => searchText(name).includes(word))).sort((a, b) => inOrder.compare(a.name, b.name))
  return (
    <>
      {chosen.map((value) => (
        <Chip key={value} on onClick={() => onToggle(value)} title={t('streams.removeFilter')}>
          <span className="text-faint">{label}</span> {nameOf(value)} <X size={12} aria-hidden="true" />
        </Chip>
      ))}
      <Menu
        align="start"
        width={260}
        className="max-h-[60vh] p-1.5"
        onOpenChange={() => setText('')}
        trigger={
          <Chip>
            {label} <ChevronDown size={13} aria-hidden="true" />
          </Chip>
        }
      >
        {values.length > 8 && (
          <input
            type="search"
            aria-label={t('streams.narrow')}
            placeholder={t('streams.narrow')}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className={`${inputClass} mb-1`}
          />
        )}
        <div className="min-h-0 overflow-y-auto">
          {listed.map(({ value, name, count }) => (
            <MenuCheck key={value} checked={chosen.includes(value)} onToggle={() => onToggle(value)}>
              <span className="min-w-0 flex-1 truncate">{name}</span>
              {count !== null && <FacetCount count={count} />}
            </MenuCheck>
          ))}
          {listed.length === 0 && <p className="px-1.5 py-1 text-faint">{t('common.nothingFound')}</p>}
        </div>
      </Menu>
    </>
  )
}
