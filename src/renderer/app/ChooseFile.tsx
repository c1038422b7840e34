import { FileUp } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '../ui/Button.tsx'
import { t } from './words.ts'

interface ChooseFileProps {
  readonly disabled?: boolean
  readonly autoFocus?: boolean
  readonly label?: string
  readonly accept?: string
  readonly onFile: (file: File) => void
}
export function ChooseFile({ disabled = false, autoFocus = false, label, accept = '.csv,.txt,.xlsx,text/csv,text/plain', onFile }: ChooseFileProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <div>
      <input
        ref={input}
        type="file"
        accept={accept}
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? []
          if (file !== undefined) onFile(file)
          // The same file may be chosen again after it was corrected.
          event.target.value = ''
        }}
      />
      <Button icon={FileUp} onClick={() => input.current?.click()} disabled={disabled} autoFocus={autoFocus}>
        {label ?? t('probes.list.file')}
      </Button>
    </div>
  )
}
