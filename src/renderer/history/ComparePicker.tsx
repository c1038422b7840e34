import { t } from '../app/words.ts'
import { Select } from '../ui/Select.tsx'
import { type Compare, compareDays, useCompare } from './compare.ts'

const choices = ['none', ...(Object.keys(compareDays) as Compare[])] as const

export function ComparePicker() {
  const { compare, setCompare } = useCompare()
  return (
    <Select
      label={t('compare.label')}
      value={compare ?? 'none'}
      onChange={(next) => setCompare(next === 'none' ? null : next)}
      className="!min-h-[26px] !py-0.5 !text-sm"
      options={choices.map((value) => ({ value, label: t(`compare.${value}`) }))}
    />
  )
}
