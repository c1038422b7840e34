import { Search } from 'lucide-react'
import { inputClass } from './Field.tsx'

interface SearchInputProps extends Omit<React.ComponentProps<'input'>, 'type' | 'width'> {
  /** Accessible name, and placeholder while empty. */
  readonly label: string
  /** Pixels. */
  readonly width: number
}
/** A page's search field, focused by `/`. Children are placed over its right end. */
export function SearchInput({ label, width, className = '', children, ...input }: SearchInputProps) {
  return (
    <label className={`relative flex items-center ${className}`}>
      <Search size={14} className="pointer-events-none absolute left-2.5 text-faint" aria-hidden="true" />
      <input type="search" data-search aria-label={label} placeholder={label} {...input} style={{ width }} className={`${inputClass} !py-[3px] !pl-7`} />
      {children}
    </label>
  )
}
