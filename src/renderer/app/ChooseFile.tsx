import { FileUp } from 'lucide-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/Button.tsx'

interface ChooseFileProps {
  readonly disabled: boolean
  readonly onFile: (file: File) => void
}
/** Chooses a list: a spreadsheet or CSV. */
export function ChooseFile({ disabled, onFile }: ChooseFileProps) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  return (
    <div>
      <input
        ref={input}
        type="file"
        accept=".csv,.txt,.xlsx,text/csv,text/plain"
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? []
          if (file !== undefined) onFile(file)
          // The same file may be chosen again after it was corrected.
          event.target.value = ''
        }}
      />
      <Button onClick={() => input.current?.click()} disabled={disabled}>
        <FileUp size={13} aria-hidden="true" /> {t('probes.list.file')}
      </Button>
    </div>
  )
}
