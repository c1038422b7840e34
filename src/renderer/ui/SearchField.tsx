import { useEffect, useRef, useState } from 'react'
import { KeyHint } from './KeyHint.tsx'
import { SearchInput } from './SearchInput.tsx'

/** Pause in typing after which the text is reported, so that the address changes per word, not per letter. */
const pauseMs = 150

interface SearchFieldProps {
  /** Accessible name, and placeholder while empty. */
  readonly label: string
  /** Pixels. */
  readonly width: number
  readonly className?: string
  /** Text in the address. */
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
