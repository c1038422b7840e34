import { CopyButton } from '../ui/CopyButton.tsx'
import { t } from './words.ts'

export function Copyable({ text }: { readonly text: string }) {
  return (
    <div className="flex items-start gap-2">
      <pre className="max-h-[180px] min-w-0 flex-1 select-all overflow-auto whitespace-pre-wrap break-all rounded bg-raised px-2.5 py-1.5 font-mono text-sm">
        {text}
      </pre>
      <CopyButton text={text} label={t('hosts.form.copy')} copiedLabel={t('common.copied')} className="flex-none" />
    </div>
  )
}
