import { Search } from 'lucide-react'
import { inputClass } from './Field.tsx'

interface SearchInputProps extends Omit<React.ComponentProps<'input'>, 'type' | 'width'> {
  /** Read aloud, and shown while it is empty. */
  readonly label: string
  /** Pixels. */
  readonly width: number
}
/** The search field of a page: `/` goes to it. What is inside stands over its right end. */
export const SearchInput = ({ label, width, className = '', children, ...input }: SearchInputProps) => (
  <label className={`relative flex items-center ${className}`}>
    <Search size={14} className="pointer-events-none absolute left-2.5 text-faint" aria-hidden="true" />
    <input type="search" data-search aria-label={label} placeholder={label} {...input} style={{ width }} className={`${inputClass} !py-[3px] !pl-7`} />
    {children}
  </label>
)
