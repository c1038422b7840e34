import { Check, Copy } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from './Button.tsx'

const saysSoMs = 2000

interface CopyButtonProps {
  readonly text: string
  readonly label: string
  readonly copiedLabel: string
  readonly className?: string
}
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
