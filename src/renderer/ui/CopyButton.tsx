import { Check, Copy } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from './Button.tsx'

/** How long "copied" is shown, ms. */
const saysSoMs = 2000

interface CopyButtonProps {
  readonly text: string
  readonly label: string
  readonly copiedLabel: string
  readonly className?: string
}
/** Copies a text and confirms it. */
export function CopyButton({ text, label, copiedLabel, className = '' }: CopyButtonProps) {
  const [copied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setCopied(false), saysSoMs)
  }
  return (
    <Button onClick={() => void copy()} aria-live="polite" className={className}>
      {copied ? <Check size={13} aria-hidden="true" /> : <Copy size={13} aria-hidden="true" />} {copied ? copiedLabel : label}
    </Button>
  )
}
