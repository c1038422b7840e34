import { useEffect, useRef, useState } from 'react'
import { KeyHint } from './KeyHint.tsx'
import { SearchInput } from './SearchInput.tsx'

/** Waits for a pause in typing: the address is written once a word, not once a letter, and no letter is ever lost to it. */
const pauseMs = 150

interface SearchFieldProps {
  /** Read aloud, and shown while it is empty. */
  readonly label: string
  /** Pixels. */
  readonly width: number
  readonly className?: string
  /** As it stands in the address. */
  readonly text: string
  /** Called once the operator has stopped typing. */
  readonly onText: (text: string) => void
}
/** The search field of a page whose text stands in the address. It holds what is typed itself: an address that follows later would take letters away. */
export function SearchField({ label, width, className, text, onText }: SearchFieldProps) {
  const [typed, setTyped] = useState(text)
  const told = useRef(text)
  const latestOnText = useRef(onText)
  latestOnText.current = onText
  // Another text in the address (back, a saved view, cleared filters) wins over what stands here.
  useEffect(() => {
    if (text === told.current) return
    told.current = text
    setTyped(text)
  }, [text])
  useEffect(() => {
    if (typed === told.current) return
    const timer = setTimeout(() => {
      told.current = typed
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
