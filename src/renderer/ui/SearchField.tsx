import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { KeyHint } from './Button.tsx'
import { inputClass } from './Field.tsx'

/** Pause in typing after which the text is reported, so that the address changes per word, not per letter. */
const pauseMs = 150

interface SearchFieldProps {
  /** Accessible name, and placeholder while empty. */
  readonly label: string
  /** Pixels. */
  readonly width: number
  readonly className?: string
  readonly text: string
  /** Called once the operator has stopped typing. */
  readonly onText: (text: string) => void
}
/** A page's search field whose text is stored in the address. It keeps the typed text itself, because the address lags behind and would undo letters. */
export function SearchField({ label, width, className, text, onText }: SearchFieldProps) {
  const [typed, setTyped] = useState(text)
  const reported = useRef(text)
  const latestOnText = useRef(onText)
  latestOnText.current = onText
  // A changed address (Back, a saved view, cleared filters) replaces the typed text.
  useEffect(() => {
    if (text === reported.current) return
    reported.current = text
    setTyped(text)
  }, [text])
  useEffect(() => {
    if (typed === reported.current) return
    const timer = setTimeout(() => {
      reported.current = typed
      latestOnText.current(typed)
    }, pauseMs)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <SearchInput
      label={label}
      width={width}
      className={className}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        if (typed === '') event.currentTarget.blur()
        else setTyped('')
        event.preventDefault()
      }}
    >
      {typed === '' && (
        <span className="pointer-events-none absolute right-2">
          <KeyHint>/</KeyHint>
        </span>
      )}
    </SearchInput>
  )
}

interface SearchInputProps extends Omit<React.ComponentProps<'input'>, 'type' | 'width'> {
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
