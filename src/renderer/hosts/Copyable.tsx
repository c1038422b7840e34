import { Check, Copy } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/Button.tsx'

/** Text for a shell or a file, with a button that copies it. */
export const Copyable = ({ text }: { readonly text: string }) => {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setCopied(false), 2000)
  }
  return (
    <div className="flex items-start gap-2">
      <pre className="max-h-[180px] min-w-0 flex-1 select-all overflow-auto whitespace-pre-wrap break-all rounded bg-raised px-2.5 py-1.5 font-mono text-sm">
        {text}
      </pre>
      <Button onClick={() => void copy()} aria-live="polite" className="flex-none">
        {copied ? <Check size={13} aria-hidden="true" /> : <Copy size={13} aria-hidden="true" />} {t(copied ? 'hosts.form.copied' : 'hosts.form.copy')}
      </Button>
    </div>
  )
}
